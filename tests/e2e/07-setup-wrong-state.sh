# A pasted address of another run of setup: refused, nothing exchanged, nothing on disk.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
write_config
before=$(tree)
begin_setup "$NAME"
approve
answer_setup "$(approved url | sed 's/state=/state=x/')"
is 'exit status' "$STATUS" 2
has 'the words' "$ERR" 'state does not match'
is 'token requests' "$(stat_of requests.token)" 0
is 'files' "$(tree)" "$before"
# The right page may still be opened: what belongs to it is kept, and nothing else.
is 'state' "$(cd "$STATE" && find . -type f)" "./pending/$NAME"
