# check, reload, events and status, answered by the running daemon.
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

wait_for 15 'the first look' looked
ctl address 8.8.4.4 2a00:1450::1
sleep 2.1 # answers of a source are good for two seconds
expect 0 check "$NAME"
has 'what it prints' "$OUT" '1 host now'
wait_for 15 'the new address' record_is "$NAME" A 8.8.4.4
wait_for 5 'the event' grep -q '"id":"update.applied"' "$LOGS/events"
is 'an event' "$(grep -m1 update.applied "$LOGS/events" | jq -r '"\(.record) \(.before) \(.after)"')" \
    "$NAME $V4 8.8.4.4"
expect 2 check "third.$ZONE"
expect 64 check 'no name'

# What is wrong with a new configuration is said where one asks; the connection lives on.
cp "$CONF" "$W/good.conf"
echo 'sorces = nonsense' >>"$CONF"
expect 2 reload
has 'the place' "$ERR" "$CONF:"
has 'the words' "$ERR" 'the daemon goes on with the old one'
wait_for 5 'the event' grep -q '"id":"config.rejected"' "$LOGS/events"
is 'health does not mind' "$("$BIN" --config "$CONF" status --health)" \
    'healthy: 1 host, the daemon runs'
cp "$W/good.conf" "$CONF"
expect 0 reload
has 'what it prints' "$OUT" 'reloaded: 1 host'
wait_for 5 'the event' grep -q '"id":"config.reloaded"' "$LOGS/events"

# setup and remove tell it without a signal.
setup "office.$ZONE"
has 'setup' "$(<"$SETUP_LOG.out")" 'The running daemon uses it from now on.'
is 'hosts' "$(json '[.hosts[].name] | join(" ")')" "$NAME office.$ZONE"
expect 0 remove --local "office.$ZONE"
has 'remove' "$OUT" 'The running daemon uses it from now on.'

# status: from the daemon, as JSON and as a table, of all or of some.
is 'live' "$(json '[.live, .daemon_pid, .unsaved_tokens] | map(tostring) | join(" ")')" \
    "true $DAEMON 0"
[ "$(json '.hosts[0].next_check_at_ms')" -gt "$(now_ms)" ] || fail 'no next check'
[ "$(json '.daemon_since_at_ms')" -gt 0 ] || fail 'no start of the daemon'
expect 0 status "$NAME"
has 'the table' "$OUT" "$NAME  A     8.8.4.4       current"
has 'the table' "$OUT" "  AAAA  2a00:1450::1  current"
has 'the end' "$OUT" "The daemon runs (process $DAEMON, started "
[ "$(wc -L <<<"$OUT")" -le 80 ] || fail "too wide: $OUT"
expect 2 status "third.$ZONE"
has 'the words' "$ERR" "third.$ZONE is not configured"
expect 64 status --json --health
expect 64 status --health "$NAME"
colour=$(script -qec "$BIN --config $CONF status" /dev/null </dev/null)
has 'on a terminal' "$colour" $'\e[32mcurrent\e[0m'
colour=$(NO_COLOR=1 script -qec "$BIN --config $CONF status" /dev/null </dev/null)
lacks 'without colours' "$colour" $'\e'
script -qec "$BIN --config $CONF events" /dev/null </dev/null >"$W/people" 2>&1 &
PEOPLE=$!
reload_is_told() {
    "$BIN" --config "$CONF" reload >/dev/null
    grep -q 'config.reloaded' "$W/people"
}
wait_for 15 'events for people' reload_is_told
kill "$PEOPLE"
wait "$PEOPLE"
lacks 'events for people' "$(<"$W/people")" '{'

# A daemon on another state directory is not the one that is meant.
expect 1 --state-dir "$W/other" check
has 'the words' "$ERR" 'no daemon runs on'
if [ "$(id -u)" -eq 0 ]; then
    chmod 755 "$W"
    setpriv --reuid 65534 --regid 65534 --clear-groups "$BIN" --config "$CONF" check \
        >"$LOGS/other.out" 2>"$LOGS/other.err" && fail 'others may ask'
    has 'others' "$(<"$LOGS/other.err")" 'may connect'
fi
stop_daemon
wait_for 5 'the end is told' grep -q '"id":"daemon.stopping"' "$LOGS/events"
kill "$FOLLOWER"
wait "$FOLLOWER"
is 'every line is JSON' "$(jq -r .id <"$LOGS/events" | grep -c .)" "$(wc -l <"$LOGS/events")"
