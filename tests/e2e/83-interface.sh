# The source interface: of real addresses in a network of its own, which one is published.
[ -n "${E2E_OWN_NET:-}" ] || {
    unshare -n true 2>/dev/null && E2E_OWN_NET=yes exec unshare -n bash "$0"
}
. "${BASH_SOURCE%/*}/lib.sh"
[ -n "${E2E_OWN_NET:-}" ] || skip 'network namespaces are not possible here'
ip link set lo up
ip link add wan0 address 02:11:22:33:44:55 type veth peer name isp0 2>"$W/ip" ||
    skip 'there are no veth devices here'
echo 0 >/proc/sys/net/ipv6/conf/wan0/use_tempaddr
echo 1 >/proc/sys/net/ipv6/conf/wan0/accept_ra_from_local # the router is in this network as well
echo 0 >/proc/sys/net/ipv6/conf/wan0/addr_gen_mode        # EUI-64
echo 0 >/proc/sys/net/ipv6/conf/isp0/accept_ra
ip link set isp0 up
ip link set wan0 up

# options LINE...: of the source
options() { printf '%s\n' '[ip-source interface]' "$@" >"$W/etc/conf.d/source.conf"; }

# publishes FAMILY ADDRESS: after one update it is published
publishes() {
    expect 0 update
    is "IPv$1" "$(json ".hosts[0].ipv$1.published")" "$2"
}

# refuses WORDS: the update finds no address of one family and says why; nothing is published
refuses() {
    ctl clear
    dc -vv update
    has 'the reason' "$ERR" "$1"
    is 'applies' "$(stat_of requests.apply)" 0
}

addresses() { ip -6 address show dev "${1:-wan0}"; }
has_address() { addresses | grep -qE -- "$1"; }
checked() { ! addresses "${1:-wan0}" | grep -q ' tentative'; } # duplicate address detection is over

# advertise PREFIX/VALID/PREFERRED...: what a router says of its prefixes (RFC 4861 4.2, 4.6.2)
advertise() {
    python3 - "$@" <<'END'
import socket, struct, sys
raw = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
raw.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
message = struct.pack("!BBHBBHII", 134, 0, 0, 64, 0, 1800, 0, 0)
for word in sys.argv[1:]:
    prefix, valid, preferred = word.split("/")
    message += struct.pack("!BBBBIII", 3, 4, 64, 0xC0, int(valid), int(preferred), 0)
    message += socket.inet_pton(socket.AF_INET6, prefix)
raw.sendto(message, ("ff02::1", 0, 0, socket.if_nametoindex("isp0")))
END
}

start_sandbox
mkdir -p "$W/etc/conf.d"
options
write_config 'sources = interface'
ip address add "$V4/24" dev wan0
ip address add "$V6/64" dev wan0 nodad
setup "$NAME" --ipv4 --ipv6
check_record "$NAME" A "$V4"
check_record "$NAME" AAAA "$V6"

# IPv4: private addresses are passed over, and named when there is nothing else.
ip address add 192.168.7.5/24 dev wan0
ip address del "$V4/24" dev wan0
refuses 'interface: wan0 has only 192.168.7.5, which is not published (Private-Use)'
check_record "$NAME" A "$V4"
ip address add 93.184.216.40/24 dev wan0
publishes 4 93.184.216.40
ip address add 93.184.216.39/24 dev wan0
publishes 4 93.184.216.39 # the lowest, for a program that was just started

# IPv6: what is only for this link or this site, deprecated, a duplicate, not yet checked.
ip address del "$V6/64" dev wan0
refuses 'no network device has an IPv6 address but local ones'
ip address add fd00:7::5/64 dev wan0 nodad
refuses 'interface: wan0 has only fd00:7::5, which is not published (Unique-Local)'
ip address del fd00:7::5/64 dev wan0
ip address add 2606:2800:220:2::1/64 dev wan0 nodad preferred_lft 0
refuses 'wan0 has only 2606:2800:220:2::1, which is deprecated'
ip address del 2606:2800:220:2::1/64 dev wan0
ip address add 2606:2800:220:2::2/64 dev isp0 nodad
ip address add 2606:2800:220:2::2/64 dev wan0
wait_for 10 'the duplicate is found' has_address '2:: ?2/64.* dadfailed'
options 'device = wan0' # isp0 has the same address and may keep it
refuses 'wan0 has only 2606:2800:220:2::2, which another machine has as well'
ip address del 2606:2800:220:2::2/64 dev wan0
# Without a carrier nothing can be checked.
ip link add wan1 type veth peer name isp1
ip link set wan1 up
ip address add 2606:2800:220:2::3/64 dev wan1
options 'device = wan0, wan1'
refuses 'wan1 has only 2606:2800:220:2::3, which is still being checked for duplicates'
ip link set isp1 up
wait_for 10 'the address is checked' checked wan1
publishes 6 2606:2800:220:2::3
ip link del wan1

# A router: an address from the hardware's, and temporary ones.
options 'device = wan0'
echo 2 >/proc/sys/net/ipv6/conf/wan0/use_tempaddr
advertise 2606:2800:220:3::/7200/3600
wait_for 10 'a temporary address' has_address ':220:3:.* temporary'
wait_for 10 'addresses are checked' checked
publishes 6 2606:2800:220:3:11:22ff:fe33:4455
options 'device = wan0' 'prefer = temporary'
temporary=$(addresses | sed -n 's,.* \([^ ]*\)/64 .* temporary.*,\1,p')
publishes 6 "$temporary"
options 'device = wan0' 'prefer = eui64'
ip address add 2606:2800:220:3::77/64 dev wan0 nodad
publishes 6 2606:2800:220:3:11:22ff:fe33:4455
options 'device = wan0'
publishes 6 2606:2800:220:3::77 # without end
ip address del 2606:2800:220:3::77/64 dev wan0
# It gets another prefix and says so.
advertise 2606:2800:220:3::/7200/0 2606:2800:220:4::/7200/3600
wait_for 10 'the new prefix' has_address ':220:4:11:22ff:fe33:4455'
wait_for 10 'addresses are checked' checked
publishes 6 2606:2800:220:4:11:22ff:fe33:4455
options 'match = 2606:2800:220:9::/64, 2606:2800:220:8::/64'
refuses 'which is in no block of match'
options 'device = wan0' 'exclude = 2606:2800:220:4::/64'
refuses 'wan0 has only 2606:2800:220:4:'
options 'device = wan2'
refuses 'there is no network device wan2 (there are: lo, '
# What check-config says of the options.
options 'prefer = slaac'
expect 2 check-config
has 'the words' "$ERR" '"slaac" is not stable, temporary or eui64'
options 'match = fd00::1/8'
expect 2 check-config
has 'the words' "$ERR" 'match: "fd00::1/8"'
options
expect 0 check-config
is 'questions to echo services' "$(stat_of requests.echo)" 0
