# Somebody stands before the provider with a certificate that nobody vouches for; the echo services
# are themselves. No token is sent, the reason is said, and the change follows when he is gone.
. "${BASH_SOURCE%/*}/world.sh"
start_world
world_config http-echo
setup "$NAME"
start_daemon
settled "$FIRST4"
start_portal
measure
faults <<'RULES'
table inet faults {
    chain pre {
        type nat hook prerouting priority dstnat
        ip daddr 9.0.1.1 tcp dport 443 redirect to :8443
        ip6 daddr 2a00:9::101 tcp dport 443 redirect to :8443
    }
    chain old {
        type filter hook forward priority filter
        ip daddr 9.0.1.1 tcp dport 443 reject with tcp reset
        ip6 daddr 2a00:9::101 tcp dport 443 reject with tcp reset
    }
}
RULES
wan4 "$LAST4"
sleep 2
check_now
wait_for 15 'the reason' said 'certificate'
json_is '.hosts[0].ipv4.published' "$FIRST4" || fail 'published without a provider'
[ "$(lines portal.log)" -ge 1 ] || fail 'nobody came'
[ ! -s "$INTERNET/portal.bytes" ] || fail "he heard: $(head -c 200 "$INTERNET/portal.bytes")"
well
right_again 60 "$LAST4"
bounded 1 20 "$LAST4"
[ ! -s "$INTERNET/portal.bytes" ] || fail 'he heard something'
