# Two services that disagree: nothing is published until they agree.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
ECHOES='1 2' write_config
setup "$NAME"
ctl clear
ctl echo echo1 8.8.4.4
ctl echo echo2 8.8.8.8
expect 1 update
is 'applies' "$(stat_of requests.apply)" 0
expect 0 status
has 'status' "$OUT" 8.8.4.4
has 'status' "$OUT" 8.8.8.8
has 'status' "$OUT" disagree
check_record "$NAME" A "$V4"
ctl echo echo2 8.8.4.4
expect 0 update
check_record "$NAME" A 8.8.4.4
