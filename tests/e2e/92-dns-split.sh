# The resolver says something else than the zone's own server (split horizon); then port 53 leads to
# a resolver, or to nobody: no update, whatever DNS says.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
write_config 'log-level = debug'
setup "$NAME"
jq '.hosts[].ipv4.published_ms -= 7200000' "$STATE/records.json" >"$W/records.json"
cat "$W/records.json" >"$STATE/records.json"
ctl clear
ctl set dns-split on
check_record "$NAME" A 10.53.53.53
start_daemon
kick_until 15 'DNS is looked at' said 'DNS: current'
ctl set dns-answers cut
expect 0 doctor "$NAME"
has 'TC leads to TCP' "$OUT" "answered  $V4, with authority"
looks=0
looked() { [ "$(said_times 'DNS: unknown')" -gt "$looks" ]; }
for how in no-aa servfail refused silent; do
    ctl set dns-answers $how
    ctl change home A 6.6.6.6 # seen by nobody who counts
    kick_until 40 "DNS is looked at with $how" looked
    looks=$(said_times 'DNS: unknown')
done
is 'applies' "$(stat_of requests.apply)" 0
lacks 'the log' "$(<"$LOGS/daemon.log")" 'DNS does not show'
stop_daemon
