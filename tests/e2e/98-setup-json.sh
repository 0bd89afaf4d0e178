# setup for programs: a line for each step, the code from standard input in another run, and errors
# as objects.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
write_config
step() { jq -r "select(.step == \"$1\") | $2" <<<"$OUT" | grep . || fail "no $1 in: $OUT"; }
lines_are_objects() {
    jq -es 'all(.v == 1 and (.step | type) == "string")' <<<"$OUT" >"$W/jq" || fail "not objects: $OUT"
}
# The code goes through a pipe: not through dc, which gives no input.
give() { # NAME
    local at=$LOGS/given.$1.$commands
    "${WRAP[@]}" "$BIN" --config "$CONF" setup "$1" --json --code-file - >"$at.out" 2>"$at.err"
    STATUS=$?
    OUT=$(<"$at.out")
    ERR=$(<"$at.err")
}
expect 0 setup "$NAME" --ipv4 --ipv6 --json
lines_are_objects
URL=$(step consent .url)
is 'name of the consent' "$(step consent .name)" "$NAME"
is 'names of the consent' "$(step consent '.names | join(" ")')" "$NAME"
[ -n "$(step consent .provider)" ] || fail 'no provider is named'
is 'objects before a code' "$(jq -s length <<<"$OUT")" 1
is 'files of grants before a code' "$(find "$STATE" -name 'record*' | wc -l)" 0
# a wrong code says so in words, and the consent stays good
give "$NAME" <<<'%%%'
is 'exit status with nonsense' "$STATUS" 2
lines_are_objects
is 'class of the error' "$(step error .error_class)" permanent
approve
give "$NAME" < <(approved code)
is "exit status with the code ($ERR)" "$STATUS" 0
lines_are_objects
is 'what was granted' "$(step granted .name)" "$NAME"
is 'the address' "$(step update .ipv4)" "$V4"
is 'the other address' "$(step update .ipv6)" "$V6"
is 'it is done' "$(step update .done)" true
is 'there is no daemon' "$(jq -r 'select(.step == "daemon") | .told' <<<"$OUT")" false
check_record "$NAME" A "$V4"
# a daemon is told; a second name joins the grant, which is said
start_daemon
expect 0 setup "office.$ZONE" --json
has 'the names that are asked for again' "$(step note .text)" 'home and office'
URL=$(step consent .url)
approve
give "office.$ZONE" < <(approved code)
is 'exit status of the second' "$STATUS" 0
is 'the daemon was told' "$(step daemon .told)" true
stop_daemon
# a zone that no server here answers for
expect 1 setup home.nowhere.example --json
lines_are_objects
has 'no provider' "$(step error .error)" nowhere.example
lacks 'standard error' "$ERR" nowhere.example
