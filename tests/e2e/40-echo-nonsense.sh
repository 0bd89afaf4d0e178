# Whatever the echo services say that is no public address of the family: nothing is published.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
write_config
setup "$NAME" --ipv4 --ipv6
ctl clear
# refused WHAT BODY WORDS...
refused() {
    local what=$1 body=$2
    shift 2
    ctl echo all "$body"
    dc update
    is "$what: exit status ($ERR)" "$STATUS" 1
    is "$what: applies" "$(stat_of requests.apply)" 0
    expect 0 status
    while [ $# -gt 0 ]; do
        has "$what: status" "$OUT" "$1"
        shift
    done
    lacks "$what: status" "$OUT" '<script'
}
refused 'HTML' '<html><script>alert(1)</script>8.8.4.4</html>' 'error'
refused 'a private address' 192.168.1.7 192.168.1.7 private
refused 'CGNAT' 100.64.3.4 100.64.3.4 CGNAT
refused 'loopback' 127.0.0.1 127.0.0.1
refused 'two addresses' '8.8.4.4\n8.8.8.8\n' 'error'
refused 'a port' '8.8.4.4:80' 'error'
refused '20 KB' "$(head -c 20000 /dev/zero | tr '\0' 8)" 'error'
refused 'nothing' '' 'error'
refused 'zeros' '8.8.4.4\0' 'error'
check_record "$NAME" A "$V4"
check_record "$NAME" AAAA "$V6"
ctl echo all default
expect 0 update
is 'error afterwards' "$(json '.hosts[0].error')" null
