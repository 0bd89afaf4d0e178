# Nothing changes: three cycles ask the echo services and nobody else.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
write_config
setup "$NAME" --ipv4 --ipv6
ctl clear
start_daemon
cycles 3
is 'applies' "$(stat_of requests.apply)" 0
is 'token requests' "$(stat_of requests.token)" 0
is 'discovery' "$(stat_of requests.settings)" 0
stop_daemon
said 'record changed' && fail 'an event without a change'
stat_at_least requests.echo 3 || fail 'no cycles'
