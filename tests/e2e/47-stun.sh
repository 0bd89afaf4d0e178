# The IP source stun, with two servers: the addresses they agree on are published, others are not.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
"$SANDBOX" run --dir "$W/box2" >"$W/sandbox2.out" 2>"$W/sandbox2.err" &
SANDBOX2_PID=$!
wait_for 10 'the second sandbox is ready' test -f "$W/box2/sandbox.env"
ctl2() { "$SANDBOX" ctl --dir "$W/box2" "$@"; }
SECOND=$(sed -n 's/^STUN_PORT=//p' "$W/box2/sandbox.env")
ctl2 address "$V4" "$V6"
write_config 'sources = stun'
cat >>"$CONF" <<END

[ip-source stun]
servers = stun.sandbox.test:$STUN_PORT, stun.sandbox.test:$SECOND
timeout = 2 s
END
expect 0 check-config
expect 0 modules show stun
has 'options' "$OUT" 'stun.cloudflare.com'
setup "$NAME" --ipv4 --ipv6
check_record "$NAME" A "$V4"
check_record "$NAME" AAAA "$V6"
# A daemon follows a change that both saw.
start_daemon
wait_for 15 'the first look' looked
ctl address 8.8.4.4 2606:2800:220:1::2
ctl2 address 8.8.4.4 2606:2800:220:1::2
kick_until 20 'the new IPv4 address' record_is "$NAME" A 8.8.4.4
kick_until 20 'the new IPv6 address' record_is "$NAME" AAAA 2606:2800:220:1::2
stop_daemon
is 'echo services that were asked' "$(stat_of requests.echo)" 0
# One alone says something else: nobody is believed, and both are named.
ctl2 address 8.8.8.8 2606:2800:220:1::2
dc update
has 'the words' "$ERR" disagree
has 'the words' "$ERR" 'says 8.8.4.4'
has 'the words' "$ERR" 'says 8.8.8.8'
check_record "$NAME" A 8.8.4.4
check_record "$NAME" AAAA 2606:2800:220:1::2
ctl address 8.8.8.8 2606:2800:220:1::2
expect 0 update
check_record "$NAME" A 8.8.8.8
ctl2 stop
wait "$SANDBOX2_PID" || fail "the second sandbox ended with $?"
# A server that is gone altogether, and names that DNS does not have.
sed -i "s/^servers = .*/servers = gone.sandbox.test/" "$CONF"
expect 1 update
expect 0 status
has 'status' "$OUT" gone.sandbox.test
sed -i "s/^servers = .*/servers = 127.0.0.1:$SECOND/" "$CONF"
expect 1 update
expect 0 status
has 'status' "$OUT" 'no STUN server answered'
check_record "$NAME" A 8.8.8.8
