# doctor explains every step, changes nothing, and its exit status says how it stands.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
write_config
expect 0 doctor "$NAME"
has 'the next step' "$OUT" "dcddns setup $NAME"
has 'the provider' "$OUT" 'Sandbox DNS'
has 'the zone' "$OUT" "zone $ZONE"
has 'the source' "$OUT" "$V4"
[ ! -e "$STATE" ] || fail 'doctor made a state directory'
setup "$NAME"
before=$(tree)
expect 0 doctor "$NAME"
has 'the grant' "$OUT" 'consent was given'
lacks 'the next step' "$OUT" 'next: dcddns setup'
is 'files' "$(tree)" "$before"
# A grant that lacks what each update needs: said, and how to mend it; nothing is changed.
cp -a "$STATE" "$W/whole"
for member in api_url service_id refresh_token; do
    rm -rf "$STATE"
    cp -a "$W/whole" "$STATE"
    find "$STATE/grants/$NAME" -name 'record.*' -delete
    python3 - "$STATE/grants/$NAME/record" "$member" <<'END'
import hashlib, json, sys
with open(sys.argv[1], "rb") as file:
    header, payload = file.read().split(b"\n", 1)
grant = json.loads(payload)
del grant[sys.argv[2]]
payload = json.dumps(grant).encode()
measure = b"%s %d" % (header.split()[2], len(payload))
digest = hashlib.sha256(measure + b"\n" + payload).hexdigest().encode()
with open(sys.argv[1], "wb") as file:
    file.write(b"dcddns-record 1 %s %s\n%s\n" % (measure, digest, payload))
END
    broken=$(tree)
    expect 2 doctor "$NAME"
    has "without $member" "$(grep -A2 'stored grant' <<<"$OUT")" incomplete
    has "without $member" "$OUT" "Result: the grant is incomplete; run: dcddns setup $NAME"
    lacks "without $member" "$OUT" 'consent was given'
    is 'files' "$(tree)" "$broken"
    expect 0 status --json
    is "status without $member" "$(jq -r '.hosts[0].grant_state' <<<"$OUT")" needs-consent
done
rm -rf "$STATE"
mv "$W/whole" "$STATE"
# Without any address nothing can be kept up to date.
ctl echo all nonsense
expect 1 doctor "$NAME"
has 'the result' "$OUT" 'Result: no address was found'
ctl echo all default
ctl unrecord _domainconnect TXT
expect 2 doctor "$NAME"
has 'the result' "$OUT" 'Result: '
ctl record _domainconnect TXT "\"dc.sandbox.test:$HTTPS_PORT\""
ctl fail settings 500 9
expect 1 doctor "$NAME"
has 'the answer' "$OUT" 500
