# A provider that takes one host a consent: setup says so and asks for each, wherever the no comes.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
write_config
# answer TEXT: to the question that is asked now, while setup goes on
answer() {
    local before
    before=$(grep -c 'Paste the code' "$SETUP_LOG.out")
    printf '%s\n' "$1" >&"$SETUP_FD"
    wait_for 20 'the next question, or the end' asks_more "$before"
    URL=$(grep '^https://' "$SETUP_LOG.out" | tail -1)
}
asks_more() {
    gone "$SETUP_PID" || [ "$(grep -c 'Paste the code' "$SETUP_LOG.out")" -gt "$1" ]
}
# refused_list PART: a list that is refused at PART; then one consent each
refused_list() {
    ctl set host-list "$1"
    begin_setup "a$1.$ZONE" "b$1.$ZONE"
    has 'the consent URL' "$URL" "host=a$1%2Cb$1&"
    approve
    answer "$(approved url)"
    has 'the words' "$(<"$SETUP_LOG.out")" 'does not take several hosts in one consent'
    has 'the next URL' "$URL" "host=a$1&"
    approve
    answer "$(approved code)"
    has 'the last URL' "$URL" "host=b$1&"
    test -f "$STATE/grants/a$1.$ZONE/record" || fail 'the first grant is not stored'
    approve
    answer_setup "$(approved code)"
    is "exit status ($ERR)" "$STATUS" 0
    check_record "a$1.$ZONE" A "$V4"
    check_record "b$1.$ZONE" A "$V4"
    expect 0 remove "a$1.$ZONE"
    expect 0 remove "b$1.$ZONE"
    [ ! -e "$STATE/pending" ] || fail 'a pending consent is left'
}
refused_list redirect
refused_list token
# A page that leads nowhere: the way out is printed before, --each asks for each from the start.
ctl set host-list off
begin_setup "$NAME" "www.$ZONE"
has 'the words' "$(<"$SETUP_LOG.out")" 'run this again with --each'
ctl approve "$URL" >"$PRIVATE/approved" 2>&1 && fail 'the page takes a list'
answer_setup
is 'exit status without a code' "$STATUS" 2
begin_setup --each "$NAME" "www.$ZONE"
has 'the consent URL' "$URL" 'host=home&'
approve
answer "$(approved code)"
has 'the consent URL' "$URL" 'host=www&'
# Declined: the first one is good all the same, and published.
ctl decline "$URL" >"$PRIVATE/declined"
answer_setup "$(sed -n 's/^url=//p' "$PRIVATE/declined")"
is 'exit status' "$STATUS" 2
has 'the words' "$ERR" declined
check_record "$NAME" A "$V4"
check_record "www.$ZONE" A ''
is 'grants' "$(ls "$STATE/grants")" "$NAME"
# A code for a list that an earlier run asked for says what to do.
ctl set host-list token
begin_setup "c.$ZONE" "d.$ZONE"
answer_setup
approve
approved code >"$PRIVATE/code"
expect 2 setup "c.$ZONE" --code-file "$PRIVATE/code"
has 'the words' "$ERR" 'with --each'
