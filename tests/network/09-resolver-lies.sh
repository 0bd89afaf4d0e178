# The resolver says for every name the address of a machine that is not the one, as in a hotel;
# then a private address; then the truth.
. "${BASH_SOURCE%/*}/world.sh"
start_world
world_config http-echo
setup "$NAME"
start_daemon
settled "$FIRST4"
start_portal
ip -n router address add "$PORTAL4/32" dev lo
faults <<RULES
table inet faults {
    chain pre {
        type nat hook prerouting priority dstnat
        ip daddr { $PORTAL4, 192.168.77.1 } tcp dport 443 redirect to :8443
    }
}
RULES
measure
echo "$PORTAL4" >"$INTERNET/lie"
wan4 "$LAST4"
kick_until 60 'the liar is believed for a moment' test -s "$INTERNET/portal.log"
echo 192.168.77.1 >"$INTERNET/lie"
check_now
sleep 5
check_now
is 'applies' "$(stat_of requests.apply)" 0
check_record "$NAME" A "$FIRST4"
[ ! -s "$INTERNET/portal.bytes" ] || fail "he heard: $(head -c 200 "$INTERNET/portal.bytes")"
rm "$INTERNET/lie"
right_again 60 "$LAST4"
bounded 1 60 "$LAST4"
