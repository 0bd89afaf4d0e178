# The provider's and the services' names have an IPv6 address that leads nowhere, without a word, and
# then home has no IPv6 at all: the update goes by IPv4, without much ado.
. "${BASH_SOURCE%/*}/world.sh"
start_world
world_config http-echo
setup "$NAME"
faults <<'RULES'
table inet faults {
    chain forward {
        type filter hook forward priority filter
        meta nfproto ipv6 drop
    }
}
RULES
wan4 9.1.0.50
since=$(now_ms)
expect 0 update
figure "IPv6 that leads nowhere: update after $(($(now_ms) - since)) ms"
[ $(($(now_ms) - since)) -le $((8000 * E2E_SCALE)) ] || fail 'that took long'
check_record "$NAME" A 9.1.0.50
ip -n home -6 address flush dev eth0
ip -n home -6 route flush dev eth0
start_daemon
settled 9.1.0.50
measure
wan4 "$LAST4"
sleep 2
check_now
right_again 8 "$LAST4"
bounded 1 20 "$LAST4"
