# SIGTERM while an apply is under way: its answer is waited for and kept.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
write_config
setup "$NAME"
start_daemon
ctl clear
ctl delay apply 6000 1
ctl address 8.8.4.4
kick_until 15 'the apply' stat_is requests.apply 1
before=$(now_ms)
stop_daemon
took=$(($(now_ms) - before))
[ $took -lt $((12000 * E2E_SCALE)) ] || fail "the end took $took ms"
[ $took -ge 1500 ] || fail "the answer was not waited for: $took ms"
said 'dcddns stops' || fail 'no word of the end'
is 'published' "$(json '.hosts[0].ipv4.published')" 8.8.4.4
expect 0 update
has 'the next update' "$OUT" unchanged
is 'applies' "$(stat_of requests.apply)" 1
