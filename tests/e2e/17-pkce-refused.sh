# A provider that does not take PKCE is named, at the consent page and at the token endpoint; there
# is no way back to less without somebody who wants it.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
write_config 'auth = pkce'
before=$(tree)
ctl set pkce refuse
begin_setup "$NAME"
approve
answer_setup "$(approved url)"
is 'exit status at the consent page' "$STATUS" 2
has 'the words' "$ERR" 'invalid_request'
has 'the words' "$ERR" 'does not take PKCE'
has 'the words' "$ERR" 'auth = published-secret'
is 'token requests' "$(stat_of requests.token)" 0
is 'files' "$(tree)" "$before"
# The same, in another process.
begin_setup "$NAME"
answer_setup
approve
approved url >"$PRIVATE/url"
expect 2 setup "$NAME" --code-file "$PRIVATE/url"
has 'the words' "$ERR" 'does not take PKCE'
ctl set pkce check
# At the token endpoint.
begin_setup "$NAME"
approve
ctl fail token 400 3 '{"error":"invalid_request","error_description":"unknown parameter code_verifier"}'
answer_setup "$(approved code)"
is 'exit status at the token endpoint' "$STATUS" 2
has 'the words' "$ERR" 'Sandbox DNS does not take PKCE: set auth = published-secret'
is 'files' "$(tree)" "$before"
# Without PKCE nothing speaks of it.
write_config
ctl set pkce require
begin_setup "$NAME"
approve
answer_setup "$(approved url)"
is 'exit status where PKCE is required' "$STATUS" 2
lacks 'the words' "$ERR" 'does not take PKCE'
ctl set pkce refuse
setup "$NAME"
check_record "$NAME" A "$V4"
