# A provider without revert: says where to delete by hand, and forgets.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
ctl set revert off
write_config
setup "$NAME"
expect 0 remove "$NAME"
has 'by hand' "$OUT" "Delete the A and AAAA records of $NAME by hand"
has 'where' "$OUT" panel
check_record "$NAME" A "$V4"
[ ! -e "$STATE/grants/$NAME" ] || fail 'the grant is left'
