# A provider in trouble for three cycles, then well again.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
write_config
setup "$NAME"
start_daemon
ctl clear
ctl fail apply 500 3
ctl address 8.8.4.4
kick_until 15 'the first try' stat_is requests.apply 1
wait_for 5 'the event' said 'answered 500'
wait_for 5 'status knows' json_is '.hosts[0].state' backing-off
is 'failures' "$(json '.hosts[0].failures')" 1
away=$(($(json '.hosts[0].next_at_ms') - $(now_ms)))
((away > 10000 && away <= 36000)) || fail "the next try is in $away ms"
has 'the error' "$(json '.hosts[0].error')" 500
cycles 2
is 'tries before their time' "$(stat_of requests.apply)" 1
expect 1 update --force
expect 1 update --force
is 'tries' "$(stat_of requests.apply)" 3
expect 0 update --force
check_record "$NAME" A 8.8.4.4
is 'state' "$(json '.hosts[0].state')" current
is 'error' "$(json '.hosts[0].error')" null
cycles 2
is 'applies at last' "$(stat_of requests.apply)" 4
stop_daemon
is 'state after the end' "$(json '.hosts[0].state')" current
is 'published' "$(json '.hosts[0].ipv4.published')" 8.8.4.4
