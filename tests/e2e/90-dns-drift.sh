# Somebody changes, then removes the record at the provider: told, and put right once.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
write_config 'log-level = debug'
setup "$NAME" --ipv4 --ipv6
is 'applies of setup' "$(stat_of applies_accepted)" 1
is 'DNS before any look' "$(json '.hosts[0].dns')" null
# The update was made long ago, so that what DNS says now counts.
age_records() {
    jq '.hosts[] |= (.ipv4.published_ms -= 7200000 | .ipv6.published_ms -= 7200000)' \
        "$STATE/records.json" >"$W/records.json" || fail 'records.json is no JSON'
    cat "$W/records.json" >"$STATE/records.json"
}
age_records
start_daemon
kick_until 15 'DNS is looked at' said 'DNS: current'
is 'applies' "$(stat_of applies_accepted)" 1
stop_daemon
is 'DNS' "$(json '.hosts[0].dns.state')" current
ctl change home A 6.6.6.6
start_daemon
kick_until 15 'the record is put right' record_is "$NAME" A "$V4"
check_record "$NAME" AAAA "$V6"
is 'applies' "$(stat_of applies_accepted)" 2
said "DNS does not show what was published: ns1.sandbox.test says A 6.6.6.6, published was $V4" ||
    fail 'no event'
said 'it is being put right' || fail 'no word of the update'
# The next look is due in two minutes: until then nothing more is sent.
cycles 2
is 'applies' "$(stat_of applies_accepted)" 2
is 'events' "$(said_times 'it is being put right')" 1
stop_daemon
is 'what is known' "$(json '.hosts[0].dns | .state, .drifts' | xargs)" 'different 1'
expect 0 status
has 'status' "$OUT" 'dns different'
# A restart does not make it news; the record is there again.
age_records
start_daemon
kick_until 15 'it is told that all is well' said 'DNS shows what was published again'
# An alias is told and left alone.
before=$(stat_of applies_accepted)
ctl change home CNAME elsewhere.example.test
kick_until 20 'the alias is told' said 'the name is an alias (CNAME)'
cycles 1
is 'applies' "$(stat_of applies_accepted)" "$before"
stop_daemon
