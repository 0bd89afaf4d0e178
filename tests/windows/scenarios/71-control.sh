# The control pipe: check, update, reload, events and status are answered by the running daemon.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
write_config
setup "$NAME" --ipv4 --ipv6
for command in check reload; do
    expect 1 $command
    has "$command without a daemon" "$ERR" "no daemon runs on $STATE"
done
start_daemon
"$BIN" --config "$CONF" events >"$LOGS/events" 2>"$LOGS/events.err" </dev/null &
FOLLOWER=$!
told() { grep -q -- "\"id\":\"$1\"" "$LOGS/events"; }
reloaded() { expect 0 reload; told config.reloaded; }
wait_for 15 'events are followed' reloaded
wait_for 15 'the first look' looked
ctl address 8.8.4.4 2a00:1450::1
kick_until 20 'the new address' record_is "$NAME" A 8.8.4.4
check_record "$NAME" AAAA 2a00:1450::1
applied() {
    jq -c 'select(.id == "update.applied") | {record, before, after}' "$LOGS/events" |
        grep -q '"record":"'"$NAME"'","before":"'"$V4"'","after":"8.8.4.4"'
}
wait_for 5 'the event' applied
expect 0 check "$NAME"
has 'what it prints' "$OUT" '1 host now'
expect 2 check "third.$ZONE"

# What is wrong with a new configuration is said where one asks; the old one stays.
cp "$CONF" "$W/good.conf"
echo 'sorces = nonsense' >>"$CONF"
expect 2 reload
has 'the place' "$ERR" "$CONF:"
has 'the words' "$ERR" 'the daemon goes on with the old one'
wait_for 5 'the event' told config.rejected
cp "$W/good.conf" "$CONF"
expect 0 reload
has 'what it prints' "$OUT" 'reloaded: 1 host'
setup --each "office.$ZONE"
has 'setup' "$(<"$SETUP_LOG.out")" 'The running daemon uses it from now on.'

# Twelve at once and an expired token: the daemon does it, with one refresh a grant.
ctl clear
ctl expire
ctl address 8.8.8.8 2a00:1450::1
asked=()
for i in {1..12}; do
    "$BIN" --config "$CONF" update --force >"$LOGS/many.$i.out" 2>"$LOGS/many.$i.err" </dev/null &
    asked+=($!)
done
for pid in "${asked[@]}"; do
    wait "$pid" || fail "update: $(cat "$LOGS"/many.*.err)"
done
check_record "$NAME" A 8.8.8.8
check_record "office.$ZONE" A 8.8.8.8
is 'refreshes' "$(stat_of refreshes)" 2
is 'old tokens sent' "$(stat_of reuses)" 0
has 'what each prints' "$(<"$LOGS/many.12.out")" "office.$ZONE: published 8.8.8.8"
ctl fail apply 500 1
expect 1 update --force "$NAME"
has 'the reason' "$ERR" 500

# status: as JSON and as a table.
is 'live' "$(json '[.live, .daemon_pid, .unsaved_tokens] | map(tostring) | join(" ")')" \
    "true $(daemon_pid) 0"
expect 0 status "$NAME"
has 'the end' "$OUT" "The daemon runs (process $(daemon_pid), started "

# Another daemon does not take a pipe that is in use, and works all the same.
sed "s|^state-dir = .*|state-dir = $W/state2|" "$CONF" >"$W/etc/second.conf"
"$BIN" --config "$W/etc/second.conf" run >"$LOGS/second.log" 2>&1 </dev/null &
SECOND=$!
wait_for 10 'the second daemon starts' grep -q ' started, ' "$LOGS/second.log"
has 'its words' "$(<"$LOGS/second.log")" "): another daemon listens there"
kill -TERM "$SECOND"
wait "$SECOND"
is 'exit status of the second' $? 0
expect 1 --state-dir "$W/other" check
has 'the words' "$ERR" 'no daemon runs on'

stop_daemon
wait_for 5 'the end is told' told daemon.stopping
command kill "$FOLLOWER"
wait "$FOLLOWER"
is 'every line is JSON' "$(jq -r .id <"$LOGS/events" | grep -c .)" "$(wc -l <"$LOGS/events")"
# Without a pipe there is none to ask.
sed -i 's|^control-socket = .*|control-socket = none|' "$CONF"
start_daemon
expect 0 -v update --force "$NAME"
has 'what -v says' "$ERR" "(process $(daemon_pid)) cannot be asked"
stop_daemon
