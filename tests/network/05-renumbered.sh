# Forty addresses and prefixes within ten seconds, as a provider does that restarts its DHCP server,
# with the program asked to look at each: few applies, few questions, the last ones right.
. "${BASH_SOURCE%/*}/world.sh"
start_world
world_config http-echo
setup "$NAME" --ipv4 --ipv6
start_daemon
settled "$FIRST4"
measure
for i in {1..40}; do
    wan4 "9.1.1.$i"
    lan6 "2a00:9:2100:$i::"
    check_now
    sleep 0.2
done
wan4 "$LAST4"
lan6 2a00:9:2002::
sleep 2
check_now
right_again 60 "$LAST4" "$LAST6"
bounded 4 150 "$LAST4" "$LAST6"
