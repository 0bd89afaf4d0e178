# Where conf.d cannot be written, nothing is asked of the provider; what is granted is never lost.
[ -n "${E2E_OWN_MOUNTS:-}" ] || {
    unshare -m true 2>/dev/null && E2E_OWN_MOUNTS=yes exec unshare -m bash "$0"
}
. "${BASH_SOURCE%/*}/lib.sh"
[ -n "${E2E_OWN_MOUNTS:-}" ] || skip 'mount namespaces are not possible here'
start_sandbox
write_config
mkdir -p "$W/etc/conf.d/$NAME.conf.tmp" # the section cannot be written, but that shows late
begin_setup "$NAME"
approve
answer_setup "$(approved code)"
is 'exit status of setup' "$STATUS" 1
has 'the grant' "$ERR" 'is stored all the same'
has 'the section' "$ERR" "[host $NAME]"
[ -e "$STATE/grants/$NAME" ] || fail 'the grant is lost'
rmdir "$W/etc/conf.d/$NAME.conf.tmp"
setup "$NAME"
mount --bind "$W/etc/conf.d" "$W/etc/conf.d" && mount -o remount,ro,bind "$W/etc/conf.d" ||
    skip 'it cannot be mounted here'
before=$(tree)
expect 1 remove "$NAME"
has 'the words' "$ERR" "cannot write in $W/etc/conf.d"
check_record "$NAME" A "$V4"
expect 1 setup "office.$ZONE"
has 'the words' "$ERR" "cannot write in $W/etc/conf.d"
lacks 'the page' "$OUT" 'https://'
is 'files' "$(tree)" "$before"
umount "$W/etc/conf.d"
expect 0 remove "$NAME"
