# What another user made before an administrator did is no place for grants, and of no service.
. "${BASH_SOURCE%/*}/lib.sh"
eval "plain_$(declare -f cleanup)"
cleanup() { plain_cleanup; "$BIN" service uninstall >/dev/null 2>&1 </dev/null; }
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
# refused PART WORDS: the service with its state in PART is not installed
refused() {
    expect 2 --state-dir "$W/$1" service install
    has "the service in $1" "$ERR" "the service is not installed: "
    why=$ERR
    has "why not in $1" "$why" "$W/$2"
    expect 2 service status
    has 'the state of the service' "$OUT" 'not installed'
}
"$BIN" service uninstall >/dev/null 2>&1 </dev/null # what a run left that was cut short
# The folder above the state is another's.
mkdir -m 755 "$W/theirs"
chown 65534 "$W/theirs"
refused theirs/state 'theirs: belongs to another user'
has 'what to do' "$why" 'icacls'
is 'what is in it' "$(ls -A "$W/theirs")" ''
# Anybody may write to it.
mkdir -m 777 "$W/open"
chmod 777 "$W/open"
refused open/state 'open: others may write to it'
is 'what is in it' "$(ls -A "$W/open")" ''
# A part of what an administrator made is another's, or has a second name.
mkdir -m 700 "$W/mixed"
: >"$W/mixed/record"
chmod 600 "$W/mixed/record"
chown 65534 "$W/mixed/record"
refused mixed 'mixed/record: belongs to another user'
chown 0 "$W/mixed/record"
ln "$W/mixed/record" "$W/second"
refused mixed 'mixed/record: has a second name'
rm "$W/second"
expect 0 --state-dir "$W/mixed" service install
expect 0 service uninstall
