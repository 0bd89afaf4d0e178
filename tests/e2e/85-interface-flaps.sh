# A hundred changes of the address within ten seconds: at most two applies, the last one right.
[ -n "${E2E_OWN_NET:-}" ] || {
    unshare -n true 2>/dev/null && E2E_OWN_NET=yes exec unshare -n bash "$0"
}
. "${BASH_SOURCE%/*}/lib.sh"
[ -n "${E2E_OWN_NET:-}" ] || skip 'network namespaces are not possible here'
ip link set lo up
ip link add wan0 type veth peer name isp0 2>"$W/ip" || skip 'there are no veth devices here'
ip link set isp0 up
ip link set wan0 up
start_sandbox
write_config 'sources = interface'
sed -i 's,^interval = .*,interval = 1 h,' "$CONF"
ip address add "$V4/24" dev wan0
setup "$NAME"
start_daemon
wait_for 10 'the first round' looked
ctl clear
cpu() { awk '{print $14 + $15}' "/proc/$DAEMON/stat"; } # hundredths of a second
used=$(cpu)
ip address flush dev wan0
begin=$(now_ms)
for i in {1..50}; do
    ip address add "93.184.216.$((100 + i))/24" dev wan0
    sleep 0.08
    ip address del "93.184.216.$((100 + i))/24" dev wan0
    sleep 0.08
done
echo "# 100 changes in $(($(now_ms) - begin)) ms" >&2
ip address add 93.184.216.99/24 dev wan0
wait_for 90 'the record follows' record_is "$NAME" A 93.184.216.99
echo "# right $(($(now_ms) - begin)) ms after the first change" >&2
used=$(($(cpu) - used))
echo "# the daemon used ${used}0 ms" >&2
[ -n "${E2E_WRAP:-}" ] || [ $used -le 100 ] || fail "the daemon used ${used}0 ms of CPU time"
[ "$(stat_of requests.apply)" -le 2 ] || fail "applies: $(sandbox_log ' apply POST')"
sleep 3 # nothing may follow
check_record "$NAME" A 93.184.216.99
[ "$(stat_of requests.apply)" -le 2 ] || fail "applies: $(sandbox_log ' apply POST')"
stop_daemon
is 'published' "$(json '.hosts[0].ipv4.published')" 93.184.216.99
