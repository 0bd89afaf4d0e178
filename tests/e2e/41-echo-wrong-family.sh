# The address of the other family is no answer.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
write_config
setup "$NAME"
ctl clear
ctl echo all 2606:4700::6810:84e5
expect 1 update
is 'applies' "$(stat_of requests.apply)" 0
expect 0 status
has 'status' "$OUT" 'error'
has 'status' "$OUT" 'IPv4'
check_record "$NAME" A "$V4"
check_record "$NAME" AAAA ''
