# Consent for both families of the v2 template: both records, one apply, the grant on disk.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
write_config
setup "$NAME" --ipv4 --ipv6
has 'the consent URL' "$URL" 'scope=dynamicdns-v2&'
has 'the consent URL' "$URL" "IPv4=$V4&"
check_record "$NAME" A "$V4"
check_record "$NAME" AAAA "$V6"
is 'applies' "$(stat_of applies_accepted)" 1
has 'the apply' "$(sandbox_log ' apply POST 202')" 'groupId=IPv4,IPv6'
has 'what it prints' "$OUT" "$NAME: published $V4 and $V6"
test -f "$W/etc/conf.d/$NAME.conf" || fail 'no host section'
ls -lR "$STATE"
expect 0 status
has 'status' "$OUT" "A     $V4"
has 'status' "$OUT" "AAAA  $V6"
