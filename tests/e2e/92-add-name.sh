# A name that comes later: consent is asked again for all names of the grant, and until that is
# given the old grant stays in use; then there is one grant.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
write_config
setup "$NAME" "www.$ZONE"
before=$(tree)
begin_setup "cam.$ZONE"
has 'the words' "$(<"$SETUP_LOG.out")" "The grant for $NAME covers home and www; consent is asked \
again for home, www and cam, until then the old grant stays in use."
has 'the consent URL' "$URL" 'host=home%2Cwww%2Ccam&'
ctl decline "$URL" >"$PRIVATE/declined"
answer_setup "$(sed -n 's/^url=//p' "$PRIVATE/declined")"
is 'exit status' "$STATUS" 2
is 'files' "$(tree)" "$before"
ctl address 8.8.4.4
expect 0 update
check_record "$NAME" A 8.8.4.4
check_record "www.$ZONE" A 8.8.4.4
# Given: one grant, in the place of the old one; a daemon takes it over.
start_daemon
setup "cam.$ZONE"
wait_for 10 'the reload' said '3 hosts'
is 'grants' "$(ls "$STATE/grants")" "$NAME"
check_record "cam.$ZONE" A 8.8.4.4
ctl expire
ctl clear
ctl address 8.8.4.5
kick_until 15 'cam' record_is "cam.$ZONE" A 8.8.4.5
wait_for 10 'home' record_is "$NAME" A 8.8.4.5
wait_for 10 'www' record_is "www.$ZONE" A 8.8.4.5
is 'refreshes' "$(stat_of refreshes)" 1
stop_daemon
# Later, in another run, by its first name; the other names of the grant are not touched.
begin_setup "lab.$ZONE" "tv.$ZONE"
answer_setup
approve
approved url >"$PRIVATE/url"
expect 64 setup "lab.$ZONE" "nas.$ZONE" --code-file "$PRIVATE/url"
has 'the words' "$ERR" "does not cover nas.$ZONE"
expect 0 setup "lab.$ZONE" --code-file "$PRIVATE/url"
check_record "lab.$ZONE" A 8.8.4.5
check_record "tv.$ZONE" A 8.8.4.5
is 'grants' "$(ls "$STATE/grants")" "$NAME"
is 'hosts' "$(json '.hosts | length')" 5
# A page of before: since then the grant came to serve more, which its code must not take away.
begin_setup "one.$ZONE"
answer_setup
approve
approved code >"$PRIVATE/code"
setup "two.$ZONE"
expect 2 setup "one.$ZONE" --code-file "$PRIVATE/code"
has 'the words' "$ERR" "came to serve two.$ZONE"
expect 0 update --force
check_record "two.$ZONE" A 8.8.4.5
# Grants of their own stay what they are until a consent covers them; then they are gone.
setup --each "own.$ZONE"
is 'grants' "$(cd "$STATE/grants" && echo ./*)" "./$NAME ./own.$ZONE"
setup "own.$ZONE" "$NAME"
is 'grants' "$(ls "$STATE/grants")" "own.$ZONE"
ctl expire
expect 0 update --force
# Taking one out of a grant that bears its name: not while others need that.
expect 2 setup --each "own.$ZONE"
has 'the words' "$ERR" "the grant that is kept as own.$ZONE serves $NAME too; give that one of its own"
