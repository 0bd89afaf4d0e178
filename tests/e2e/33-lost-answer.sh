# The change goes through, the answer is lost: the right record at the end, and no loop.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
write_config
setup "$NAME"
start_daemon
ctl clear
ctl drop apply 9
ctl address 8.8.4.4
kick_until 15 'the apply' stat_at_least requests.apply 1
wait_for 5 'the record' record_is "$NAME" A 8.8.4.4
cycles 2
tries=$(stat_of requests.apply)
[ "$tries" -le 2 ] || fail "$tries applies"
ctl drop apply 0
expect 0 update --force
check_record "$NAME" A 8.8.4.4
tries=$(stat_of requests.apply)
cycles 2
is 'applies afterwards' "$(stat_of requests.apply)" "$tries"
stop_daemon
