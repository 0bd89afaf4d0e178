# agent: what the daemon does is shown in the session; the daemon may come and go; one a session.
. "${BASH_SOURCE%/*}/lib.sh"
[ -f "$E2E_PREFIX/lib/dcddns/notifier/desktop.so" ] || skip 'built without libsystemd'
# A bus without activation, so that no program of this machine answers in the place of ours.
export XDG_RUNTIME_DIR=$W/run XDG_CONFIG_HOME=$W/config
mkdir -m 700 "$XDG_RUNTIME_DIR"
mkdir -p "$XDG_CONFIG_HOME/dcddns"
cat >"$W/bus.conf" <<END
<busconfig><type>session</type><listen>unix:path=$W/bus</listen><policy context="default">
<allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy>
</busconfig>
END
export DBUS_SESSION_BUS_ADDRESS=unix:path=$W/bus
dbus-daemon --config-file="$W/bus.conf" --nofork --nopidfile --print-address >"$W/bus.log" 2>&1 &
BUS=$!
wait_for 10 'the bus' grep -q '^unix:' "$W/bus.log"
python3 "${BASH_SOURCE%/*}/desktop/notifications" >"$W/bubbles" 2>"$W/notifications.err" &
NOTIFICATIONS=$!
wait_for 10 'the notification server' grep -q '^ready' "$W/bubbles"
shown() { grep -qF -- "$1" "$W/bubbles"; }
agent_said() { grep -qF -- "$1" "$LOGS/agent.log"; }
agent_said_times() { [ "$(grep -cF -- "$1" "$LOGS/agent.log")" -ge "$2" ]; }

# The agent may be first; it says once that there is no daemon.
cat >"$XDG_CONFIG_HOME/dcddns/agent.conf" <<END
[core]
control-socket = $W/control.sock
END
# Root reads the system's folder.
own=()
[ "$(id -u)" -ne 0 ] || own=(--config "$XDG_CONFIG_HOME/dcddns/agent.conf")
"${WRAP[@]}" "$BIN" "${own[@]}" agent >"$LOGS/agent.log" 2>&1 </dev/null &
AGENT=$!
wait_for 10 'the agent says why it waits' agent_said "no daemon listens at $W/control.sock"
"$BIN" "${own[@]}" agent >"$LOGS/second.log" 2>&1 || fail 'a second agent is no failure'
has 'the second agent' "$(<"$LOGS/second.log")" 'one runs in the session already'

start_sandbox
write_config
setup "$NAME"
start_daemon
is 'mode of the control socket' "$(stat -c %a "$W/control.sock")" 660
wait_for 15 'the agent follows' agent_said 'following dcddns'
ctl address 8.8.4.4
kick_until 15 'the bubble' shown "$NAME has a new address|A record changed from $V4 to 8.8.4.4"

# On reload it stays; a host without consent is told.
add_host "office.$ZONE" 'ipv4 = yes'
kill -HUP "$DAEMON"
kick_until 15 'consent is needed' shown "office.$ZONE needs your consent|"
has 'what to do' "$(grep 'needs your consent' "$W/bubbles")" "dcddns setup office.$ZONE"
is 'times it followed' "$(grep -c 'following' "$LOGS/agent.log")" 1

# The daemon dies, and another takes its place.
kill_daemon
test -S "$W/control.sock" || fail 'a killed daemon leaves its socket'
start_daemon
wait_for 30 'the agent follows again' agent_said_times 'following dcddns' 2
ctl address 8.8.8.8
kick_until 75 'the second bubble' shown 'from 8.8.4.4 to 8.8.8.8'
stop_daemon
test -e "$W/control.sock" && fail 'the socket stays after the end'
kill -TERM "$AGENT"
wait_for 5 'the agent ends' gone "$AGENT"
wait "$AGENT" || fail "the agent ended with $?"

# In a system service there is no session: the words lead to the agent.
write_config 'notifiers = desktop'
session=$DBUS_SESSION_BUS_ADDRESS
unset DBUS_SESSION_BUS_ADDRESS XDG_RUNTIME_DIR
expect 2 run
has 'the words' "$ERR" 'dcddns agent'
export DBUS_SESSION_BUS_ADDRESS=$session
kill "$NOTIFICATIONS" "$BUS"
wait "$NOTIFICATIONS" "$BUS"
true
