# doctor shows what the resolver and the zone's own server say, and what stands in the way.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
write_config
expect 0 doctor "$NAME"
has 'before setup' "$OUT" "answered  no such record, with authority"
setup "$NAME"
expect 0 doctor "$NAME"
has 'the server' "$OUT" "ns1.sandbox.test (127.0.0.1): $NAME A"
has 'its answer' "$OUT" "answered  $V4, with authority"
has 'the meaning' "$OUT" 'means     as published (good)'
has 'the verdict' "$OUT" 'everybody sees it, once caches are over'
jq '.hosts[].ipv4.published_ms -= 7200000' "$STATE/records.json" >"$W/records.json"
cat "$W/records.json" >"$STATE/records.json"
ctl change home A 6.6.6.6
expect 0 doctor "$NAME"
has 'a changed record' "$OUT" "published was $V4 (bad)"
has 'the verdict' "$OUT" 'somebody else sets it'
ctl set dns-split on
expect 0 doctor "$NAME"
has 'the resolver' "$OUT" '10.53.53.53'
ctl set dns-split off
ctl set dns-answers no-aa
expect 0 doctor "$NAME"
has 'a resolver in between' "$OUT" 'the answer is not authoritative'
ctl set dns-answers refused
expect 0 doctor "$NAME"
has 'a refusal' "$OUT" 'REFUSED'
ctl set dns-answers normal
ctl change home CNAME elsewhere.example.test
expect 0 doctor "$NAME"
has 'an alias' "$OUT" 'remove the CNAME at the provider'
ctl change home CNAME
ctl record home NS ns.elsewhere.test.
expect 0 doctor "$NAME"
has 'a delegation' "$OUT" "$NAME is served by other name servers (NS records)"
has 'what to do' "$OUT" 'remove the NS records there'
