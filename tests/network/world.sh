# shellcheck shell=bash disable=SC2034 # some are the scenarios'
# A small world in network namespaces of the scenario's own: nothing leaves the machine, so its
# addresses may look public, and no protection has to be switched off.
#
#   home ── router ── internet (this shell, the sandbox, internet.py)
#
#   home      eth0 192.168.77.2 behind NAT; 2a00:9:2001::2, routed
#   router    lan0; wan0 9.1.0.x/16, 2a00:9:1::x/64
#   internet  isp0 9.1.0.1, 2a00:9:1::1; servers 9.0.x.1 and 2a00:9::x
#
# Sourced by NN-name.sh, first of all. The program runs in home, or where live_in says.
[ -n "${E2E_OWN_NET:-}" ] || {
    # shellcheck disable=SC2093
    unshare -nm true 2>/dev/null && E2E_OWN_NET=yes exec unshare -nm bash "$0"
}
# shellcheck source=tests/e2e/lib.sh
. "${BASH_SOURCE%/*}/../e2e/lib.sh"
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
[ -n "${E2E_OWN_NET:-}" ] || skip 'network namespaces are not possible here'
INTERNET=$W/internet # the servers' files
FIRST4=9.1.0.10
LAST4=9.1.0.99 # the address at the end of a scenario
FIRST6=2a00:9:2001::2
LAST6=2a00:9:2002::2
PORTAL4=9.7.7.7
USER_WRAP=("${WRAP[@]}")
began='' used='' servers=()
mkdir -p "$INTERNET"

# live_in NAMESPACE: where the program runs from now on
live_in() { WRAP=(ip netns exec "$1" "${USER_WRAP[@]}"); }
router() { ip netns exec router "$@"; }
home() { ip netns exec home "$@"; }
lines() { wc -l 2>/dev/null <"$INTERNET/$1" || echo 0; }

# -- the wires -------------------------------------------------------------------------------------

# namespace NAME
namespace() {
    ip netns add "$1" 2>"$W/ip" || skip 'named network namespaces are not possible here'
    ip -n "$1" link set lo up
    ip netns exec "$1" sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
}

# wire NAMESPACE DEVICE PEER: to the router, or, with PEER=isp..., from the router to the internet
wire() {
    ip link add "$2" netns "$1" type veth peer name "$3" 2>"$W/ip" ||
        skip 'there are no veth devices here'
    [[ $3 == isp* ]] || ip link set "$3" netns router
    ip -n "$1" link set "$2" up
    if [[ $3 == isp* ]]; then ip link set "$3" up; else ip -n router link set "$3" up; fi
}

# wan4 ADDRESS [DEVICE [METRIC]]: the uplink has this address, and no other, and is a default route
wan4() {
    local device=${2:-wan0}
    ip -n router -4 address flush dev "$device"
    ip -n router address add "$1/16" dev "$device"
    ip -n router route replace default via "${1%.*.*}.0.1" dev "$device" metric "${3:-10}"
}

# lan6 NETWORK: the prefix of home, as 2a00:9:2001::
lan6() {
    ip -n router -6 address flush dev lan0 scope global
    ip -n router address add "${1}1/64" dev lan0 nodad
    ip -n home -6 address flush dev eth0 scope global
    ip -n home address add "${1}2/64" dev eth0 nodad
    ip -n home -6 route replace default via "${1}1" dev eth0
}

lay_wires() {
    local address
    mount -t tmpfs -o size=1m none /run/netns 2>/dev/null ||
        { mkdir -p /run/netns && mount -t tmpfs -o size=1m none /run/netns; } ||
        skip 'mount namespaces are not possible here'
    nft list ruleset >/dev/null 2>"$W/nft" || skip 'there is no nft here'
    ip link set lo up
    sysctl -qw net.ipv6.conf.all.forwarding=1
    namespace router
    namespace home
    wire router wan0 isp0
    wire home eth0 lan0
    for address in 9.0.0.53 9.0.1.1 9.0.{2..6}.1; do
        ip address add "$address/32" dev lo
    done
    for address in 53 101 201 301 401 501 601; do
        ip address add "2a00:9::$address/128" dev lo nodad
    done
    ip address add 9.1.0.1/16 dev isp0
    ip address add 2a00:9:1::1/64 dev isp0 nodad
    ip -n router address add 192.168.77.1/24 dev lan0
    ip -n router address add 2a00:9:1::2/64 dev wan0 nodad
    ip -n router -6 route add default via 2a00:9:1::1
    ip -6 route add 2a00:9:2000::/36 via 2a00:9:1::2
    ip -n home address add 192.168.77.2/24 dev eth0
    ip -n home route add default via 192.168.77.1
    router nft -f - <<'RULES'
table ip nat {
    chain post {
        type nat hook postrouting priority srcnat
        oifname "wan*" masquerade
    }
}
RULES
    wan4 "$FIRST4"
    lan6 2a00:9:2001::
}

# faults: nft rules of the router from standard input, in place of those before; none: all is well
faults() { router nft "add table inet faults; delete table inet faults; $(cat)"; }
well() { faults </dev/null; }

# -- the servers -----------------------------------------------------------------------------------

# certificate NAME KEY SUBJECT-ALT-NAME
certificate() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \
        -subj '/CN=world' -addext "subjectAltName=$3" -keyout "$INTERNET/$2" \
        -out "$INTERNET/$1" 2>"$W/openssl" || fail "openssl: $(tail -1 "$W/openssl")"
}

# start_world [OPTION...]: wires, sandbox (with these options) and servers
start_world() {
    lay_wires
    certificate cert.pem key.pem 'DNS:*.world.test'
    start_sandbox --dns-port 5300 --https-port 443 "$@"
    python3 "$HERE/internet.py" "$INTERNET" 5300 >"$W/internet.out" 2>&1 &
    servers+=($!)
    wait_for 10 'the internet is there' test -f "$INTERNET/ready"
    cat "$CA" "$INTERNET/cert.pem" >"$W/ca.pem"
    live_in home
}

# start_portal: on the router; `captive` sends everybody there
start_portal() {
    certificate portal.pem portal.key \
        'DNS:*.world.test,DNS:*.sandbox.test,DNS:dynamicdns.domainconnect.org'
    ip netns exec router python3 "$HERE/portal.py" "$INTERNET" "$PORTAL4" >"$W/portal.out" 2>&1 &
    servers+=($!)
    wait_for 10 'the portal is there' test -f "$INTERNET/portal-ready"
}
captive() {
    faults <<'RULES'
table inet faults {
    chain pre {
        type nat hook prerouting priority dstnat
        iifname "lan0" tcp dport 80 redirect to :8080
        iifname "lan0" tcp dport 443 redirect to :8443
    }
    chain old {
        type filter hook forward priority filter
        tcp dport { 80, 443 } reject with tcp reset
    }
}
RULES
}

# -- the program -----------------------------------------------------------------------------------

# world_config SOURCES [CORE-LINE...]
world_config() {
    local sources=$1
    shift
    cat >"$CONF" <<TEXT
[core]
resolver = 9.0.0.53, [2a00:9::53]
ca-file = $W/ca.pem
state-dir = $STATE
control-socket = $W/control.sock
confirm-delay = 1
log-level = debug
sources = $sources
$(printf '%s\n' "$@")

[ip-source http-echo]
url4 = https://echo1.world.test/ip, https://echo2.world.test/ip, https://echo3.world.test/ip
url6 = https://echo1.world.test/ip, https://echo2.world.test/ip, https://echo3.world.test/ip

[ip-source stun]
servers = stun1.world.test, stun2.world.test

[ip-source interface]
device = wan0
TEXT
}

# settled ADDRESS [FAMILY]: the daemon has looked, and has seen it
settled() {
    wait_for 20 'the first round' looked
    wait_for 20 "the daemon sees $1" json_is ".hosts[0].ipv${2:-4}.observed" "$1"
}
dead_or_alive() { gone "$DAEMON" && fail "the daemon ended: $(tail -3 "$LOGS/daemon.log")"; }

# -- figures ---------------------------------------------------------------------------------------

cpu_ms() { awk '{print ($14 + $15) * 10}' "/proc/$DAEMON/stat"; }

# measure: from here on everything counts
measure() {
    ctl clear
    rm -f "$INTERNET"/{echo,stun,dns,provider}.log
    began=$(now_ms)
    used=$(cpu_ms)
}

# right_again SECONDS ADDRESS...: the records follow by themselves; sets RECOVERY, in ms
right_again() {
    local limit=$1 since address type
    shift
    since=$(now_ms)
    for address in "$@"; do
        type=A
        [[ $address != *:* ]] || type=AAAA
        wait_for "$limit" "$type of $NAME is $address" record_is "$NAME" "$type" "$address"
    done
    RECOVERY=$(($(now_ms) - since))
}

# published_is ADDRESS: as the program sees it
published_is() {
    if [[ $1 == *:* ]]; then json_is '.hosts[0].ipv6.published' "$1"; else json_is '.hosts[0].ipv4.published' "$1"; fi
}

figure() { echo "$*" | tee -a "$W/figures" >&2; }

# bounded APPLIES QUESTIONS [ADDRESS...]: what was sent since measure, no busy loop, and that the
# program thinks published what DNS has
bounded() {
    local applies=$1 questions=$2 asked elapsed cpu address
    shift 2
    dead_or_alive
    for address in "$@"; do # its answer may have been lost on the way, and comes again
        wait_for 30 "the program knows that $address is published" published_is "$address"
    done
    sleep 1 # nothing may follow
    elapsed=$(($(now_ms) - began))
    cpu=$(($(cpu_ms) - used))
    asked=$(($(lines echo.log) + $(lines stun.log)))
    figure "recovery ${RECOVERY:--} ms; $(stat_of requests.apply) applies," \
        "$(stat_of requests.token) token requests, $asked questions to sources," \
        "$(lines dns.log) to DNS; CPU $cpu ms of $elapsed"
    [ "$(stat_of requests.apply)" -le "$applies" ] || fail "applies: $(sandbox_log ' apply POST')"
    [ "$(stat_of requests.token)" -le "$applies" ] || fail "tokens: $(sandbox_log ' token POST')"
    [ "$asked" -le "$questions" ] || fail "$asked questions to the sources"
    [ -n "${E2E_WRAP:-}" ] || [ $cpu -le $((elapsed / 50 + 100)) ] ||
        fail "the daemon used $cpu ms of CPU time in $elapsed ms"
    for address in "$@"; do
        if [[ $address == *:* ]]; then
            check_record "$NAME" AAAA "$address"
            is 'published' "$(json '.hosts[0].ipv6.published')" "$address"
        else
            check_record "$NAME" A "$address"
            is 'published' "$(json '.hosts[0].ipv4.published')" "$address"
        fi
    done
}

# -- the end ---------------------------------------------------------------------------------------

# The servers end before what is left is looked for.
end_world() {
    local status=$?
    ENDING=yes
    [ $status -ne 0 ] || stop_daemon TERM
    [ ${#servers[@]} -eq 0 ] || kill -TERM "${servers[@]}" 2>/dev/null
    [ ${#servers[@]} -eq 0 ] || wait "${servers[@]}" 2>/dev/null
    (exit $status)
    end
}

trap end_world EXIT
