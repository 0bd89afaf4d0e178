# Programs of the administrator's: one prints the address, another is told of what happened.
. "${BASH_SOURCE%/*}/lib.sh"
echo "$V4" >"$W/address"
{
    echo '#!/bin/sh'
    # shellcheck disable=SC2016 # it is expanded when the program runs
    echo 'echo "$DCDDNS_EVENT|$DCDDNS_LEVEL|$DCDDNS_RECORD|$DCDDNS_AFTER|$1" >>"$2"'
} >"$W/told.sh"
chmod 755 "$W/told.sh"
start_sandbox
write_config 'sources = command' 'notifiers = command'
cat >>"$CONF" <<END

[ip-source command]
command = /bin/cat $W/address

[notifier command]
command = $W/told.sh "two words" '$LOGS/told'
timeout = 5 s
END
setup "$NAME"
check_record "$NAME" A "$V4"
start_daemon
echo 8.8.4.4 >"$W/address"
kick_until 15 'the record follows' record_is "$NAME" A 8.8.4.4
told() { grep -qxF -- "$1" "$LOGS/told"; }
wait_for 5 'the event' told "update.applied|notice|$NAME|8.8.4.4|two words"
wait_for 5 'the start was told' told 'daemon.started|notice|||two words'
is 'source' "$(json '.hosts[0].ipv4.source')" command

# What is no address is never published, and said.
echo 'no such luck' >"$W/address"
kick_until 15 'the complaint' said 'printed "no such luck", which is not an address'
check_record "$NAME" A 8.8.4.4

# A program that hangs is killed, a notifier that fails is said; the daemon goes on.
printf '#!/bin/sh\nexit 9\n' >"$W/told.sh"
sed -i "s|^command = /bin/cat .*|command = /bin/sleep 300\ntimeout = 1 s|" "$CONF"
kill -HUP "$DAEMON"
wait_for 15 'the notifier fails' said 'ended with status 9'
kick_until 20 'the program is killed' said 'did not end before the time was up, and was killed'
stop_daemon
pgrep -s 0 -x sleep >/dev/null && [ -n "$(pgrep -s 0 -f '^/bin/sleep 300')" ] && fail 'a program was left behind'

# Wrong from the start.
sed -i 's|^command = /bin/sleep.*|command = sleep 300|' "$CONF"
expect 2 update
has 'the error' "$ERR" 'command must begin with the absolute path of a program'
sed -i '/^command = sleep/d' "$CONF"
expect 2 check-config
has 'the error' "$ERR" 'lacks the key "command"'
