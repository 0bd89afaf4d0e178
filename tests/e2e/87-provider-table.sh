# Whatever the API and the token endpoint of a provider were seen to answer: each row says what the
# provider does once or for long, and what becomes of it.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
write_config
setup "$NAME"
ctl set rotation off # so that each row may begin with the same grant
cp -a "$STATE" "$W/saved"
HTML='<html>The site is down.</html>'
rows=0

# row EXIT STATE APPLIES TOKENS WORDS ENDPOINT STATUS COUNT [FAULT...]
# STATE is the host's afterwards; tokens are refused from the start when ENDPOINT is token.
row() {
    local exit=$1 state=$2 applies=$3 tokens=$4 words=$5 what="${*:6}"
    shift 5
    what=${what:0:100}
    rows=$((rows + 1))
    rm -rf "$STATE"
    cp -a "$W/saved" "$STATE"
    [ "$1" = apply ] || ctl expire >"$W/expired"
    ctl clear
    ctl fail "$@"
    dc update --force
    ctl fail "$1" "$2" 0
    is "exit status after $what ($ERR)" "$STATUS" "$exit"
    has "words after $what" "$ERR" "$words"
    lacks "words after $what" "$ERR" $'\e'
    is "applies after $what" "$(stat_of requests.apply)" "$applies"
    is "token requests after $what" "$(stat_of requests.token)" "$tokens"
    is "state after $what" "$(json '.hosts[0].state')" "$state"
    is "consent after $what" "$(json '.hosts[0].grant.needs_consent')" false
    is "published after $what" "$(json '.hosts[0].ipv4.published')" "$V4"
}

# next_try MIN MAX: when the host is due again, in s
next_try() {
    local away=$((($(json '.hosts[0].next_at_ms') - $(now_ms)) / 1000))
    ((away >= $1 && away <= $2)) || fail "the next try is in $away s, not in $1 to $2"
}

# -- apply: any 2xx is success, its body does not matter --
row 0 current 1 0 '' apply 200 1 done
row 0 current 1 0 '' apply 200 1 "$HTML"
row 0 current 1 0 '' apply 204 1
row 0 current 1 0 '' apply 299 1 '[[[['

# -- apply: refused for good: paused, the words shown, escaped --
row 2 paused 1 0 'answered 400: bad template' apply 400 1 '{"message":"bad template"}'
next_try 17000 27000
row 2 paused 1 0 'answered 400: a\x1b[2J\x0a<2>fake' apply 400 1 '{"message":"a\u001b[2J\n<2>fake"}'
row 2 paused 1 0 'answered 400: \x1b[2Jx' apply 400 1 $'\e[2Jx'
row 2 paused 1 0 'not allowed access; the consent may not cover this name' apply 403 1 \
    '{"code":"ACCESS_DENIED","message":"Authenticated user is not allowed access"}'
row 2 paused 1 0 'may not have this zone or template' apply 404 1
row 2 paused 1 0 'answered 418' apply 418 1
row 2 paused 1 0 'answered 422: no' apply 422 1 '{"message":"no"}'
row 2 paused 1 0 'does not offer this operation' apply 501 1
row 2 paused 1 0 'never followed with a token' apply 302 1 "$HTML"

# -- apply: conflicts; `code` is a number or a string, records may be missing --
row 2 paused 1 0 'the provider does not say which' apply 409 1 '{"code":409,"message":"conflict"}'
row 2 paused 1 0 'the provider does not say which' apply 409 1 "$HTML"
row 2 paused 1 0 'stand in the way: A @ 9.9.9.9' apply 409 1 \
    '{"code":"409","records":[{"type":"A","host":"@","data":"9.9.9.9"}]}'
row 2 paused 1 0 'TXT home v=1' apply 409 1 \
    '{"code":409,"records":[{"type":"A","host":"home"},{"type":"TXT","host":"home","data":"v=1"}]}'
row 0 current 2 0 '' apply 409 1 '{"code":"409","records":[{"type":"A","host":"home"}]}'
row 0 current 2 0 '' apply 409 1 '{"code":409,"records":[{"type":"AAAA","host":"home.example.test."}]}'
is 'forced' "$(sandbox_log ' apply POST' | grep -c 'force=1')" 1

# -- apply: later --
row 1 backing-off 1 0 'answered 408' apply 408 1
row 1 backing-off 1 0 'answered 429' apply 429 1
next_try 20 37
row 1 backing-off 1 0 'answered 500' apply 500 1 "$HTML"
row 1 backing-off 1 0 'answered 503' apply 503 1 retry-after=90
next_try 85 109
row 1 backing-off 1 0 'answered 429' apply 429 1 retry-after=999999
next_try 86300 103700 # a day, and no longer than its jitter

# -- apply: the access token --
row 0 current 2 1 '' apply 401 1
row 2 paused 2 1 'refuses the token that it just gave' apply 401 2
next_try 50 75

# -- token: another encoding may do --
row 0 current 2 2 '' token 415 1 "$HTML"
row 0 current 2 2 '' token 400 1 '{"error":"invalid_request"}'
row 0 current 2 2 '' token 401 1 '{"error":"invalid_client"}'

# -- token: a word of OAuth against it is asked for again after a minute, before consent is --
row 2 paused 1 3 'is tried again in 60 s' token 400 9 '{"error":"invalid_request"}'
row 2 paused 1 1 'is tried again in 60 s' token 400 9 '{"error":"invalid_grant"}'
row 2 paused 1 1 'is tried again in 60 s' token 403 9 '{"error":"access_denied"}'

# -- token: in trouble, or some gateway: later, without a step towards consent --
row 1 backing-off 1 3 'answered the token request with 400' token 400 9 "$HTML"
row 1 backing-off 1 1 'answered the token request with 302' token 302 9 "$HTML"
row 1 backing-off 1 1 'answered the token request with 403' token 403 9 "$HTML"
row 1 backing-off 1 1 'answered the token request with 404' token 404 9 "$HTML"
row 1 backing-off 1 1 temporarily_unavailable token 404 9 # the sandbox's own words
row 1 backing-off 1 1 temporarily_unavailiable token 400 9 '{"error":"temporarily_unavailiable"}'
row 1 backing-off 1 1 server_error token 400 9 '{"error":"server_error"}'
row 1 backing-off 1 1 'with 429' token 429 9 retry-after=120
next_try 115 145
row 1 backing-off 1 1 'with 500 invalid_grant' token 500 9 '{"error":"invalid_grant"}'
row 1 backing-off 1 1 'with 503' token 503 9 "$HTML"

# -- token: a 2xx that brings nothing of use; it may have rotated, so it is asked again at once --
row 1 backing-off 1 3 'without a usable token' token 204 9
row 1 backing-off 1 3 'without a usable token' token 200 9 '{}'
row 1 backing-off 1 3 'without a usable token' token 200 9 "$HTML"
row 1 backing-off 1 3 'without a usable token' token 200 9 '{"access_token":"a b"}'
row 1 backing-off 1 3 'without a usable token' token 200 9 '{"access_token":"a\r\nX-Evil: 1"}'
row 1 backing-off 1 3 'without a usable token' token 200 9 \
    "{\"access_token\":\"$(head -c 9000 /dev/zero | tr '\0' a)\"}"
row 1 backing-off 1 3 'without a usable token' token 200 9 "$(head -c 50 /dev/zero | tr '\0' '[')"
row 2 backing-off 1 3 'not "bearer"' token 200 9 '{"access_token":"abc","token_type":"mac"}'
row 2 paused 2 1 'refuses the token that it just gave' token 200 1 \
    '{"access_token":"alien","token_type":"BEARER","expires_in":"60"}'

# Not one of them did harm: the grant that was there at first works.
rm -rf "$STATE"
cp -a "$W/saved" "$STATE"
ctl address 8.8.4.4
expect 0 update
check_record "$NAME" A 8.8.4.4
[ $rows -ge 50 ] || fail "only $rows rows"
