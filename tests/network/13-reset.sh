# A firewall answers every connection to port 443 with a reset: few are tried, and all is right soon
# after it lets them through.
. "${BASH_SOURCE%/*}/world.sh"
start_world
world_config http-echo
setup "$NAME"
faults <<'RULES'
table inet faults {
    chain forward {
        type filter hook forward priority filter
        tcp dport 443 counter reject with tcp reset
    }
}
RULES
wan4 "$LAST4"
start_daemon
measure
wait_for 15 'the reason' said 'no IPv4 address'
is 'applies' "$(stat_of requests.apply)" 0
sleep 5
refused=$(router nft list table inet faults | sed -n 's/.*packets \([0-9]*\).*/\1/p')
figure "reset: $refused packets"
[ "$refused" -le 30 ] || fail "$refused packets"
well
right_again 30 "$LAST4"
bounded 1 20 "$LAST4"
