# auth = pkce: the challenge in the URL, the verifier in the body, no client secret anywhere; and
# beside it the client secret where the provider wants both.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
write_config 'auth = pkce'
begin_setup "$NAME"
has 'the consent URL' "$URL" '&code_challenge='
has 'the consent URL' "$URL" '&code_challenge_method=S256'
is 'length of the challenge' "$(sed 's/.*code_challenge=\([^&]*\).*/\1/' <<<"$URL" | tr -d '\n' | wc -c)" 43
lacks 'the consent URL' "$URL" verifier
approve
answer_setup "$(approved code)"
is "exit status ($ERR)" "$STATUS" 0
check_record "$NAME" A "$V4"
exchange=$(sandbox_log 'grant_type=authorization_code')
has 'the exchange' "$exchange" 'encoding=json secrets-in-url=no pkce=yes secret=no'
is 'exchanges' "$(wc -l <<<"$exchange")" 1
[ ! -e "$STATE/pending" ] || fail 'the pending consent is left'
is 'what is known' "$(json '.hosts[0].grant.pkce')" unproven
expect 0 doctor "$NAME"
has 'doctor' "$OUT" 'answered  unproven'
# A refresh needs neither verifier nor secret.
ctl expire
ctl clear
ctl address 8.8.4.4
expect 0 update
check_record "$NAME" A 8.8.4.4
has 'the refresh' "$(sandbox_log 'grant_type=refresh_token')" 'pkce=no secret=no'
is 'still known' "$(json '.hosts[0].grant.pkce')" unproven
# A provider that wants both says so, and gets both.
ctl set pkce secret
begin_setup "office.$ZONE"
approve
answer_setup "$(approved code)"
is 'exit status without the secret' "$STATUS" 2
has 'the words' "$ERR" 'Sandbox DNS wants the client secret even with PKCE: set client-secret = '
has 'the words' "$ERR" '[auth pkce]'
has 'the words' "$ERR" 'auth = published-secret'
printf '%s\n' '[auth pkce]' 'client-secret = inconceivable' >>"$CONF"
ctl clear
# The code was not spent by that: it can be given again, to another run.
approved code >"$PRIVATE/code"
expect 0 setup "office.$ZONE" --code-file "$PRIVATE/code"
check_record "office.$ZONE" A 8.8.4.4
has 'the exchange' "$(sandbox_log 'grant_type=authorization_code')" 'secrets-in-url=no pkce=yes secret=yes'
# The grant keeps what made it; the configuration may say otherwise by now.
sed -i 's/^auth = pkce/auth = published-secret/' "$CONF"
ctl expire
ctl clear
ctl address 8.8.8.8
expect 0 update "office.$ZONE"
has 'the refresh' "$(sandbox_log 'grant_type=refresh_token')" 'pkce=no secret=yes'
# Without any word of it in the configuration, too.
sed -i '/^\[auth pkce\]/,$d' "$CONF"
ctl set pkce check
ctl expire
ctl clear
ctl address 9.9.9.9
expect 0 update "$NAME"
check_record "$NAME" A 9.9.9.9
has 'the refresh' "$(sandbox_log 'grant_type=refresh_token')" 'pkce=no secret=no'
# The next setup uses what is configured now.
setup "office.$ZONE"
lacks 'the consent URL' "$URL" code_challenge
has 'the exchange' "$(sandbox_log 'grant_type=authorization_code')" 'pkce=no secret=yes'
is 'what is known' "$(json ".hosts[] | select(.name == \"office.$ZONE\").grant | has(\"pkce\")")" false
