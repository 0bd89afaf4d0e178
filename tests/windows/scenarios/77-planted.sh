# What another user made before an administrator did is no place for grants.
. "${BASH_SOURCE%/*}/lib.sh"
[ "$(id -u)" = 0 ] || skip 'only root can make what another user owns'
start_sandbox
write_config
printf '[host %s]\n' "$NAME" >>"$CONF"
# A folder that lets everybody in who should be, and belongs to another.
mkdir -m 700 "$STATE"
chown 65534 "$STATE"
expect 1 update
has 'whose it is' "$ERR" "$STATE: belongs to another user than the one who runs this"
has 'what to do' "$ERR" 'move it away'
is 'what is in it' "$(ls -A "$STATE")" ''
# A folder of grants in one that is ours.
chown 0 "$STATE"
mkdir -m 700 "$STATE/grants"
chown 65534 "$STATE/grants"
expect 1 update
has 'whose it is' "$ERR" "$STATE/grants: belongs to another user than the one who runs this"
is 'what is in it' "$(ls -A "$STATE/grants")" ''
