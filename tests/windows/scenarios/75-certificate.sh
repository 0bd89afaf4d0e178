# TLS: who is not trusted, or has another name, gets nothing; the words say why.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
write_config
setup "$NAME"
ctl address 8.8.4.4
# refused WORDS: an update is refused, and nothing was asked or sent
refused() {
    ctl clear
    dc update
    is 'exit status' "$STATUS" 1
    has 'the words' "$ERR" "$1"
    is 'requests that got through' "$(ctl log | wc -l)" 0
}
# Nobody that Windows knows.
sed -i '/^ca-file/d' "$CONF"
refused certificate
# Another authority of the same name.
"$SANDBOX" run --dir "$W/box2" >"$W/sandbox2.out" 2>"$W/sandbox2.err" &
SECOND=$!
wait_for 10 'the second sandbox is ready' test -f "$W/box2/sandbox.env"
cp "$W/box2/ca.pem" "$W/other.pem"
"$SANDBOX" ctl --dir "$W/box2" stop
wait "$SECOND"
sed -i "s|^resolver = .*|&\nca-file = $W/other.pem|" "$CONF"
refused certificate
sed -i "s|^ca-file = .*|ca-file = $CA|" "$CONF"
# The right authority, the wrong name.
sed "s|echo[1-4]\.sandbox\.test|wrong.example.test|g" "$CONF" >"$W/etc/wrong.conf"
ctl record wrong.example.test A 127.0.0.1
ctl record wrong.example.test AAAA ::1
CONF=$W/etc/wrong.conf refused 'wrong.example.test'
expect 0 update
check_record "$NAME" A 8.8.4.4
