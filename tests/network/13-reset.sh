# A firewall answers every connection to port 443 with a reset.
. "${BASH_SOURCE%/*}/world.sh"
start_world
world_config http-echo
setup "$NAME"
start_daemon
settled "$FIRST4"
measure
faults <<'RULES'
table inet faults {
    chain forward {
        type filter hook forward priority filter
        tcp dport 443 counter reject with tcp reset
    }
}
RULES
wan4 "$LAST4"
sleep 2
check_now
wait_for 15 'the reason' said 'no IPv4 address'
is 'applies' "$(stat_of requests.apply)" 0
refused=$(router nft list table inet faults | sed -n 's/.*packets \([0-9]*\).*/\1/p')
figure "reset: $refused packets"
[ "$refused" -le 30 ] || fail "$refused packets"
well
right_again 60 "$LAST4"
bounded 1 20 "$LAST4"
