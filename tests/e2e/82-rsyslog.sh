# A real logger that keeps structured data (RFC 5424) gets the fields of an event as such.
. "${BASH_SOURCE%/*}/lib.sh"
logger=$(command -v rsyslogd || echo /usr/sbin/rsyslogd)
[ -x "$logger" ] || skip 'rsyslog is not installed'
cat >"$W/rsyslog.conf" <<END
global(workDirectory="$W")
module(load="imuxsock" SysSock.Use="off")
input(type="imuxsock" Socket="$W/log" UseSpecialParser="off" CreatePath="on")
template(name="fields" type="string" string="%syslogpriority-text%|%app-name%|%msgid%|%structured-data%|%msg%\n")
action(type="omfile" file="$LOGS/rsyslog" template="fields")
END
"$logger" -n -f "$W/rsyslog.conf" -i "$W/rsyslog.pid" >"$W/rsyslog.out" 2>&1 &
logger_pid=$!
wait_for 10 'the logger listens' test -S "$W/log"
start_sandbox
write_config
printf '\n[notifier syslog]\nformat = rfc5424\nsocket = %s\n' "$W/log" >>"$CONF"
setup "$NAME"
start_daemon
ctl address 8.8.4.4
kick_until 15 'the record follows' record_is "$NAME" A 8.8.4.4
logged() { grep -qF -- "$1" "$LOGS/rsyslog"; }
wait_for 10 'the fields' logged 'after="8.8.4.4"'
stop_daemon
kill "$logger_pid"
wait "$logger_pid"
line=$(grep -F 'after="8.8.4.4"' "$LOGS/rsyslog")
has 'the record' "$line" 'notice|dcddns|update.applied|[dcddns@32473 event="update.applied" level="notice"'
has 'the record' "$line" "record=\"$NAME\" family=\"4\" before=\"$V4\" after=\"8.8.4.4\""
has 'the record' "$line" "A record changed from $V4 to 8.8.4.4"
