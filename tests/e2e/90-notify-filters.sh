# Two notifiers with different filters; what is wrong in a filter is said with its line.
. "${BASH_SOURCE%/*}/lib.sh"
{
    echo '#!/bin/sh'
    # shellcheck disable=SC2016 # it is expanded when the program runs
    echo 'echo "$DCDDNS_EVENT $DCDDNS_RECORD" >>"$1"'
} >"$W/told.sh"
chmod 755 "$W/told.sh"
start_sandbox
write_config 'notifiers = all, few'
cat >>"$CONF" <<END

[notifier all]
module = command
command = $W/told.sh $LOGS/all
events = all

[notifier few]
module = command
command = $W/told.sh $LOGS/few
events = consent, -update
events = config.rejected
END
told() { grep -qxF -- "$2" "$LOGS/$1"; }
told_times_of() { [ "$(grep -c "^$2 " "$LOGS/$1")" -eq "$3" ]; }
setup "$NAME"
rm -f "$LOGS/all" "$LOGS/few"
start_daemon
wait_for 10 'the start' told all 'daemon.started '
ctl address 8.8.4.4
kick_until 15 'the change' told all "update.applied $NAME"
cp "$CONF" "$W/good.conf"
sed -i 's/^events = config.rejected/events = config.rejectd/' "$CONF"
expect 2 check-config
has 'the error' "$ERR" "$CONF:$(grep -n rejectd "$CONF" | cut -d: -f1): events: 'config.rejectd' is no event"
has 'the suggestion' "$ERR" "did you mean 'config.rejected'?"
for i in 1 2; do # each time: it answers what a person did
    kill -HUP "$DAEMON"
    wait_for 10 'the refusal is told to both' told_times_of all config.rejected $i
    wait_for 10 'the refusal is told to both' told_times_of few config.rejected $i
done
cp "$W/good.conf" "$CONF"
kill -HUP "$DAEMON"
wait_for 10 'the reload' told all 'config.reloaded '
stop_daemon
told all 'daemon.stopping ' || fail 'the end was not told'
is 'what the other one was told' "$(sort -u "$LOGS/few")" 'config.rejected '
