# Declined consent: exit 2 and nothing on disk changes, with and without an older grant.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
write_config
declined() {
    local before
    before=$(tree)
    begin_setup "$NAME"
    ctl decline "$URL" >"$PRIVATE/declined" || fail 'the consent page cannot be declined'
    answer_setup "$(sed -n 's/^url=//p' "$PRIVATE/declined")"
    is 'exit status' "$STATUS" 2
    has 'the words' "$ERR" declined
    is 'files' "$(tree)" "$before"
}
declined
[ ! -e "$STATE" ] || fail 'a declined setup left a state directory'
# Nobody answers at all: the same.
before=$(tree)
begin_setup "$NAME"
answer_setup
is 'exit status without an answer' "$STATUS" 2
has 'the words' "$ERR" 'no code was given'
is 'files' "$(tree)" "$before"
setup "$NAME"
declined
# The old grant still works.
ctl address 8.8.4.4
expect 0 update
check_record "$NAME" A 8.8.4.4
