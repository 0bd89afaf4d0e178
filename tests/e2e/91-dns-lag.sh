# DNS that follows an update late, and one that does not follow at all, start no second update while
# the first is young; doctor says why.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
write_config
setup "$NAME"
ctl set dns-lag 600
start_daemon
ctl clear
ctl address 8.8.4.4
kick_until 15 'the update' stat_at_least applies_accepted 1
check_record "$NAME" A "$V4"
cycles 3
is 'applies' "$(stat_of applies_accepted)" 1
expect 0 doctor "$NAME"
has 'what the server says' "$OUT" "ns1.sandbox.test (127.0.0.1): $NAME A"
has 'what it means' "$OUT" 'wait: the update is young'
lacks 'the log' "$(<"$LOGS/daemon.log")" 'DNS does not show'
ctl set dns-lag 0
stop_daemon
