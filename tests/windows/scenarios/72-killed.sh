# Killed at any moment, again and again, while grants and records are saved: what is on disk is whole,
# no consent is lost, and the next start goes on.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
write_config
setup "$NAME"
setup --each "office.$ZONE"
wait_ms() { read -rt "$(printf '0.%03d' "$1")" <> <(:); }
kills=0
for ms in 0 5 10 20 40 80 120 200; do
    start_daemon
    ctl clear
    ctl expire
    ctl address "8.8.4.$((kills + 1))"
    # From the refresh on, grants and records are written, one after the other.
    kick_until 20 'the refresh' stat_at_least requests.token 1
    wait_ms "$ms"
    kill_daemon
    kills=$((kills + 1))
    expect 0 status --json
    is "states after kill $kills" "$(jq '[.hosts[].grant.needs_consent] | map(tostring) | join(" ")' \
        <<<"$OUT")" '"false false"'
    is 'pid' "$(jq .daemon_pid <<<"$OUT")" 0
    jq -e .hosts "$STATE/records.json" >"$W/jq" || fail "records.json after kill $kills"
done
is 'damage that was found' "$(grep -ciE 'damaged|cannot be read' "$LOGS/daemon.log")" 0
ctl expire
ctl address 9.9.9.9
expect 0 update
check_record "$NAME" A 9.9.9.9
check_record "office.$ZONE" A 9.9.9.9
is 'temporary files that are left' "$(find "$STATE" -name '*.tmp*')" ''
