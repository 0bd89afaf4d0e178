# The consent was taken back: one event with the command, status says so, a new setup mends it.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
write_config
setup "$NAME"
start_daemon
ctl revoke
ctl expire
ctl address 8.8.4.4
kick_until 15 'the event' said "dcddns setup $NAME"
is 'events' "$(said_times "dcddns setup $NAME")" 1
check_record "$NAME" A "$V4"
expect 0 status
has 'status' "$OUT" paused
has 'status' "$OUT" "dcddns setup $NAME"
expect 1 doctor "$NAME"
has 'doctor' "$OUT" 'Result: the provider refuses the grant'
setup "$NAME"
wait_for 10 'the reload' said 'configuration reloaded'
check_record "$NAME" A 8.8.4.4
ctl address 8.8.8.8
kick_until 15 'updates go on' record_is "$NAME" A 8.8.8.8
stop_daemon
# Refused for days, which the record says; doctor knows it too.
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
expect 2 doctor "$NAME"
has 'doctor' "$OUT" "Result: consent is needed again; run: dcddns setup $NAME"
