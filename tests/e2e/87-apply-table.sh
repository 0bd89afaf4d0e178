# Whatever providers were seen to answer to an apply, and what becomes of it.
. "${BASH_SOURCE%/*}/lib.sh"
. "${BASH_SOURCE%/*}/provider_rows.sh"
# -- apply: any 2xx is success, its body does not matter --
row 0 current 1 0 '' apply 200 1 fine
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
row 0 current 2 0 '' apply 409 1 \
    '{"code":409,"records":[{"type":"AAAA","host":"home.example.test."}]}'
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

end_rows 26
