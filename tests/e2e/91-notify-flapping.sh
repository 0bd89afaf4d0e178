# A provider that fails twice before each success: the log says it, notifiers hear of the changes
# only. Three failures in a row are told once, and so is their end.
. "${BASH_SOURCE%/*}/lib.sh"
{
    echo '#!/bin/sh'
    # shellcheck disable=SC2016 # it is expanded when the program runs
    echo 'echo "$DCDDNS_EVENT" >>"$1"'
} >"$W/told.sh"
chmod 755 "$W/told.sh"
start_sandbox
write_config 'notifiers = command'
printf '\n[notifier command]\ncommand = %s %s\n' "$W/told.sh" "$LOGS/told" >>"$CONF"
setup "$NAME"
rm -f "$LOGS/told"
told_times() { grep -cxF -- "$1" "$LOGS/told"; }
has_told() { [ "$(told_times "$1")" -ge "$2" ]; }
count=0
# flap FAILURES: then the next address
flap() {
    count=$((count + 1))
    ctl fail apply 503 "$1" retry-after=1
    ctl address "8.8.4.$count"
    kick_until 75 "change $count" record_is "$NAME" A "8.8.4.$count"
    wait_for 10 "change $count is told" has_told update.applied $count
}
# At most one change a minute for each host: a new daemon for each.
for failures in 2 2 3; do
    start_daemon
    flap $failures
    stop_daemon
done
is 'failures told' "$(told_times update.failed)" 1
is 'recoveries told' "$(told_times update.recovered)" 1
is 'changes told' "$(told_times update.applied)" 3
is 'recoveries in the log' "$(said_times 'updates work again')" 3
is 'failures in the log' "$(said_times 'answered 503')" 6
