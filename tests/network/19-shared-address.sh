# The uplink has an address that the provider shares among customers (RFC 6598): the source interface
# names it and has no answer; an echo service sees the provider's, which is published.
. "${BASH_SOURCE%/*}/world.sh"
start_world
live_in router
world_config 'interface, http-echo'
setup "$NAME"
is 'source' "$(json '.hosts[0].ipv4.source')" interface
ip address add 100.64.0.1/10 dev isp0
nft -f - <<RULES
table ip shared {
    chain in {
        type nat hook input priority 100
        ip saddr 100.64.0.0/10 snat to $LAST4
    }
}
RULES
world_config interface
start_daemon
settled "$FIRST4"
measure
ip -n router -4 address flush dev wan0
ip -n router address add 100.64.0.10/10 dev wan0
ip -n router route replace default via 100.64.0.1 dev wan0
wait_for 10 'the reason' said '100.64.0.10, which is not published (Shared Address Space'
is 'applies' "$(stat_of requests.apply)" 0
check_record "$NAME" A "$FIRST4"
bounded 0 0 "$FIRST4"
world_config 'interface, http-echo'
kill -HUP "$DAEMON"
measure
right_again 75 "$LAST4"
is 'source' "$(json '.hosts[0].ipv4.source')" http-echo
bounded 1 10 "$LAST4"
