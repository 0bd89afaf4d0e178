# The control socket: any program may follow events; members of its group only; `none` is none.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
write_config
setup "$NAME"
start_daemon
mkfifo "$W/asks"
socat - "UNIX-CONNECT:$W/control.sock" <"$W/asks" >"$LOGS/events" &
FOLLOWER=$!
exec {ASKS}>"$W/asks"
echo '{"v":1,"do":"events"}' >&"$ASKS"
wait_for 10 'the answer' grep -q '"ok":true' "$LOGS/events"
ctl address 8.8.4.4
kick_until 15 'the event' grep -q '"id":"update.applied"' "$LOGS/events"
line=$(grep '"id":"update.applied"' "$LOGS/events")
is 'the event' "$(jq -r '.event | "\(.level) \(.record) \(.before) \(.after)"' <<<"$line")" \
    "notice $NAME $V4 8.8.4.4"
is 'version' "$(jq -r .v <<<"$line")" 1
kill -HUP "$DAEMON"
wait_for 10 'it outlives a reload' grep -q '"id":"config.reloaded"' "$LOGS/events"
is 'nonsense' "$(echo 'GET / HTTP/1.0' | socat -t 2 - "UNIX-CONNECT:$W/control.sock" 2>&1)" ''
if [ "$(id -u)" -eq 0 ]; then
    chmod 755 "$W"
    setpriv --reuid 65534 --regid 65534 --clear-groups \
        socat -u "UNIX-CONNECT:$W/control.sock" - 2>"$LOGS/other" && fail 'others may connect'
    has 'others' "$(<"$LOGS/other")" 'Permission denied'
fi
# Another daemon does not take a socket that is in use, and works all the same.
sed "s|^state-dir = .*|state-dir = $W/state2|" "$CONF" >"$W/etc/second.conf"
"${WRAP[@]}" "$BIN" --config "$W/etc/second.conf" run >"$LOGS/second.log" 2>&1 </dev/null &
SECOND=$!
wait_for 10 'the second daemon starts' grep -q ' started, ' "$LOGS/second.log"
has 'its words' "$(<"$LOGS/second.log")" "$W/control.sock: another daemon listens there"
kill "$SECOND"
wait "$SECOND"
sed -i 's|^control-socket = .*|control-socket = none|' "$CONF"
kill -HUP "$DAEMON"
wait_for 10 'a new place waits for a restart' said 'control-socket stays what it was'
stop_daemon
wait_for 10 'the follower is told of the end' grep -q '"id":"daemon.stopping"' "$LOGS/events"
exec {ASKS}>&-
wait "$FOLLOWER"
start_daemon
test -e "$W/control.sock" && fail 'there is a socket'
stop_daemon
