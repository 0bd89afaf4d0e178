# The uplink goes down and comes up a hundred times within ten seconds, with another address every
# tenth time; the program is on the router and watches its device.
. "${BASH_SOURCE%/*}/world.sh"
start_world
live_in router
world_config 'interface, http-echo'
sed -i 's,^interval = .*,interval = 1 h,' "$CONF"
setup "$NAME"
start_daemon
settled "$FIRST4"
measure
for i in {1..100}; do
    ip -n router link set wan0 down
    [ $((i % 10)) -ne 0 ] || wan4 "9.1.0.$((100 + i))" 2>>"$W/ip"
    sleep 0.03
    ip -n router link set wan0 up
    sleep 0.03
done
figure "100 times down and up in $(($(now_ms) - began)) ms"
wan4 "$LAST4"
right_again 75 "$LAST4"
bounded 3 30 "$LAST4"
