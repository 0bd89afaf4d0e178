# Packets above 600 bytes vanish, and nobody is told (a black hole for large packets): nothing is
# published, no request hangs for good, and all is right when the path is.
. "${BASH_SOURCE%/*}/world.sh"
start_world
world_config http-echo
setup "$NAME"
faults <<'RULES'
table inet faults {
    chain forward {
        type filter hook forward priority filter
        meta length > 600 counter drop
    }
}
RULES
wan4 "$LAST4"
start_daemon
measure
wait_for 30 'the reason' said 'no IPv4 address'
is 'applies' "$(stat_of requests.apply)" 0
figure "vanished: $(router nft list table inet faults | sed -n 's/.*packets \([0-9]*\).*/\1/p') packets"
well
right_again 30 "$LAST4"
bounded 1 20 "$LAST4"
