# Started before the network is up: ready at once, tries after 2, 4, 8 seconds, one line of the log
# until it works, and no notification but the change.
. "${BASH_SOURCE%/*}/lib.sh"
{
    echo '#!/bin/sh'
    # shellcheck disable=SC2016 # it is expanded when the program runs
    echo 'echo "$DCDDNS_EVENT" >>"$1"'
} >"$W/told.sh"
chmod 755 "$W/told.sh"
start_sandbox
write_config 'notifiers = command'
printf '\n[notifier command]\ncommand = %s %s\nevents = -daemon\n' "$W/told.sh" "$LOGS/told" >>"$CONF"
setup "$NAME"
rm -f "$LOGS/told"
ctl address 8.8.4.4
ctl drop echo 100000
began=$(now_ms)
start_daemon
lines() { wc -l <"$LOGS/daemon.log"; }
wait_for 5 'the first line' said 'no IPv4 address: '
before=$(lines)
tries() { grep -c 'echo GET' <(ctl log); }
seen=$(tries)
enough() { [ "$(tries)" -gt $((seen + 8)) ]; } # four services each time
wait_for 30 'tries after 2, 4, 8 seconds' enough
waited=$(($(now_ms) - began))
[ $waited -ge 5500 ] || fail "three tries within $waited ms"
is 'lines meanwhile' "$(lines)" "$before"
ctl drop echo 0
wait_for 60 'the record follows' record_is "$NAME" A 8.8.4.4
wait_for 10 'it is said' said 'IPv4 address found again'
wait_for 10 'it is told' test -s "$LOGS/told"
stop_daemon
is 'what was told' "$(sort -u "$LOGS/told")" update.applied
