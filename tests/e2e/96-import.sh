# import: settings.txt of both Domain Connect clients, with tokens that the sandbox gave out.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
write_config
OTHER=office.$ZONE
ROOT=$STATE/grants

# member NAME KEY: of the grant of NAME; its tokens are secret
member() { tail -n +2 "$ROOT/$1/record" | jq -r ".$2"; }

# dyndns NAME [JQ-FILTER]: a member as domain-connect-dyndns writes it, from the grant of NAME
dyndns() {
    tail -n +2 "$ROOT/$1/record" | jq --arg name "$1" "{(\$name): ({
        provider_name: .provider_name, url_api: .api_url, access_token: .access_token,
        refresh_token: .refresh_token, iat: 1767225600, access_token_expires_in: 3600,
        protocols: [\"IPv4\", \"IPv6\"], ip: {IPv4: \"192.0.2.1\"}, last_success: 1767225700}
        ${2:-})}"
}
# as_other: what it is like on a machine that knows the other program only
as_other() { rm -rf "$STATE" "$W/etc/conf.d"; }
original() { stat -c '%y %a %i' "$1" && sha256sum <"$1"; }

setup "$NAME" --ipv4 --ipv6
ctl set templates v1 # as those programs' first users had it
setup --each "$OTHER"
ctl set templates both
FILE=$PRIVATE/settings.txt
jq -s add <(dyndns "$NAME") <(dyndns "$OTHER" '| del(.protocols)') \
    <(echo '{"broken.'"$ZONE"'": {"provider_name": "x", "url_api": "https://x.example"}}') >"$FILE"
chmod 600 "$FILE"
TOKEN=$(jq -r '.["'"$NAME"'"].refresh_token' "$FILE")
SERVICE=$PRIVATE/service.txt
tail -n +2 "$ROOT/$NAME/record" | jq '{domain_name: .zone, host: .host, provider_name, urlAPI: .api_url,
    access_token, refresh_token, iat: 1767225600, expires_in: 3600}' >"$SERVICE"
chmod 644 "$SERVICE"
before=$(original "$FILE")

# A grant that is there stays.
kept=$(tree)
expect 2 import "$FILE" "$NAME"
has 'the words' "$ERR" "$NAME: not imported: there is a grant for $NAME already"
is 'files' "$(tree)" "$kept"

# Nothing is done in a dry run, whatever it finds.
as_other
ctl clear
expect 2 import --dry-run "$FILE"
has 'the plan' "$OUT" "$NAME: would be imported: record A and AAAA, zone $ZONE"
has 'the plan' "$OUT" "$OTHER: would be imported: record A, zone $ZONE"
has 'the broken one' "$ERR" "$FILE:"
has 'the broken one' "$ERR" '"refresh_token" is missing'
is 'refreshes' "$(stat_of requests.token)" 0
[ ! -e "$STATE" ] || fail 'a dry run made a state directory'
[ ! -e "$W/etc/conf.d" ] || fail 'a dry run wrote a section'

# Each name for itself: two come over, the broken one does not.
expect 2 import "$FILE"
has 'imported' "$OUT" "$NAME: imported: record A and AAAA"
has 'imported' "$OUT" "$OTHER: imported: record A,"
has 'the warning' "$OUT" 'Stop domain-connect-dyndns for these names now'
is 'refreshes' "$(stat_of requests.token)" 2
[ "$(member "$NAME" refresh_token)" != "$TOKEN" ] || fail 'the rotated token is not stored'
is 'grants' "$(ls "$ROOT")" "$NAME
$OTHER"
is 'templates' "$(member "$NAME" service_id) $(member "$OTHER" service_id)" 'dynamicdns-v2 dynamicdns'
[ -n "$(member "$NAME" async_url)" ] || fail 'discovery adds nothing'
is 'the section' "$(grep '=' "$W/etc/conf.d/$NAME.conf")" 'ipv4 = yes
ipv6 = yes'
is 'the file' "$(original "$FILE")" "$before"
ctl address 8.8.4.4 2001:4860:4860::8844
expect 0 update
check_record "$NAME" A 8.8.4.4
check_record "$NAME" AAAA 2001:4860:4860::8844
check_record "$OTHER" A 8.8.4.4

# A run that was cut short between the provider's answer and its end: the next one goes on from there,
# though the token of the file is spent.
python3 - "$ROOT/$NAME" <<'END'
import hashlib, json, os, sys
os.rename(sys.argv[1], sys.argv[1] + "._import")
with open(sys.argv[1] + "._import/record", "rb") as file:
    header, payload = file.read().split(b"\n", 1)
generation = header.split()[2]
grant = json.loads(payload)
payload = json.dumps(dict(grant, id=grant["id"] + "._import")).encode()
measure = b"%s %d" % (generation, len(payload))
digest = hashlib.sha256(measure + b"\n" + payload).hexdigest().encode()
with open(sys.argv[1] + "._import/record", "wb") as file:
    file.write(b"dcddns-record 1 %s %s\n%s\n" % (measure, digest, payload))
END
expect 0 import "$FILE" "$NAME"
is 'grants' "$(ls "$ROOT")" "$NAME
$OTHER"
expect 0 update --force "$NAME"

# A file with a token that is good takes the place of a grant that is dead.
dyndns "$NAME" >"$PRIVATE/good.txt"
chmod 600 "$PRIVATE/good.txt"
expect 2 import "$PRIVATE/good.txt"
expect 0 import --replace "$PRIVATE/good.txt"
is 'grants' "$(ls "$ROOT")" "$NAME
$OTHER"
ctl change "$NAME" A 6.6.6.6 # what was published under the old grant is not believed
expect 0 update "$NAME"
has 'published anew' "$OUT" "$NAME: published"

# The token of the file is spent now; what is there survives the attempt to replace it.
ctl set grace 0
kept=$(tree)
expect 2 import --replace "$FILE" "$NAME"
has 'the words' "$ERR" "does not take the refresh token of the file"
has 'the command' "$ERR" "dcddns setup $NAME"
is 'files' "$(tree)" "$kept"

# The service for Windows, whose consent is for IPv4; file mode is spoken of.
ctl set templates v1
setup "$NAME" --ipv4
tail -n +2 "$ROOT/$NAME/record" | jq --slurpfile old "$SERVICE" \
    '$old[0] + {refresh_token}' >"$PRIVATE/new.txt"
cat "$PRIVATE/new.txt" >"$SERVICE"
as_other
ctl fail settings 500 1 # discovery may fail: this file names its zone
expect 0 import "$SERVICE"
has 'imported' "$OUT" "$NAME: imported: record A, zone $ZONE"
has 'the mode' "$ERR" "$SERVICE: other users can read the tokens in this file"
[ -n "${E2E_SYSTEM:-}" ] || has 'the command' "$ERR" "chmod 600 '$SERVICE'"
is 'the template' "$(member "$NAME" service_id)" dynamicdns
expect 0 update --force
check_record "$NAME" A 8.8.4.4

# An address of the provider that DNS does not confirm does not get the token.
jq '.urlAPI = "https://elsewhere.sandbox.test:1"' "$SERVICE" >"$PRIVATE/moved.txt"
chmod 600 "$PRIVATE/moved.txt"
as_other
ctl clear
expect 2 import "$PRIVATE/moved.txt"
has 'the words' "$ERR" 'the token was not sent'
is 'token requests' "$(stat_of requests.token)" 0
[ ! -e "$STATE/grants" ] || fail 'a grant was kept'

# A provider that has trouble: nothing is kept, and the exit status says that it may work later.
ctl fail token 500 1
expect 1 import "$SERVICE"
has 'the words' "$ERR" 'the token could not be tried now'
lacks 'the words' "$ERR" _import
[ -z "$(ls "$STATE/grants" 2>/dev/null)" ] || fail 'a grant was kept'
[ ! -e "$W/etc/conf.d/$NAME.conf" ] || fail 'a section was written'
expect 2 import "$SERVICE" "third.$ZONE"
has 'the words' "$ERR" "third.$ZONE is not in $SERVICE"
expect 2 import "$W/none.txt"
expect 64 import
