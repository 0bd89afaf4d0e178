# Three of ten packets are lost, each way, for good: the address follows all the same.
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
        numgen random mod 100 < 30 counter drop
    }
}
RULES
wan4 "$LAST4"
sleep 2
check_now
right_again 100 "$LAST4"
bounded 3 30 "$LAST4"
figure "lost: $(router nft list table inet faults | sed -n 's/.*packets \([0-9]*\).*/\1/p') packets"
