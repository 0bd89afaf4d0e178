# The start of a machine: no network yet, and a boot clock of its own (a time namespace).
[ -n "${E2E_OWN_NET:-}" ] || {
    unshare -n true 2>/dev/null && E2E_OWN_NET=yes exec unshare -n bash "$0"
}
. "${BASH_SOURCE%/*}/lib.sh"
[ -n "${E2E_OWN_NET:-}" ] || skip 'network namespaces are not possible here'
ip link set lo up || skip 'the loopback device cannot be set up here'
start_sandbox
write_config
setup "$NAME" --ipv4 --ipv6
ctl address 8.8.4.4
ctl clear
# Ready at once, with no network at all; then tried after 2, 4, 8 s.
ip addr flush dev lo && ip link set lo down
began=$(now_ms)
start_daemon
[ $(($(now_ms) - began)) -lt $((3000 * E2E_SCALE)) ] || fail 'not ready at once'
wait_for 5 'the failure is told' said 'no IPv4 address'
ip link set lo up
ip addr add 127.0.0.1/8 dev lo 2>/dev/null
wait_for 25 'the address is published' record_is "$NAME" A 8.8.4.4
is 'applies' "$(stat_of requests.apply)" 1
check_record "$NAME" AAAA "$V6"
stop_daemon
# A boot clock that is a day ahead of the one that the tokens were obtained by, and then behind it:
# one refresh each at most, and nothing lost.
unshare --time --boottime 86400 --fork true 2>/dev/null || exit 0 # the rest needs time namespaces
PLAIN=("${WRAP[@]}")
for again in '' ', again'; do
    ctl clear
    WRAP=(unshare --time --boottime 86400 --fork "${PLAIN[@]}")
    expect 0 update --force
    WRAP=("${PLAIN[@]}")
    expect 0 update --force
    [ "$(stat_of requests.token)" -le 2 ] || fail "$(stat_of requests.token) refreshes$again"
    is 'refused token requests' "$(sandbox_log ' token ' | grep -vc ' 200 ')" 0
    is 'applies' "$(stat_of requests.apply)" 2
done
is 'what is published' "$(json '.hosts[0].ipv4.published')" 8.8.4.4
is 'the grant' "$(json '.hosts[0].grant.needs_consent')" false
