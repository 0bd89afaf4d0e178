# Two uplinks: the services of a host with `device` are asked through it, seen in the router's
# counters, and the requests to the provider go by the device of [core].
. "${BASH_SOURCE%/*}/world.sh"
start_world
live_in router
wire router wan1 isp1
ip address add 9.3.0.1/16 dev isp1
sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.isp1.rp_filter=0
router sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.wan1.rp_filter=0
wan4 9.3.0.10 wan1 100
world_config http-echo 'device = wan1'
setup "$NAME"
check_record "$NAME" A "$FIRST4" # the services are asked as the system routes
echo 'device = wan1' >>"$W/etc/conf.d/$NAME.conf"
# New connections only: those of setup, by the other uplink, may still be closing.
router nft -f - <<'RULES'
table inet seen {
    chain out {
        type filter hook output priority filter
        oifname "wan0" ip daddr { 9.0.2.1, 9.0.3.1, 9.0.4.1 } tcp flags & (syn | ack) == syn counter comment "echo-wan0"
        oifname "wan1" ip daddr { 9.0.2.1, 9.0.3.1, 9.0.4.1 } tcp flags & (syn | ack) == syn counter comment "echo-wan1"
        oifname "wan0" ip daddr 9.0.1.1 tcp flags & (syn | ack) == syn counter comment "provider-wan0"
        oifname "wan1" ip daddr 9.0.1.1 tcp flags & (syn | ack) == syn counter comment "provider-wan1"
        oifname "wan0" th dport 53 counter comment "dns-wan0"
        oifname "wan1" th dport 53 counter comment "dns-wan1"
    }
}
RULES
seen() { router nft list table inet seen | sed -n "s/.*packets \([0-9]*\) .*\"$1\".*/\1/p"; }
expect 0 update
check_record "$NAME" A 9.3.0.10
start_daemon
settled 9.3.0.10
measure
wan4 9.3.0.99 wan1 100
wan4 "$LAST4"
sleep 2
check_now
right_again 20 9.3.0.99
for what in echo provider dns; do
    figure "$what: $(seen $what-wan0) by wan0, $(seen $what-wan1) by wan1"
done
is 'questions by the other uplink' "$(seen echo-wan0)" 0
is 'provider by the other uplink' "$(seen provider-wan0)" 0
[ "$(seen echo-wan1)" -gt 0 ] || fail 'no question was seen'
[ "$(seen provider-wan1)" -gt 0 ] || fail 'no request to the provider was seen'
bounded 1 20 9.3.0.99
