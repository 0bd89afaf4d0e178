# The syslog module: one line for every event, with its stable id, in the real system log's socket.
[ -n "${E2E_OWN_MOUNTS:-}" ] || {
    unshare -m true 2>/dev/null && E2E_OWN_MOUNTS=yes exec unshare -m bash "$0"
}
. "${BASH_SOURCE%/*}/lib.sh"
[ -n "${E2E_OWN_MOUNTS:-}" ] || skip 'mount namespaces are not possible here'
# A /dev of our own, with what the programs need and a listener at /dev/log.
mkdir "$W/dev"
for node in null zero urandom random tty; do
    : >"$W/dev/$node"
    mount --bind "/dev/$node" "$W/dev/$node" || skip 'devices cannot be mounted here'
done
python3 - "$W/dev/log" "$LOGS/syslog" <<'END' &
import socket, sys
listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
listener.bind(sys.argv[1])
with open(sys.argv[2], "ab", buffering=0) as log:
    while True:
        line = listener.recv(65536).rstrip(b"\0\n")
        if line == b"end":
            break
        log.write(line + b"\n")
END
LISTENER=$!
wait_for 10 'the listener' test -S "$W/dev/log"
mount --rbind "$W/dev" /dev || skip '/dev cannot be covered here'
logged() { grep -qE -- "$1" "$LOGS/syslog"; }
start_sandbox
write_config 'tell-failures-after = 1'
setup "$NAME"
start_daemon
wait_for 5 'daemon.started' logged 'dcddns.*: daemon\.started: '
ctl address 8.8.4.4
kick_until 15 'update.applied' logged "update\.applied $NAME: A record changed from $V4 to 8\.8\.4\.4"
cp "$CONF" "$W/good.conf"
echo nonsense >>"$CONF"
kill -HUP "$DAEMON"
wait_for 10 'config.rejected' logged 'config\.rejected: '
cp "$W/good.conf" "$CONF"
kill -HUP "$DAEMON"
wait_for 10 'config.reloaded' logged 'config\.reloaded: '
ctl fail apply 500 1
ctl address 8.8.8.8
kick_until 75 'update.failed' logged "update\.failed $NAME: .*500"
expect 0 update --force
ctl echo all nonsense
kick_until 15 'source.failed' logged 'source\.failed: '
ctl echo all default
ctl expire
ctl revoke
dc update --force
stop_daemon
wait_for 5 'the refusal' logged "update\.failed $NAME: .*dcddns setup $NAME"
wait_for 5 'daemon.stopping' logged 'daemon\.stopping: '
# Facility daemon (3), level notice (5) and error (3): priority 29 and 27.
logged '^<29>.*update\.applied' || fail 'update.applied has another priority'
logged '^<27>.*update\.failed.*dcddns setup' || fail 'update.failed has another priority'
python3 -c 'import socket, sys
socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b"end", sys.argv[1])' /dev/log
wait "$LISTENER"
