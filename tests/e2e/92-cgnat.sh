# An address that the Internet provider shares: told once, with what to do; not published.
. "${BASH_SOURCE%/*}/lib.sh"
echo "$V4" >"$W/address"
{
    echo '#!/bin/sh'
    # shellcheck disable=SC2016 # it is expanded when the program runs
    echo 'echo "$DCDDNS_EVENT $DCDDNS_MESSAGE" >>"$1"'
} >"$W/told.sh"
chmod 755 "$W/told.sh"
start_sandbox
write_config 'sources = command' 'notifiers = command' 'tell-failures-after = 1'
cat >>"$CONF" <<END

[ip-source command]
command = $W/ask.sh $W/address $W/asked

[notifier command]
command = $W/told.sh $LOGS/told
events = address, source, update
END
# shellcheck disable=SC2016 # expanded when the program runs
printf '#!/bin/sh\necho asked >>"$2"\ncat "$1"\n' >"$W/ask.sh"
chmod 755 "$W/ask.sh"
setup "$NAME"
start_daemon
told_times() { grep -c -- "^$1" "$LOGS/told" 2>/dev/null; }
told_at_least() { [ "$(told_times "$1")" -ge "$2" ]; }
asked() { wc -l <"$W/asked"; }
asked_more_than() { [ "$(asked)" -gt "$1" ]; }
echo 100.64.12.34 >"$W/address"
kick_until 15 'the event' told_at_least address.cgnat 1
line=$(grep '^address.cgnat' "$LOGS/told")
has 'what happened' "$line" 'command: 100.64.12.34 is in 100.64.0.0/10, Shared Address Space (CGNAT)'
has 'what to do' "$line" 'ask for a public address or use IPv6'
for _ in 1 2 3; do
    before=$(asked)
    kick_until 15 'another question' asked_more_than "$before"
done
check_record "$NAME" A "$V4"
has 'status' "$(json '.hosts[0].error')" 'CGNAT'
echo 8.8.4.4 >"$W/address"
kick_until 15 'the record follows' record_is "$NAME" A 8.8.4.4
wait_for 10 'the change is told' told_at_least update.applied 1
stop_daemon
is 'times told' "$(told_times address.cgnat)" 1
is 'failures told' "$(told_times '[a-z]*.failed')" 0
is 'the end of it is told' "$(told_times 'update.recovered IPv4 address found again')" 1
is 'lines of the log' "$(said_times 'Shared Address Space')" 1
