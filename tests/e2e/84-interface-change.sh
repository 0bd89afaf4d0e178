# The source interface in the daemon: a change is published within seconds although the interval is
# an hour, be it another address, a device that went down, or one that came later.
[ -n "${E2E_OWN_NET:-}" ] || {
    unshare -n true 2>/dev/null && E2E_OWN_NET=yes exec unshare -n bash "$0"
}
. "${BASH_SOURCE%/*}/lib.sh"
[ -n "${E2E_OWN_NET:-}" ] || skip 'network namespaces are not possible here'

# device NAME: with a carrier
device() {
    ip link add "$1" type veth peer name "peer-$1" 2>"$W/ip" || skip 'there are no veth devices here'
    ip link set "peer-$1" up
    ip link set "$1" up
}

# follows ADDRESS: the record does, with one apply, within seconds
follows() {
    local begin
    begin=$(now_ms)
    wait_for 15 'the record follows' record_is "$NAME" A "$1"
    echo "# $1 after $(($(now_ms) - begin)) ms" >&2
    wait_for 5 'the event' said "to $1"
    is 'applies' "$(stat_of requests.apply)" 1
    ctl clear
    stop_daemon
}

ip link set lo up
device wan0
start_sandbox
write_config 'sources = interface'
sed -i 's,^interval = .*,interval = 1 h,' "$CONF"
ip address add "$V4/24" dev wan0
setup "$NAME"
start_daemon
wait_for 10 'the first round' looked
ctl clear
ip address add 93.184.217.50/24 dev wan0
ip address del "$V4/24" dev wan0
follows 93.184.217.50

# An alias with a lower address comes and goes, as a VRRP address does: the record stays.
start_daemon
wait_for 10 'the first round' looked
for verb in add del; do
    ip address "$verb" 93.184.217.5/32 dev wan0
    sleep 4 # nothing may follow
    check_record "$NAME" A 93.184.217.50
    is 'applies' "$(stat_of requests.apply)" 0
done
stop_daemon

# Two uplinks: the one that is published fails.
device wan1
ip address add 93.184.218.60/24 dev wan1
start_daemon
wait_for 10 'the first round' looked
is 'applies' "$(stat_of requests.apply)" 0
ip link set peer-wan0 down
follows 93.184.218.60

# A device that is not there yet when the daemon starts.
printf '%s\n' '[ip-source interface]' 'device = tunnel0' >"$W/etc/conf.d/source.conf"
start_daemon
wait_for 10 'the reason' said 'there is no network device tunnel0'
device tunnel0
ip address add 93.184.219.70/32 dev tunnel0
follows 93.184.219.70
is 'source' "$(json '.hosts[0].ipv4.source')" interface
is 'questions to echo services' "$(stat_of requests.echo)" 0
