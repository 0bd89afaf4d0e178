# Without records: what DNS shows already is not sent again; and what it cannot say is.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
write_config
setup "$NAME" --ipv4 --ipv6
ctl clear
rm "$STATE/records.json"
expect 0 update
has 'the result' "$OUT" "unchanged, $V4 and $V6"
is 'applies' "$(stat_of requests.apply)" 0
rm "$STATE/records.json"
start_daemon
kick_until 15 'DNS is found to be right' said "DNS says $V4 and $V6 already: nothing is sent"
stop_daemon
is 'published' "$(json '.hosts[0].ipv4.published, .hosts[0].ipv6.published' | xargs)" "$V4 $V6"
is 'applies' "$(stat_of requests.apply)" 0
for how in no-aa servfail refused; do
    rm "$STATE/records.json"
    ctl set dns-answers $how
    ctl clear
    expect 0 update
    has 'the result' "$OUT" "published $V4 and $V6"
    is "applies with $how" "$(stat_of applies_accepted)" 1
done
ctl set dns-answers normal
rm "$STATE/records.json"
ctl clear
write_config 'verify-dns = no'
expect 0 update
is 'applies without a look' "$(stat_of applies_accepted)" 1
