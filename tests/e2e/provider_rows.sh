# shellcheck shell=bash disable=SC2153,SC2154 # what lib.sh sets
# A provider's answers as a table, for the scenarios that source this after lib.sh: each row says what
# the provider does once or for long, and what becomes of it.
start_sandbox
write_config
setup "$NAME"
ctl set rotation off # so that each row may begin with the same grant
cp -a "$STATE" "$W/saved"
# shellcheck disable=SC2034 # the rows'
HTML='<html>The site is down.</html>'
rows=0
AWAY= # how far the next try is, in s

begin_again() {
    rm -rf "$STATE"
    cp -a "$W/saved" "$STATE"
}

# row EXIT STATE APPLIES TOKENS WORDS ENDPOINT STATUS COUNT [FAULT...]
# STATE is the host's afterwards; the access token is dead from the start when ENDPOINT is token.
row() {
    local exit=$1 state=$2 counts="$3 $4" words=$5 what="${*:6}" got
    shift 5
    what=${what:0:100}
    rows=$((rows + 1))
    begin_again
    [ "$1" = apply ] || ctl expire >"$W/expired"
    ctl clear
    ctl fail "$@"
    dc update --force
    ctl fail "$1" "$2" 0
    is "exit status after $what ($ERR)" "$STATUS" "$exit"
    has "words after $what" "$ERR" "$words"
    lacks "words after $what" "$ERR" $'\e'
    is "applies and token requests after $what" \
        "$(ctl stats | jq -r '"\(.requests.apply) \(.requests.token)"')" "$counts"
    got=$(json '.hosts[0] | "\(.state) \(.grant.needs_consent) \(.ipv4.published) \(.next_at_ms)"')
    is "state, consent, published after $what" "${got% *}" "$state false $V4"
    [ "${got##* }" = null ] || AWAY=$(((${got##* } - $(now_ms)) / 1000))
}

# next_try MIN MAX: when the host of the last row is due again, in s
next_try() { ((AWAY >= $1 && AWAY <= $2)) || fail "the next try is in $AWAY s, not in $1 to $2"; }

# end_rows MIN: not one of them did harm: the grant that was there at first works.
end_rows() {
    begin_again
    ctl address 8.8.4.4
    expect 0 update
    check_record "$NAME" A 8.8.4.4
    [ $rows -ge "$1" ] || fail "only $rows rows"
}
