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
