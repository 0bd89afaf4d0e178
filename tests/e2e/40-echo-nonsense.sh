# Whatever the echo services say that is no public address of the family: nothing is published.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
write_config
setup "$NAME" --ipv4 --ipv6
ctl clear
# refused EXIT-STATUS WHAT BODY WORDS...
refused() {
    local want=$1 what=$2 body=$3
    shift 3
    ctl echo all "$body"
    dc update
    is "$what: exit status ($ERR)" "$STATUS" "$want"
    is "$what: applies" "$(stat_of requests.apply)" 0
    expect 0 status
    while [ $# -gt 0 ]; do
        has "$what: status" "$OUT" "$1"
        shift
    done
    lacks "$what: status" "$OUT" '<script'
}
# Force publishes what is seen; the address of yesterday is not that.
ctl echo all '<html>'
expect 1 update --force
has 'force without an address' "$ERR" "$NAME: "
is 'force without an address: applies' "$(stat_of requests.apply)" 0
refused 1 'HTML' '<html><script>alert(1)</script>8.8.4.4</html>' 'error'
refused 2 'a private address' 192.168.1.7 192.168.1.7 private
refused 2 'CGNAT' 100.64.3.4 100.64.3.4 CGNAT
refused 2 'loopback' 127.0.0.1 127.0.0.1
refused 1 'two addresses' '8.8.4.4\n8.8.8.8\n' 'error'
refused 1 'a port' '8.8.4.4:80' 'error'
refused 1 '20 KB' "$(head -c 20000 /dev/zero | tr '\0' 8)" 'error'
refused 1 'nothing' '' 'error'
refused 1 'zeros' '8.8.4.4\0' 'error'
check_record "$NAME" A "$V4"
check_record "$NAME" AAAA "$V6"
ctl echo all default
expect 0 update
is 'error afterwards' "$(json '.hosts[0].error')" null
