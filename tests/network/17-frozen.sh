# The program is frozen for half a minute, as a machine that sleeps, while addresses change.
. "${BASH_SOURCE%/*}/world.sh"
start_world
live_in router
world_config 'interface, http-echo'
setup "$NAME"
start_daemon
settled "$FIRST4"
measure
kill -STOP "$DAEMON"
for i in {1..10}; do
    wan4 "9.1.0.$((100 + i))"
    sleep 3
done
wan4 "$LAST4"
kill -CONT "$DAEMON"
right_again 15 "$LAST4"
bounded 1 10 "$LAST4"
