# A captive portal with a page that has an address: nothing of it is published, no byte of a token
# reaches it, and all is right within a minute after it lets people through.
. "${BASH_SOURCE%/*}/world.sh"
start_world
world_config http-echo
setup "$NAME"
start_daemon
settled "$FIRST4"
start_portal
measure
captive
wan4 "$LAST4"
ctl expire >/dev/null # a refused apply, a refresh and another apply to come
for _ in {1..4}; do
    check_now
    sleep 3 # the portal has its time
done
check_record "$NAME" A "$FIRST4"
is 'applies through the portal' "$(stat_of requests.apply)" 0
[ "$(lines portal.log)" -ge 2 ] || fail 'nobody asked the portal'
[ ! -s "$INTERNET/portal.bytes" ] || fail "the portal heard: $(head -c 200 "$INTERNET/portal.bytes")"
warnings=$(grep -c 'warning' "$LOGS/daemon.log")
figure "$(grep -c connected "$INTERNET/portal.log") connections to the portal, $warnings warnings"
[ "$warnings" -le 4 ] || fail "$warnings warnings"
well
right_again 60 "$LAST4"
bounded 2 30 "$LAST4"
[ ! -s "$INTERNET/portal.bytes" ] || fail 'the portal heard something'
