# One family changes, or cannot be seen: still both in one call.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
write_config
setup "$NAME" --ipv4 --ipv6
ctl clear
ctl address 2606:4700::6810:84e5
expect 0 update
has 'the apply' "$(sandbox_log ' apply POST')" "IPv4=$V4 IPv6=2606:4700::6810:84e5 groupId=IPv4,IPv6"
ctl clear
ctl address 8.8.4.4 none6
expect 0 update
has 'the apply' "$(sandbox_log ' apply POST')" 'IPv4=8.8.4.4 IPv6=2606:4700::6810:84e5 groupId=IPv4,IPv6'
check_record "$NAME" A 8.8.4.4
check_record "$NAME" AAAA 2606:4700::6810:84e5
# Losing a family altogether deletes nothing.
ctl clear
ctl address none4
dc update
is 'applies without any address' "$(stat_of requests.apply)" 0
check_record "$NAME" A 8.8.4.4
check_record "$NAME" AAAA 2606:4700::6810:84e5
