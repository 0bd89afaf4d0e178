# No resolver answers from the start, then they do: first answers are tried for again after 2, 4, 8
# seconds and so on.
. "${BASH_SOURCE%/*}/world.sh"
start_world
world_config http-echo
setup "$NAME"
faults <<'RULES'
table inet faults {
    chain forward {
        type filter hook forward priority filter
        meta l4proto { tcp, udp } th dport 53 drop
    }
}
RULES
wan4 "$LAST4"
start_daemon
measure
wait_for 30 'the reason' said 'no IPv4 address'
is 'questions to sources' "$(lines echo.log)" 0
is 'applies' "$(stat_of requests.apply)" 0
well
right_again 30 "$LAST4"
bounded 1 20 "$LAST4"
