# Setup again with other families: the section changes; one that a person wrote is left alone.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
write_config
setup "$NAME"
is 'IPv6 at first' "$(dig "$NAME" AAAA)" ''
setup "$NAME" --ipv4 --ipv6
has 'section' "$(cat "$W/etc/conf.d/$NAME.conf")" 'ipv6 = yes'
check_record "$NAME" A "$V4"
check_record "$NAME" AAAA "$V6"
setup "$NAME" # families are kept when none is named
has 'section' "$(cat "$W/etc/conf.d/$NAME.conf")" 'ipv6 = yes'

other=other.$ZONE
printf '\n[host %s]\nipv4 = yes\n' "$other" >>"$CONF"
expect 2 setup "$other" --ipv6 --code x
has 'message' "$ERR" "$CONF:"
has 'message' "$ERR" 'change it there'

# The consent page shows what will be set for this host, whatever others need.
setup "third.$ZONE"
has 'the consent URL' "$URL" "IPv4=$V4"
has 'the consent URL' "$URL" 'IPv6=%3A%3A'
