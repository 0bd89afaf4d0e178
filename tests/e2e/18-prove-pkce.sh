# setup --prove-pkce: a strange verifier is tried first; proven, spent, ignored, and never by itself.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
write_config
expect 64 setup "$NAME" --prove-pkce
has 'without PKCE' "$ERR" 'sends no PKCE challenge'
is 'consent pages' "$(grep -c '^https' <<<"$OUT")" 0
write_config 'auth = pkce'
known() { json ".hosts[] | select(.name == \"$1\").grant.pkce"; }
setup "$NAME" --prove-pkce
has 'the words' "$OUT" 'Sandbox DNS checks PKCE: it refused a verifier'
is 'tries' "$(sandbox_log authorization_code | wc -l)" 2
is 'what is known' "$(known "$NAME")" proven
expect 0 doctor "$NAME"
has 'doctor' "$OUT" 'answered  proven'
# A provider that ends the code after a wrong verifier: proven all the same, with a second consent.
ctl set pkce spend
begin_setup "spend.$ZONE" --prove-pkce
approve
approved code >&"$SETUP_FD"
asked_twice() { [ "$(grep -c '^https://' "$SETUP_LOG.out")" = 2 ] || gone "$SETUP_PID"; }
wait_for 20 'setup asks again' asks_or_ended
wait_for 20 'another URL' asked_twice
has 'the words' "$(<"$SETUP_LOG.out")" 'the code is spent by that, and a new consent is needed'
URL=$(grep '^https://' "$SETUP_LOG.out" | tail -1)
approve
answer_setup "$(approved code)"
is "exit status ($ERR)" "$STATUS" 0
is 'what is known' "$(known "spend.$ZONE")" proven
# The same for a code that is given: somebody must come again.
begin_setup "again.$ZONE"
answer_setup
approve
approved code >"$PRIVATE/code"
expect 2 setup "again.$ZONE" --code-file "$PRIVATE/code" --prove-pkce
has 'the words' "$ERR" 'a new consent is needed, without --prove-pkce'
# A code that never was one: nothing is claimed.
ctl set pkce check
begin_setup "wrong.$ZONE" --prove-pkce
echo no-such-code >&"$SETUP_FD"
wait_for 20 'another URL' asked_twice
has 'the words' "$(<"$SETUP_LOG.out")" 'or the code was wrong or too old'
URL=$(grep '^https://' "$SETUP_LOG.out" | tail -1)
approve
answer_setup "$(approved code)"
is "exit status ($ERR)" "$STATUS" 0
is 'what is known' "$(known "wrong.$ZONE")" unproven
# A provider that ignores it: a loud word, and the grant that came is good.
ctl set pkce ignore
ctl clear
setup "ignore.$ZONE" --prove-pkce
has 'the warning' "$ERR" 'WARNING: Sandbox DNS ignores PKCE'
is 'tries' "$(sandbox_log authorization_code | wc -l)" 1
is 'what is known' "$(known "ignore.$ZONE")" ignored
check_record "ignore.$ZONE" A "$V4"
ctl expire
ctl address 8.8.4.4
expect 0 update "ignore.$ZONE"
check_record "ignore.$ZONE" A 8.8.4.4
is 'still known' "$(known "ignore.$ZONE")" ignored
expect 0 doctor "ignore.$ZONE"
has 'doctor' "$OUT" 'answered  ignored'
