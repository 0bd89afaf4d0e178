# A provider without the asynchronous flow gets its own words.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
ctl set async off
write_config
expect 2 setup --no-browser "$NAME"
has 'the words' "$ERR" 'only its synchronous'
has 'where to go' "$ERR" panel
expect 2 doctor "$NAME"
has 'doctor' "$OUT" 'only the synchronous'
[ ! -e "$STATE" ] || fail 'a state directory was left'
