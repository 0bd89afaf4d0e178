# update while the daemon runs: the daemon does it, so that one process uses the tokens.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
write_config
setup "$NAME"
setup --each "office.$ZONE"
start_daemon
cycles 1

# Without a network of its own, a command can publish only through the daemon.
alone=(unshare -n)
[ "$(id -u)" -eq 0 ] || alone=(unshare -rn)
if "${alone[@]}" true 2>/dev/null; then
    "${alone[@]}" "$BIN" --config "$CONF" update --force >"$LOGS/alone.out" 2>"$LOGS/alone.err" ||
        fail "update without a network: $(<"$LOGS/alone.err")"
    has 'what it prints' "$(<"$LOGS/alone.out")" "$NAME: published $V4"
    has 'what it prints' "$(<"$LOGS/alone.out")" "office.$ZONE: published $V4"
fi

# Only the host that is named; the same words and exit status as without a daemon.
ctl clear
expect 0 update --force "$NAME"
is 'applies' "$(stat_of requests.apply)" 1
has 'what it prints' "$OUT" "$NAME: published $V4"
lacks 'what it prints' "$OUT" office
expect 0 update
has 'unchanged' "$OUT" "$NAME: unchanged, $V4"
expect 2 update "third.$ZONE"
has 'the words' "$ERR" "third.$ZONE is not configured"
ctl fail apply 500 1
expect 1 update --force "$NAME"
has 'the reason' "$ERR" '500'
ctl echo all '<html>'
expect 1 update --force "$NAME"
has 'nothing seen' "$ERR" "$NAME: "
ctl echo all default

# A host that the daemon does not know yet.
add_host "new.$ZONE" 'ipv4 = yes'
expect 2 update "new.$ZONE"
has 'the way' "$ERR" 'dcddns reload'
rm "$W/etc/conf.d/new.$ZONE.conf"

# Twelve at once, an expired token: one refresh. Clients that hang, or are gone, hold nobody up.
mkfifo "$W/half" "$W/deaf"
socat - "UNIX-CONNECT:$W/control.sock" <"$W/half" >"$LOGS/half" &
exec {HALF}>"$W/half"
printf '{"v":1,"do":"upd' >&"$HALF"
printf '{"v":1,"do":"update","force":true}\n' | timeout 0.3 socat -u - "UNIX-CONNECT:$W/control.sock"
ctl clear
ctl expire
ctl address 8.8.4.4
asked=()
for i in {1..12}; do
    "${WRAP[@]}" "$BIN" --config "$CONF" update --force >"$LOGS/many.$i.out" 2>"$LOGS/many.$i.err" \
        </dev/null &
    asked+=($!)
done
for pid in "${asked[@]}"; do
    wait "$pid" || fail "update: $(cat "$LOGS"/many.*.err)"
done
check_record "$NAME" A 8.8.4.4
check_record "office.$ZONE" A 8.8.4.4
is 'refreshes' "$(stat_of refreshes)" 2
is 'old tokens sent' "$(stat_of reuses)" 0
exec {HALF}>&-

# The socket cannot be used: beside the daemon, as without one, and -v says so.
stop_daemon
is 'clean end' "$(tr -d ' \n' <"$STATE/daemon.pid")" ''
sed -i 's|^control-socket = .*|control-socket = none|' "$CONF"
start_daemon
ctl clear
expect 0 -v update --force "$NAME"
is 'applies' "$(stat_of requests.apply)" 1
has 'what -v says' "$ERR" "(process $DAEMON) cannot be asked"
has 'what -v says' "$ERR" 'control-socket is none'
stop_daemon
expect 0 -v update --force "$NAME"
lacks 'without a daemon' "$ERR" 'cannot be asked'
