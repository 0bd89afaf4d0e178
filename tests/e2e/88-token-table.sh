# Whatever token endpoints were seen to answer to a refresh, and what becomes of it.
. "${BASH_SOURCE%/*}/lib.sh"
. "${BASH_SOURCE%/*}/provider_rows.sh"
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
row 1 backing-off 1 3 'not "bearer"' token 200 9 '{"access_token":"abc","token_type":"mac"}'
row 2 paused 2 1 'refuses the token that it just gave' token 200 1 \
    '{"access_token":"alien","token_type":"BEARER","expires_in":"60"}'

end_rows 23
