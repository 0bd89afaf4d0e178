# The disk under the state directory is full: updates go on from memory, the log says so, and the
# state is written as soon as there is room.
[ -n "${E2E_OWN_MOUNTS:-}" ] || {
    unshare -m true 2>/dev/null && E2E_OWN_MOUNTS=yes exec unshare -m bash "$0"
}
. "${BASH_SOURCE%/*}/lib.sh"
[ -n "${E2E_OWN_MOUNTS:-}" ] || skip 'mount namespaces are not possible here'
mkdir -m 700 "$STATE"
mount -t tmpfs -o size=64k,mode=700 none "$STATE" 2>"$W/mount" || skip 'tmpfs cannot be mounted here'
start_sandbox
write_config
setup "$NAME"
start_daemon
ctl clear
dd if=/dev/zero of="$STATE/filler" bs=4096 2>/dev/null
ctl address 8.8.4.4
kick_until 15 'published all the same' record_is "$NAME" A 8.8.4.4
wait_for 5 'the log says so' said 'No space left'
cycles 2
is 'applies' "$(stat_of requests.apply)" 1
kill -0 "$DAEMON" || fail 'the daemon died'
rm "$STATE/filler"
stop_daemon
is 'published, on disk' "$(json '.hosts[0].ipv4.published')" 8.8.4.4
# Killed while full: the old state is whole, and the record is put right again.
start_daemon
dd if=/dev/zero of="$STATE/filler" bs=4096 2>/dev/null
ctl address 8.8.8.8
kick_until 15 'published all the same' record_is "$NAME" A 8.8.8.8
kill_daemon
rm "$STATE/filler"
is 'published, on disk' "$(json '.hosts[0].ipv4.published')" 8.8.4.4
expect 0 update
is 'published, on disk' "$(json '.hosts[0].ipv4.published')" 8.8.8.8
umount "$STATE" 2>/dev/null || umount -l "$STATE"
