# Reload is all or nothing: a broken file changes nothing, a good one brings new hosts.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
write_config
setup "$NAME"
start_daemon
cp "$CONF" "$W/good.conf"
echo 'sorces = nonsense' >>"$CONF"
kill -HUP "$DAEMON"
wait_for 10 'the event' said 'is not used; the old one stays'
wait_for 5 'the place' said "$CONF:"
ctl address 8.8.4.4
kick_until 15 'the old configuration works' record_is "$NAME" A 8.8.4.4
cp "$W/good.conf" "$CONF"
setup "office.$ZONE"
wait_for 10 'the event' said 'configuration reloaded'
has 'the event' "$(grep 'configuration reloaded' "$LOGS/daemon.log")" '2 hosts'
ctl clear
ctl address 8.8.8.8
kick_until 15 'the new host' record_is "office.$ZONE" A 8.8.8.8
kick_until 75 'the old host' record_is "$NAME" A 8.8.8.8
stop_daemon
is 'starts' "$(said_times ' started, ')" 1
