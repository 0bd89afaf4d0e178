# Wrong, garbled and used codes: exit 2, words, nothing on disk.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
write_config
before=$(tree)
for code in wrong-code 'two words' '' 'https://dynamicdns.domainconnect.org/ddnscode?nothing=1'; do
    begin_setup "$NAME"
    answer_setup "$code"
    is "exit status of code '$code'" "$STATUS" 2
    is "files after code '$code'" "$(tree)" "$before"
done
begin_setup "$NAME"
answer_setup wrong-code
has 'the words' "$ERR" 'does not accept this code'
is 'state' "$(cd "$STATE" && find . -type f)" "./pending/$NAME"
setup "$NAME"
used=$(approved code)
begin_setup "$NAME"
answer_setup "$used"
is 'exit status of a used code' "$STATUS" 2
