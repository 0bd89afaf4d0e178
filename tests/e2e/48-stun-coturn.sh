# The IP source stun against a STUN server of other people: coturn, twice.  What it sees of a client
# on this machine is a loopback address, so the host allows private ones.
. "${BASH_SOURCE%/*}/lib.sh"
command -v turnserver >/dev/null || skip 'coturn is not installed'
free_port() {
    python3 -c 'import socket
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
s.bind(("::", 0))
print(s.getsockname()[1])'
}
answers() {
    timeout 1 turnutils_stunclient -p "$1" "$2" >"$W/stunclient.out" 2>&1
    grep -q 'UDP reflexive addr' "$W/stunclient.out"
}
# start_coturn PORT [OPTION...]; sets COTURN
start_coturn() {
    local port=$1
    shift
    turnserver -n --stun-only --no-tls --no-dtls --no-cli --listening-ip 127.0.0.1 \
        --listening-ip ::1 --listening-port "$port" --pidfile "$W/turn.$port.pid" \
        --userdb "$W/turn.$port.db" --log-file stdout "$@" >"$W/turn.$port.out" 2>&1 &
    COTURN=$!
    wait_for 10 "coturn answers over IPv4 ($(tail -1 "$W/turn.$port.out"))" answers "$port" 127.0.0.1
    wait_for 10 'coturn answers over IPv6' answers "$port" ::1
}
start_sandbox
FIRST=$(free_port)
start_coturn "$FIRST"
FIRST_PID=$COTURN
SECOND=$(free_port)
start_coturn "$SECOND" --fingerprint
write_config 'sources = stun' 'allow-private = yes'
cat >>"$CONF" <<END

[ip-source stun]
servers = localhost.example:$FIRST, [::1]:$SECOND, 127.0.0.1:$SECOND, [::1]:$FIRST, 127.0.0.1:$FIRST
END
setup "$NAME" --ipv4 --ipv6
check_record "$NAME" A 127.0.0.1
check_record "$NAME" AAAA ::1
expect 0 update --force
check_record "$NAME" A 127.0.0.1
# Where special addresses are not allowed it is refused, as from any source.
sed -i 's/^allow-private = yes/allow-private = no/' "$CONF"
dc update
has 'the words' "$ERR" '127.0.0.1 is in 127.0.0.0/8, Loopback (RFC 1122), and is not published'
has 'the words' "$ERR" '::1 is in ::1/128, Loopback (RFC 4291), and is not published'
kill "$FIRST_PID" "$COTURN"
wait "$FIRST_PID" "$COTURN"
wait_for 10 'both coturns are gone' gone "$COTURN"
