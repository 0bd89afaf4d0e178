# A provider in trouble, or gone: nothing is removed, exit 1; --local forgets without asking.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
write_config
setup "$NAME"
setup --each "office.$ZONE"
before=$(tree)
ctl fail revert 503 1
expect 1 remove "$NAME"
has 'the words' "$ERR" 'nothing was removed'
has 'a way out' "$ERR" "dcddns remove --local $NAME"
is 'files' "$(tree)" "$before"
ctl clear
expect 0 remove --local "$NAME"
is 'reverts' "$(stat_of requests.revert)" 0
[ ! -e "$STATE/grants/$NAME" ] || fail 'the grant is left'
check_record "$NAME" A "$V4"
stop_sandbox
before=$(tree)
expect 1 remove "office.$ZONE"
has 'the words' "$ERR" 'nothing was removed'
is 'files' "$(tree)" "$before"
