# consent.needed carries a page to open; the code it gives works with setup --code.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
write_config 'auth = pkce'
setup "$NAME"
ctl revoke
ctl expire
# Refused for days, which the grant says: the daemon tells at once.
python3 - "$STATE/grants/$NAME/record" <<'END'
import hashlib, json, sys
with open(sys.argv[1], "rb") as file:
    header, payload = file.read().split(b"\n", 1)
generation = header.split()[2]
payload = json.dumps(dict(json.loads(payload), needs_consent=True)).encode()
measure = b"%s %d" % (generation, len(payload))
digest = hashlib.sha256(measure + b"\n" + payload).hexdigest().encode()
with open(sys.argv[1], "wb") as file:
    file.write(b"dcddns-record 1 %s %s\n%s\n" % (measure, digest, payload))
END
ctl clear
start_daemon
mkfifo "$W/asks"
socat - "UNIX-CONNECT:$W/control.sock" <"$W/asks" >"$PRIVATE/events" &
exec {ASKS}>"$W/asks"
echo '{"v":1,"do":"events"}' >&"$ASKS"
wait_for 10 'the stream of events' grep -q '"ok":true' "$PRIVATE/events"
ctl address 8.8.4.4
kick_until 15 'the event' said "then run: dcddns setup $NAME --code CODE"
has 'the log' "$(<"$LOGS/daemon.log")" "run: dcddns setup $NAME"
# The URL itself is the notifier's to show; it is the one of the pending consent.
wait_for 5 'the event in the stream' grep -q consent.needed "$PRIVATE/events"
exec {ASKS}>&-
URL=$(jq -r 'select(.event.id == "consent.needed") | .event.url' "$PRIVATE/events")
is 'the URL' "$URL" "$(jq -r .url "$STATE/pending/$NAME")"
has 'the URL' "$URL" code_challenge=
is 'discoveries' "$(stat_of requests.settings)" 0
approve
approved code >"$PRIVATE/code"
expect 0 setup "$NAME" --code-file "$PRIVATE/code"
is 'discoveries' "$(stat_of requests.settings)" 0
wait_for 10 'the reload' said 'configuration reloaded'
check_record "$NAME" A 8.8.4.4
[ ! -e "$STATE/pending" ] || fail 'the pending consent is left'
