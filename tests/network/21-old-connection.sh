# The router forgets connections when its address changes, and drops what belongs to none: the one to
# the provider that is still open from the last update is no hindrance for the next.
. "${BASH_SOURCE%/*}/world.sh"
start_world
touch "$INTERNET/no-aaaa" # the provider is reached by IPv4
world_config http-echo
setup "$NAME"
router sysctl -qw net.netfilter.nf_conntrack_tcp_loose=0
faults <<'RULES'
table inet faults {
    chain forward {
        type filter hook forward priority filter
        ct state invalid counter drop
    }
}
RULES
start_daemon
settled "$FIRST4"
ctl clear
ctl fail apply 503 1 retry-after=12
wan4 9.1.0.50
sleep 2
kick_until 15 'an update that is put off' stat_at_least requests.apply 1
measure
wan4 "$LAST4"
sleep 2
check_now
right_again 20 "$LAST4"
bounded 1 20 "$LAST4"
figure "dropped: $(router nft list table inet faults | sed -n 's/.*packets \([0-9]*\).*/\1/p') packets"
