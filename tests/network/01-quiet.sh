# All is well: the yardstick for the others. Both families change at once; one apply has both.
. "${BASH_SOURCE%/*}/world.sh"
start_world
world_config http-echo
setup "$NAME" --ipv4 --ipv6
check_record "$NAME" A "$FIRST4"
check_record "$NAME" AAAA "$FIRST6"
start_daemon
settled "$FIRST4"
measure
wan4 "$LAST4"
lan6 2a00:9:2002::
sleep 2 # answers of a source are good for that long
check_now
right_again 10 "$LAST4" "$LAST6"
bounded 1 12 "$LAST4" "$LAST6"
