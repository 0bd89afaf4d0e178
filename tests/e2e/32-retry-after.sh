# 429 with Retry-After: waited for, also by a daemon that was restarted meanwhile.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
write_config
setup "$NAME"
start_daemon
ctl clear
ctl fail apply 429 1 retry-after=7
ctl address 8.8.4.4
kick_until 15 'the refusal' stat_is requests.apply 1
refused=$(now_ms)
stop_daemon
start_daemon
kick_until 15 'the second try' stat_is requests.apply 2
waited=$(($(now_ms) - refused))
[ $waited -ge 6500 ] || fail "tried again after $waited ms"
wait_for 5 'the record follows' record_is "$NAME" A 8.8.4.4
stop_daemon
