# The source interface, in a network of its own. Wine's server makes the sockets: it runs there too, on
# the files of the other one's folder.
[ -n "${E2E_OWN_NET:-}" ] || {
    unshare -n true 2>/dev/null && E2E_OWN_NET=yes exec unshare -n bash "$0"
}
. "${BASH_SOURCE%/*}/lib.sh"
[ -n "${E2E_OWN_NET:-}" ] || skip 'network namespaces are not possible here'
ip link set lo up
ip link add wan0 type veth peer name isp0 2>"$W/ip" || skip 'there are no veth devices here'
ip link set isp0 up
ip link set wan0 up
"${E2E_SYSTEM%/*}/prefix" copy "$W/wine" || fail "Wine's folder"
export WINEPREFIX=$E2E_WORK/wine
eval "plain_$(declare -f cleanup)"
stop_wine() { wineserver -k </dev/null >/dev/null 2>&1; }
cleanup() { plain_cleanup; stop_wine; }
wineserver -p </dev/null >/dev/null 2>&1
expect 2 service status # that of another scenario does not run here, too

start_sandbox
write_config 'sources = interface'
ip address add "$V4/24" dev wan0
ip address add "$V6/64" dev wan0 nodad
setup "$NAME" --ipv4 --ipv6
check_record "$NAME" A "$V4"
check_record "$NAME" AAAA "$V6"
# A daemon hears of the change from the system: nothing is asked for.
start_daemon
ip address add 93.184.217.40/24 dev wan0
ip address del "$V4/24" dev wan0
wait_for 20 'the record follows' record_is "$NAME" A 93.184.217.40
check_record "$NAME" AAAA "$V6"
stop_daemon
# Private addresses are passed over, and named when there is nothing else.
ip address add 192.168.7.5/24 dev wan0
ip address del 93.184.217.40/24 dev wan0
ctl clear
dc -vv update
has 'the reason' "$ERR" 'has only 192.168.7.5, which is not published (Private-Use)'
is 'applies' "$(stat_of requests.apply)" 0
check_record "$NAME" A 93.184.217.40
is 'questions to echo services' "$(stat_of requests.echo)" 0
stop_sandbox
stop_wine
