# An uplink with 10 ms to 90 ms of delay each way, so that packets overtake each other, that loses
# one of ten and doubles two of a hundred.
. "${BASH_SOURCE%/*}/world.sh"
start_world
[ -c /dev/net/tun ] || skip 'there is no /dev/net/tun here'
python3 "$HERE/relay.py" "$INTERNET" router wan1 - isp1 0.05 0.04 0.10 0.02 >"$W/relay.out" 2>&1 &
relay=$!
wait_for 10 'the wire is there' test -f "$INTERNET/relay-ready"
ip address add 9.2.0.1/16 dev isp1
ip link set isp1 up
ip -n router link set wan1 up
ip -n router link set wan0 down
wan4 9.2.0.10 wan1
world_config http-echo
begin_setup "$NAME"
approve
answer_setup "$(approved code)"
start_daemon
wait_for 60 'the first address' record_is "$NAME" A 9.2.0.10
measure
wan4 9.2.0.99 wan1
sleep 2
check_now
right_again 100 9.2.0.99
bounded 3 30 9.2.0.99
kill -TERM $relay
wait $relay
figure "$(<"$INTERNET/relay.log")"
