# The default is IPv4 alone: no AAAA appears, and none is asked for.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
write_config
setup "$NAME"
check_record "$NAME" A "$V4"
check_record "$NAME" AAAA ''
has 'the apply' "$(sandbox_log ' apply POST 202')" 'groupId=IPv4'
lacks 'the apply' "$(sandbox_log ' apply POST 202')" 'IPv6'
# Running it again with nothing changed publishes nothing.
expect 0 update
has 'update' "$OUT" "$NAME: unchanged, $V4"
is 'applies' "$(stat_of applies_accepted)" 1
