# The service, from its installation to its end: it follows the address, is asked like any daemon,
# and a configuration that is wrong is said by who starts it.
. "${BASH_SOURCE%/*}/lib.sh"
eval "plain_$(declare -f cleanup)"
place=$WINEPREFIX/drive_c/dcddns-loose # C:/dcddns-loose
cleanup() {
    plain_cleanup
    "$BIN" service uninstall >/dev/null 2>&1 </dev/null
    rm -rf "$place"
}
service_is() { # STATUS WORDS
    expect "$1" service status
    has 'the state of the service' "$OUT" "$2"
}
start_sandbox
write_config
"$BIN" service uninstall >/dev/null 2>&1 </dev/null # what a run left that was cut short
service_is 2 'not installed'
setup "$NAME" --ipv4 --ipv6
expect 0 --state-dir "$STATE" service install
service_is 1 stopped
SINCE=$(now_ms)
expect 0 service start
service_is 0 'running (process '
pid=$(tr -cd 0-9 <<<"$OUT")
expect 0 service start
has 'what it prints' "$OUT" 'it runs already'
# Asked through its pipe.
is 'pid in status' "$(json .daemon_pid)" "$pid"
expect 0 status --health
has 'health' "$OUT" 'the daemon runs'
wait_for 15 'the first look' looked
ctl address 8.8.4.4 2606:2800:220:1::2
kick_until 20 'the record follows' record_is "$NAME" A 8.8.4.4
check_record "$NAME" AAAA 2606:2800:220:1::2
setup "office.$ZONE"
has 'setup tells it' "$(<"$SETUP_LOG.out")" 'The running daemon uses it from now on.'
expect 0 reload
has 'what it prints' "$OUT" 'reloaded: 2 hosts'
expect 1 run
has 'beside it' "$ERR" "a daemon already runs on $STATE"
expect 0 service stop
service_is 1 stopped
is 'pid after the end' "$(json .daemon_pid)" 0
log=$(<"$STATE/service.log")
has 'its log' "$log" 'notice: dcddns '
has 'its log' "$log" "A record changed from $V4 to 8.8.4.4"
has 'its log' "$log" 'dcddns stops'
# The address changes while nothing runs; and the provider ends the access token.
ctl address 8.8.8.8 2606:2800:220:1::2
ctl expire
expect 0 service start
wait_for 20 'the record follows' record_is "$NAME" A 8.8.8.8
wait_for 20 'the record follows' record_is "office.$ZONE" A 8.8.8.8
expect 0 service stop
log=$(<"$STATE/service.log") # both runs
has 'its log' "$log" "A record changed from $V4 to 8.8.4.4"
is 'starts in its log' "$(grep -c 'the service starts, process ' <<<"$log")" 2
is 'ends in its log' "$(grep -c 'dcddns stops' <<<"$log")" 2
# A configuration that is wrong.
cp "$CONF" "$W/good.conf"
echo 'sorces = nonsense' >>"$CONF"
expect 1 service start
has 'its last words' "$ERR" 'it last said: '
has 'where they are' "$ERR" "$STATE/service.log"
service_is 1 stopped
cp "$W/good.conf" "$CONF"
# Uninstalled while it runs: it ends first, properly.
expect 0 service start
expect 0 service uninstall
service_is 2 'not installed'
is 'pid after the end' "$(json .daemon_pid)" 0
check_record "$NAME" A 8.8.8.8
# It is installed only from where nobody else can replace its program.
mkdir -p "$place"
cp "$WINEPREFIX/drive_c/dcddns-e2e/dcddns.exe" "$place/"
printf '#!/bin/sh\nexec wine C:/dcddns-loose/dcddns.exe "$@"\n' >"$W/loose"
chmod +x "$W/loose"
# refused_program FILE: by the rights of FILE
refused_program() {
    BIN=$W/loose expect 2 --state-dir "$W/loose-state" service install
    has 'whose rights' "$ERR" "C:/dcddns-loose$1: is writable by others; whoever can replace"
    has 'what to do' "$ERR" 'below Program Files'
    expect 2 service status
    has 'the state of the service' "$OUT" 'not installed'
    [ ! -e "$W/loose-state" ] || fail 'its state was made'
}
chmod 777 "$place"
refused_program ''
chmod 755 "$place"
chmod 777 "$place/dcddns.exe"
refused_program /dcddns.exe
chmod 755 "$place/dcddns.exe"
BIN=$W/loose expect 0 --state-dir "$W/loose-state" service install
expect 0 service uninstall
# Nor where others have a part in its folders; only root can make what they own.
[ "$(id -u)" = 0 ] || exit 0
# refused PART WORDS: the service with its state in PART is not installed
refused() {
    expect 2 --state-dir "$W/$1" service install
    has "the service in $1" "$ERR" "the service is not installed: "
    why=$ERR
    has "why not in $1" "$why" "$W/$2"
    expect 2 service status
    has 'the state of the service' "$OUT" 'not installed'
}
# The folder above the state is another's.
mkdir -m 755 "$W/theirs"
chown 65534 "$W/theirs"
refused theirs/state 'theirs: belongs to another user'
has 'what to do' "$why" 'icacls'
is 'what is in it' "$(ls -A "$W/theirs")" ''
# Anybody may write to it.
mkdir -m 777 "$W/open"
chmod 777 "$W/open"
refused open/state 'open: others may write to it'
is 'what is in it' "$(ls -A "$W/open")" ''
# A part of what an administrator made is another's, or has a second name.
mkdir -m 700 "$W/mixed"
: >"$W/mixed/record"
chmod 600 "$W/mixed/record"
chown 65534 "$W/mixed/record"
refused mixed 'mixed/record: belongs to another user'
chown 0 "$W/mixed/record"
ln "$W/mixed/record" "$W/second"
refused mixed 'mixed/record: has a second name'
rm "$W/second"
expect 0 --state-dir "$W/mixed" service install
expect 0 service uninstall
