# The consent for three names is taken back: one event, which says whom that stops and names one
# page for all of them; its code brings all of them back.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
write_config
setup "$NAME" "www.$ZONE" "$ZONE"
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
ctl revoke
ctl expire
ctl address 8.8.4.4
start_daemon
kick_until 15 'the event' said "then run: dcddns setup $NAME --code CODE"
has 'whom it stops' "$(<"$LOGS/daemon.log")" "it stops 3 hosts: $ZONE, $NAME and www.$ZONE"
cycles 3
is 'events' "$(said_times 'no longer accepts the grant')" 1
is 'refused refreshes' "$(stat_of refreshes_refused)" 0
is 'pages' "$(ls "$STATE/pending")" "$NAME"
URL=$(jq -r .url "$STATE/pending/$NAME")
has 'the page' "$URL" 'host=home%2Cwww%2C&'
approve
approved code >"$PRIVATE/code"
expect 0 setup "$NAME" --code-file "$PRIVATE/code"
wait_for 10 'the reload' said 'configuration reloaded'
check_record "$NAME" A 8.8.4.4
check_record "www.$ZONE" A 8.8.4.4
check_record "$ZONE" A 8.8.4.4
is 'grants' "$(ls "$STATE/grants")" "$NAME"
stop_daemon
