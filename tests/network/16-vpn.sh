# A VPN comes up and takes the default route: its address is not among those that are expected, and
# is not published, whatever the services say. It goes, and the true change is.
. "${BASH_SOURCE%/*}/world.sh"
start_world
wire router wan1 isp1
ip address add 9.3.0.1/16 dev isp1
world_config http-echo 'expect = 9.1.0.0/16'
setup "$NAME"
start_daemon
settled "$FIRST4"
measure
wan4 9.3.0.10 wan1 5
sleep 2
kick_until 20 'the reason' said '9.3.0.10'
cycles_before=$(lines echo.log)
check_now
sleep 3
[ "$(lines echo.log)" -gt "$cycles_before" ] || fail 'nobody was asked'
is 'applies' "$(stat_of requests.apply)" 0
check_record "$NAME" A "$FIRST4"
ip -n router link set wan1 down
wan4 "$LAST4"
sleep 2
check_now
right_again 20 "$LAST4"
bounded 1 40 "$LAST4"
