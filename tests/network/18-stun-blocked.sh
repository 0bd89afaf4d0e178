# STUN works, then a firewall swallows UDP: the next source is asked.
. "${BASH_SOURCE%/*}/world.sh"
start_world
world_config 'stun, http-echo'
setup "$NAME"
start_daemon
settled "$FIRST4"
is 'source' "$(json '.hosts[0].ipv4.source')" stun
measure
faults <<'RULES'
table inet faults {
    chain forward {
        type filter hook forward priority filter
        udp dport 3478 counter drop
    }
}
RULES
wan4 "$LAST4"
sleep 2
check_now
right_again 40 "$LAST4"
is 'source' "$(json '.hosts[0].ipv4.source')" http-echo
is 'STUN questions that came through' "$(lines stun.log)" 0
bounded 1 20 "$LAST4"
