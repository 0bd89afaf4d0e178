# The consent was taken back: one event with the command, status says so, a new setup mends it.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
write_config
setup "$NAME"
start_daemon
ctl revoke
ctl expire
ctl address 8.8.4.4
kick_until 15 'the event' said "dcddns setup $NAME"
is 'events' "$(said_times "dcddns setup $NAME")" 1
check_record "$NAME" A "$V4"
expect 0 status
has 'status' "$OUT" paused
has 'status' "$OUT" "dcddns setup $NAME"
setup "$NAME"
wait_for 10 'the reload' said 'configuration reloaded'
check_record "$NAME" A 8.8.4.4
ctl address 8.8.8.8
kick_until 15 'updates go on' record_is "$NAME" A 8.8.8.8
stop_daemon
