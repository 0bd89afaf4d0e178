# The folder of pending consents cannot be used: remove says so and does its work all the same.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
write_config
setup "$NAME"
: >"$STATE/pending"
expect 0 remove "$NAME"
has 'the words' "$OUT" "$NAME: forgotten here"
has 'the warning' "$ERR" "$STATE/pending"
check_record "$NAME" A ''
[ ! -e "$STATE/grants/$NAME" ] || fail 'the grant is left'
[ ! -e "$W/etc/conf.d/$NAME.conf" ] || fail 'the host section is left'
grep -qs "$NAME" "$STATE/records.json" && fail 'the records still know the name'
rm "$STATE/pending"
expect 2 remove "$NAME"
has 'once more' "$ERR" 'neither configured nor granted'
