# One daemon per state directory.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
write_config
setup "$NAME"
start_daemon
[ "$(id -u)" -ne 0 ] || [ -n "${E2E_SYSTEM:-}" ] || has 'the warning' "$(grep -c 'runs as root; ' "$LOGS/daemon.log")" 1
dc run
[ "$STATUS" -ne 0 ] || fail 'a second daemon ran'
has 'the words' "$ERR" "a daemon already runs on $STATE"
is 'pid in status' "$(json .daemon_pid)" "$(daemon_pid)"
ctl address 8.8.4.4
kick_until 15 'the first one lives' record_is "$NAME" A 8.8.4.4
kill_daemon
is 'pid after a crash' "$(json .daemon_pid)" 0
start_daemon
stop_daemon
is 'pid after the end' "$(json .daemon_pid)" 0
