# Consent in two runs of setup: the first ends without a code, another process redeems it.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
write_config 'auth = pkce'
# Not through dc: it would keep the command line, where the code is by the user's own wish.
with_code() {
    local text=$1
    shift
    "${WRAP[@]}" "$BIN" --config "$CONF" setup "$NAME" --code "$text" "$@" \
        >"$LOGS/code.out" 2>"$LOGS/code.err" </dev/null
    STATUS=$?
    OUT=$(<"$LOGS/code.out")
    ERR=$(<"$LOGS/code.err")
}
# Nothing is pending yet.
with_code some-code
is 'exit status of a code out of nowhere' "$STATUS" 2
has 'the words' "$ERR" "run dcddns setup $NAME first and open the URL it prints"
is 'token requests' "$(stat_of requests.token)" 0
begin_setup "$NAME" --ipv4 --ipv6
first=$URL
answer_setup
is 'exit status without a code' "$STATUS" 2
has 'the words' "$ERR" "give it with: dcddns setup $NAME --code-file FILE"
check_mode "$STATE/pending/$NAME" 600
check_mode "$STATE/pending" 700
[ ! -e "$W/etc/conf.d/$NAME.conf" ] || fail 'a host section was written'
# Another state is refused, before anything is sent.
approve
ctl clear
with_code "$(approved url | sed 's/state=/state=x/')"
is 'exit status of a foreign page' "$STATUS" 2
has 'the words' "$ERR" 'state does not match'
is 'token requests' "$(stat_of requests.token)" 0
[ -e "$STATE/pending/$NAME" ] || fail 'a foreign page took the pending consent away'
# The provider of the first run is asked, without looking for it again.
with_code "$(approved url)"
is "exit status ($ERR)" "$STATUS" 0
is 'discoveries' "$(stat_of requests.settings)" 0
check_record "$NAME" A "$V4"
check_record "$NAME" AAAA "$V6"
has 'the exchange' "$(sandbox_log authorization_code)" 'pkce=yes secret=no'
[ ! -e "$STATE/pending" ] || fail 'the pending consent is left'
# Spent: once is enough.
with_code "$(approved url)"
is 'exit status of a spent code' "$STATUS" 2
has 'the words' "$ERR" 'no consent is pending'
# A newer run takes the place of an older one.
begin_setup "$NAME"
answer_setup
old=$URL
begin_setup "$NAME"
answer_setup
URL=$old
approve
with_code "$(approved url)"
is 'exit status of an older page' "$STATUS" 2
has 'the words' "$ERR" 'state does not match'
# Declined on the page: it is over.
begin_setup "$NAME"
answer_setup
ctl decline "$URL" >"$PRIVATE/declined"
with_code "$(sed -n 's/^url=//p' "$PRIVATE/declined")"
is 'exit status of a declined one' "$STATUS" 2
has 'the words' "$ERR" declined
[ ! -e "$STATE/pending" ] || fail 'a declined consent is still pending'
# Older than a day: not used, said, gone.
begin_setup "$NAME"
answer_setup
approve
sed -i -E 's/("created_wall_ms":)[0-9]+/\11600000000000/; s/("boot_id":")[^"]*/\1an-earlier-one/' "$STATE/pending/$NAME"
with_code "$(approved code)"
is 'exit status of an old one' "$STATUS" 2
has 'the words' "$ERR" 'older than 24 h'
[ ! -e "$STATE/pending/$NAME" ] || fail 'an old one is left'
# remove forgets it, with and without a grant.
begin_setup "$NAME"
answer_setup
expect 0 remove "$NAME"
[ ! -e "$STATE/pending" ] || fail 'remove left it'
begin_setup "$NAME"
answer_setup
expect 0 remove "$NAME"
has 'the words' "$OUT" 'only a consent was asked for'
[ ! -e "$STATE/pending" ] || fail 'remove left it'
expect 2 remove "$NAME"
# What was asked for rules: its families, its template, its auth module.
ctl set templates v1
begin_setup "old.$ZONE"
answer_setup
approve
approved url >"$PRIVATE/url"
expect 2 setup "old.$ZONE" --code-file "$PRIVATE/url" --ipv6
has 'the words' "$ERR" 'consent was asked for IPv4 only'
write_config
expect 2 setup "old.$ZONE" --code-file "$PRIVATE/url"
has 'the words' "$ERR" 'auth module "pkce", which is not configured any more'
expect 64 setup "old.$ZONE" --code-file "$PRIVATE/none" --code x
is 'token requests' "$(sandbox_log authorization_code | wc -l)" 1
write_config 'auth = pkce'
expect 0 setup "old.$ZONE" --code-file "$PRIVATE/url"
check_record "old.$ZONE" A "$V4"
ctl set templates both
# With the published secret a bare code needs no earlier run, an address does.
write_config
URL=${first/\&code_challenge=*&code_challenge_method=S256/}
approve
with_code "$(approved url)"
is 'exit status of an address' "$STATUS" 2
has 'the words' "$ERR" "run dcddns setup $NAME first"
with_code "$(approved code)"
is "exit status of a bare code ($ERR)" "$STATUS" 0
