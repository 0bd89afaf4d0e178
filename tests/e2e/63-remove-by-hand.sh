# A host in a file that a person wrote: remove says where, before it reverts anything.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
write_config
printf '\n[host %s]\nipv4 = yes\n' "$NAME" >>"$CONF"
setup "$NAME"
check_record "$NAME" A "$V4"
ctl clear
expect 2 remove "$NAME"
has 'message' "$ERR" "$CONF:"
is 'reverts' "$(stat_of requests.revert)" 0
check_record "$NAME" A "$V4"
