# status --health: 0 and 1 from what is known here; metrics-file: whole, public, and never in the way.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
write_config "metrics-file = $W/metrics/dcddns.prom"
metric() { grep -F -- "$1" "$W/metrics/dcddns.prom" 2>/dev/null | grep -v '^#' | awk '{print $NF}'; }
metric_is() { [ "$(metric "$1")" = "$2" ]; }
healthy() { expect 0 status --health; has 'health' "$OUT" "healthy: $1"; }
ill() { expect 1 status --health; has 'health' "$OUT" "$1"; is 'lines' "$(wc -l <<<"$OUT")" 1; }

ill 'no host is configured'
setup "$NAME"
healthy '1 host, no daemon runs'
start_daemon
healthy '1 host, the daemon runs'
is 'one warning' "$(said_times 'metrics-file cannot be written')" 1
mkdir "$W/metrics"
expect 0 reload
wait_for 5 'the metrics' metric_is dcddns_up 1
check_mode "$W/metrics/dcddns.prom" 644
before=$(metric dcddns_applies_total)
ctl address 8.8.4.4
kick_until 15 'the record' record_is "$NAME" A 8.8.4.4
wait_for 5 'the change' metric_is "family=\"ipv4\",address=\"8.8.4.4\"}" 1
is 'applies' "$(metric dcddns_applies_total)" $((before + 1))
is 'state' "$(metric 'state="current"')" 1
[ ! -e "$W/metrics/dcddns.prom.tmp" ] || fail 'a temporary file is left'
if command -v promtool >/dev/null; then
    promtool check metrics <"$W/metrics/dcddns.prom" >"$LOGS/promtool" 2>&1 || fail "$(<"$LOGS/promtool")"
fi

add_host "bare.$ZONE" 'ipv4 = yes'
expect 0 reload
ill "bare.$ZONE: there is no consent; run: dcddns setup bare.$ZONE"
rm "$W/etc/conf.d/bare.$ZONE.conf"
expect 0 reload
healthy '1 host, the daemon runs'
# DNS that says something else is a warning elsewhere, not ill health.
kill -STOP "$DAEMON"
ill 'does not answer'
kill -CONT "$DAEMON"
healthy '1 host'
kill_daemon
ill 'the daemon is gone'
start_daemon
healthy '1 host'
stop_daemon
is 'up after the end' "$(metric dcddns_up)" 0
healthy '1 host, no daemon runs'
# What is in flight when the daemon is stopped is in the last write.
start_daemon
ctl clear
ctl delay apply 3000 1
ctl address 9.9.9.9
kick_until 15 'the apply' stat_is requests.apply 1
stop_daemon
is 'up after the end' "$(metric dcddns_up)" 0
is 'applies at the end' "$(metric dcddns_applies_total)" 1
is 'address at the end' "$(metric 'family="ipv4",address="9.9.9.9"}')" 1
# Nobody looked for too long.
jq -c '.hosts[].checked_ms -= 86400000' "$STATE/records.json" >"$W/old.json"
cat "$W/old.json" >"$STATE/records.json"
ill "$NAME: last checked 14"
