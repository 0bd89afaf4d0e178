# A CNAME in the way is no business of ours: paused, and the message names it.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
write_config
ctl record home CNAME elsewhere.example.
begin_setup "$NAME"
approve
answer_setup "$(approved code)"
is 'exit status' "$STATUS" 2
has 'the words' "$ERR" 'CNAME home elsewhere.example'
is 'forced' "$(sandbox_log ' apply POST' | grep -c 'force=')" 0
expect 0 status
has 'status' "$OUT" paused
has 'status' "$OUT" 'CNAME home elsewhere.example'
check_record "$NAME" CNAME elsewhere.example.
start_daemon
cycles 2
is 'applies' "$(stat_of requests.apply)" 1
ctl unrecord home CNAME
expect 0 update --force
check_record "$NAME" A "$V4"
stop_daemon
