# A redirect of an apply is not followed, not even looked up: the token goes nowhere.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
write_config
setup "$NAME"
ctl clear
ctl address 8.8.4.4
for status in 301 302 307 308; do
    host=api # the same place as well
    [ $((status % 2)) -eq 1 ] || host=stun
    ctl fail apply $status 1 "location=https://$host.sandbox.test:$HTTPS_PORT/panel"
    expect 2 update --force
    has 'the words' "$ERR" "answered $status"
    has 'the words' "$ERR" 'never followed'
done
is 'applies' "$(stat_of requests.apply)" 4
is 'pages at the other place' "$(stat_of requests.panel)" 0
is 'other requests' "$(stat_of requests.other)" 0
check_record "$NAME" A "$V4"
expect 0 status
has 'status' "$OUT" paused
# Nor is one of the token endpoint.
ctl clear
ctl expire
ctl fail token 307 1 "location=https://api.sandbox.test:$HTTPS_PORT/panel"
dc update --force
is 'exit status' "$STATUS" 1
is 'pages at the other place' "$(stat_of requests.panel)" 0
check_record "$NAME" A "$V4"
