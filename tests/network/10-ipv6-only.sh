# There is no IPv4 any more: AAAA follows, A stays as it was, and nothing waits for IPv4.
. "${BASH_SOURCE%/*}/world.sh"
start_world
world_config http-echo
setup "$NAME" --ipv4 --ipv6
start_daemon
settled "$FIRST4"
measure
ip -n home -4 address flush dev eth0
ip -n router -4 address flush dev wan0
lan6 2a00:9:2002::
sleep 2
check_now
right_again 30 "$LAST6"
bounded 1 20 "$FIRST4" "$LAST6"
