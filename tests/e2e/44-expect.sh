# expect: an address outside of the blocks is not published, is shown as observed, and told of.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
write_config
setup "$NAME" --ipv4 --ipv6
printf 'expect = 93.184.216.0/24, 8.8.4.4\n' >>"$W/etc/conf.d/$NAME.conf"
start_daemon
ctl clear
ctl address 1.1.1.1 2606:4700::6810:84e5
kick_until 15 'the address is refused' said "$NAME: 1.1.1.1 (from http-echo) is in none of the blocks that expect names"
kick_until 15 'the other family goes its way' record_is "$NAME" AAAA 2606:4700::6810:84e5
cycles 2
check_record "$NAME" A "$V4"
has 'the apply' "$(sandbox_log ' apply POST')" "IPv4=$V4 IPv6=2606:4700::6810:84e5"
stop_daemon
has 'the error' "$(json '.hosts[0].error')" 'is a VPN up?'
is 'observed' "$(json '.hosts[0].ipv4.observed')" 1.1.1.1
is 'published' "$(json '.hosts[0].ipv4.published')" "$V4"
# And back again, in a daemon that has published nothing yet and need not wait for its gap.
told=$(said_times 'is a VPN up?')
more_told() { [ "$(said_times 'is a VPN up?')" -gt "$told" ]; }
start_daemon
wait_for 10 'the address is refused again' more_told
ctl address 8.8.4.4
kick_until 15 'an address in a block is published' record_is "$NAME" A 8.8.4.4
wait_for 5 'the event' said "$NAME: 8.8.4.4 (from http-echo) may be published again"
stop_daemon
