# ipv6-suffix: the observed prefix with the host's own end, compared and shown as a whole.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
write_config
ctl address 2606:2800:220:1:aaaa::1
setup "$NAME" --ipv4 --ipv6
file=$W/etc/conf.d/$NAME.conf
echo 'ipv6-suffix = ::1234/64' >>"$file"
expect 0 update
check_record "$NAME" AAAA 2606:2800:220:1::1234
is 'observed' "$(json '.hosts[0].ipv6.observed')" 2606:2800:220:1::1234
expect 0 doctor "$NAME"
has 'what would be published' "$OUT" 2606:2800:220:1::1234
ctl clear
ctl address 2606:2800:220:1:bbbb::2 # the same prefix
expect 0 update
is 'applies' "$(stat_of requests.apply)" 0
ctl address 2606:2800:220:2:bbbb::2 # another one
expect 0 update
is 'applies' "$(stat_of requests.apply)" 1
check_record "$NAME" AAAA 2606:2800:220:2::1234
# Errors have their place.
printf '[host bad.example.test]\nipv6-suffix = 2606::1/64\n' >>"$CONF"
expect 2 check-config
has 'the error' "$ERR" "$CONF:$(($(wc -l <"$CONF")))"
has 'the error' "$ERR" 'has bits in the part that comes from the observed address'
