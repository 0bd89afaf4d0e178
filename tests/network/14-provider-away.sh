# The provider cannot be reached while the address changes twice; when it is back, the last one is
# published, and only that.
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
        ip daddr 9.0.1.1 tcp dport 443 drop
        ip6 daddr 2a00:9::101 tcp dport 443 drop
    }
}
RULES
wan4 9.1.0.50
sleep 2
check_now
wait_for 45 'the failure' said 'api.sandbox.test'
wan4 "$LAST4"
check_now
is 'applies' "$(stat_of requests.apply)" 0
well
right_again 60 "$LAST4"
bounded 1 40 "$LAST4"
