# Three names of one zone: one page, one code, one grant; all of them published, two changing at
# once share one refresh, and one that is removed leaves the grant to the others.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
write_config
# Every zone is looked for before anybody is asked.
expect 1 setup --no-browser "$NAME" home.elsewhere.test
has 'the words' "$ERR" 'cannot find the zone of home.elsewhere.test'
is 'consent pages shown' "$(grep -c ^https <<<"$OUT")" 0
setup "$NAME" "www.$ZONE" "$ZONE"
has 'the consent URL' "$URL" 'host=home%2Cwww%2C&'
has 'what it prints' "$OUT" "home, www and $ZONE (zone $ZONE) are served by"
has 'what it prints' "$OUT" "The grant for $NAME (home, www and $ZONE) is stored."
for name in "$NAME" "www.$ZONE" "$ZONE"; do
    check_record "$name" A "$V4"
    has 'what it prints' "$OUT" "$name: published $V4"
    test -f "$W/etc/conf.d/$name.conf" || fail "no section of $name"
done
is 'discoveries' "$(stat_of requests.settings)" 1
is 'exchanges' "$(stat_of exchanges)" 1
is 'grants' "$(ls "$STATE/grants")" "$NAME"
is 'the provider in status' "$(json '[.hosts[].grant.zone] | unique | join(" ")')" "$ZONE"
# Two hosts and more change at once with no access token that lives: one refresh.
ctl set grace 0
for round in 1 2 3; do
    ctl clear
    ctl expire
    ctl delay token 500 5
    ctl address 8.8.4.$round
    if [ $round = 1 ]; then
        start_daemon
        kick_until 15 'the apex' record_is "$ZONE" A 8.8.4.1
        wait_for 10 'home' record_is "$NAME" A 8.8.4.1
        wait_for 10 'www' record_is "www.$ZONE" A 8.8.4.1
        stop_daemon
    else
        expect 0 update --force
    fi
    is "refreshes in round $round" "$(stat_of refreshes)" 1
    is 'old tokens sent' "$(stat_of reuses)" 0
    is 'refused refreshes' "$(stat_of refreshes_refused)" 0
done
# The first one goes, under whose name the grant is kept.
start_daemon
expect 0 remove "$NAME"
has 'the words' "$OUT" "its grant stays, for www and $ZONE"
check_record "$NAME" A ''
check_record "www.$ZONE" A 8.8.4.3
wait_for 10 'the reload' said '2 hosts'
is 'grants' "$(ls "$STATE/grants")" "$NAME"
ctl address 8.8.4.9
expect 0 update --force
check_record "www.$ZONE" A 8.8.4.9
check_record "$ZONE" A 8.8.4.9
check_record "$NAME" A ''
expect 2 remove "$NAME"
has 'once more' "$ERR" 'neither configured nor granted'
# It is not in the grant any more: the same name comes back by consent only.
add_host "$NAME" 'ipv4 = yes'
expect 0 reload
expect 2 update "$NAME"
has 'the words' "$ERR" "no consent was given for $NAME yet; run: dcddns setup $NAME"
rm "$W/etc/conf.d/$NAME.conf"
expect 0 remove "www.$ZONE"
expect 0 remove "$ZONE"
is 'grants' "$(ls "$STATE/grants")" ''
stop_daemon
