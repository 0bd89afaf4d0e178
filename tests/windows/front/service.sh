# shellcheck shell=bash disable=SC2015,SC2016,SC2034,SC2154 # variables are those of run and lib.sh
# The service, set up in the dialog, and the tray that asks it: two names of one zone, no daemon of
# the tray's own as long as there is a service, and what happens when it stops, is lost, is removed.
# shellcheck source=tests/windows/front/box.sh
. "$here/box.sh"
office=office.example.test
data=$WINE_FOLDER/drive_c/ProgramData/dcddns

dcddns() { wine 'C:\app\dcddns.exe' "$@" 2>/dev/null | tr -d '\r'; }
service() { dcddns service "$@" >/dev/null; }
pid_of_daemon() { dcddns status --json | jq -r .daemon_pid; }
daemon_gone() { [ "$(pid_of_daemon)" = 0 ]; }
# daemons: how many run, whoever started them
daemons() {
    local pid count=0
    for pid in $(pgrep -f '[\\]dcddns\.exe'); do
        tr '\0' '\n' <"/proc/$pid/environ" 2>/dev/null | grep -qxF "WINEPREFIX=$WINE_FOLDER" &&
            count=$((count + 1))
    done
    echo $count
}

set_up_as_a_service() {
    open_setup || return 1 # an administrator's: for the service
    types "$name $office"
    keys Return
    wait_for 60 'the consent page' test -s "$W/pages" || return 1
    wait_for 20 'the dialog waits for a code' waits_for_code || return 1
    says_part "of $name, $office." || fail 'one page for both' || return 1
    types "$(approve)"
    keys Return
    wait_for 60 'the service' says_part 'The service runs, and starts with this computer.' || return 1
    picture service-set-up
    says_part "$name is now $v4 in DNS." && says_part "$office is now $v4 in DNS." || fail "$(says)" || return 1
    record_is "$name" "$v4" && record_is "$office" "$v4" || fail 'DNS does not show both' || return 1
    [ "$(wc -l <"$W/pages")" = 1 ] || fail 'more than one page' || return 1
    close_setup
}
# open_own_setup: as the installer starts it, without the rights of an administrator
open_own_setup() {
    drives plain 'C:\app\dcddns-setup.exe' && focus "$title"
}
own_choice() { # a service there would not know what a user has of his own
    open_own_setup || return 1
    can "$TRAY" && can "$SERVICE" || fail 'both are possible without a service' || return 1
    close_setup
    service install
    open_own_setup || return 1
    picture service-own-setup
    cannot "$TRAY" && can "$SERVICE" || fail 'a name that nobody keeps' || return 1
    says_part 'it keeps all names up to date' || fail "$(says)" || return 1
    close_setup
    service uninstall
}
tray_asks_the_service() {
    begin dcddns-tray.exe
    wait_for 30 'the tray' has_tray || return 1
    command_tray 1001 || return 1
    wait_for 30 'it is connected' connected || return 1
    wait_for 30 'both names' summary_has '2 names up to date' || return 1
    [[ $(row 0) == "$name	$v4"* && $(row 1) == "$office	$v4"* ]] || fail "$(row 0), $(row 1)" || return 1
    wait_for 10 'its icon' icon_is green || return 1
    picture service-tray
    [ "$(daemons)" = 1 ] || fail 'the tray runs a daemon beside the service'
}
check_now() {
    ctl address "$other"
    focus "$status"
    keys alt+n
    wait_for 60 'the new address in DNS' record_is "$office" "$other" || return 1
    wait_for 30 'and in the window' row_has "$other"
}
service_stops() {
    drives tell "$TRAY_CLASS" TaskbarCreated # the shell has the icon already, and refuses another
    service stop
    wait_for 20 'the tray says so' summary_has 'the service of dcddns does not run' || return 1
    cannot_check || fail 'there is nobody to check' || return 1
    wait_for 10 'its icon' icon_is orange || return 1
    picture service-stopped
    [ "$(daemons)" = 0 ] || fail 'the tray does the work of the service'
    service start
    wait_for 30 'it is back' connected && wait_for 10 'its icon' icon_is green
}
pipe_is_lost() { # the process is gone at once, in the middle of a check
    local pid
    pid=$(pid_of_daemon)
    ctl delay echo 20000 9
    keys alt+n
    wine taskkill /F /PID "$pid" >/dev/null 2>&1
    wait_for 20 'it is noticed' cannot_check || return 1
    wait_for 20 'and said' icon_is orange || return 1
    ctl delay echo 0 0
    picture service-lost
    service stop # what the service manager makes of it differs
    service start
    wait_for 30 'it is back' connected && [ "$(pid_of_daemon)" != "$pid" ]
}
service_is_removed() { # then it is the tray's work, until it is the service's again
    service uninstall
    wait_for 40 'a daemon of the tray' connected || return 1
    wait_for 20 'with the names' row_has "$name	$other" || return 1
    [ "$(daemons)" = 1 ] || fail 'whose daemon is it?' || return 1
    service install
    wait_for 30 'the tray steps back' daemon_gone || return 1
    service start
    wait_for 30 'it asks the service' connected || return 1
    dcddns service status | grep -q "$(pid_of_daemon)" || fail "$(dcddns service status)"
}
# width TITLE: in pixels; fails when a part of it is not on the screen
width() {
    local left top right bottom
    read -r left top right bottom < <(drive where "$1")
    [ "$left" -ge 0 ] && [ "$top" -ge 0 ] && [ "$right" -le 1024 ] && [ "$bottom" -le 768 ] ||
        fail "$1: $left $top $right $bottom" || return 1
    echo $((right - left))
}
finer_screen() { # 144 dots per inch: larger, whole, and on the screen
    local dots='HKCU\Control Panel\Desktop' before after
    focus "$status" && keys alt+s # its button
    focus "$title" && before=$(width "$title") || return 1
    close_setup
    command_tray 1006 || return 1
    wait_for 30 'the tray ends' no_tray || return 1
    wine reg add "$dots" /v LogPixels /t REG_DWORD /d 144 /f >/dev/null 2>&1
    begin dcddns-tray.exe
    wait_for 30 'the tray' has_tray || return 1
    command_tray 1001 || return 1
    wait_for 30 'it is connected' connected || return 1
    wait_for 30 'the names' summary_has '2 names up to date' || return 1
    picture dots-144-status
    width "$status" >/dev/null || return 1
    open_setup --name "$name" || return 1
    picture dots-144-setup
    after=$(width "$title") || return 1
    close_setup
    wine reg delete "$dots" /v LogPixels /f >/dev/null 2>&1
    [ $((before * 14)) -lt $((after * 10)) ] || fail "$before pixels are $after at 144"
}
own_names() { # those of a user before there was a service, which does not know them
    local own=$WINE_FOLDER/drive_c/users/${USER:-$(id -un)}/AppData/Local/dcddns
    command_tray 1006 || return 1
    wait_for 30 'the tray ends' no_tray || return 1
    mkdir -p "$own" && cp -rp "$data/config/." "$data/state" "$own/"
    drives plain 'C:\app\dcddns-tray.exe'
    wait_for 30 'the tray' has_tray || return 1
    command_tray 1001 || return 1
    wait_for 30 'it is connected' connected || return 1
    wait_for 30 'the service has them too' summary_has '2 names up to date' || return 1
    service stop
    mv "$data/state/grants" "$W/" && mv "$data/config/conf.d" "$W/"
    service start
    wait_for 40 'nobody has them' summary_has 'is kept by nobody: it was set up for you' || return 1
    wait_for 10 'its icon' icon_is orange || return 1
    picture service-own-names
    [ "$(daemons)" = 1 ] || fail 'the tray runs a daemon beside the service' || return 1
    service stop
    mv "$W/grants" "$data/state/" && mv "$W/conf.d" "$data/config/"
    rm -rf "$own"
    service start
    wait_for 40 'all is as before' summary_has '2 names up to date'
}
tray_ends_alone() {
    command_tray 1006 || return 1
    wait_for 30 'the tray ends' no_tray || return 1
    [ "$(pid_of_daemon)" != 0 ] || fail 'it took the service with it' || return 1
    service uninstall
}

token_of() { tail -n +2 "$data/state/grants/$1/record" | jq -r .refresh_token; }
moving_in() { # from the Domain Connect service, with its token; its file is only read
    local token before
    token=$(token_of "$name")
    old_service "$(tail -n +2 "$data/state/grants/$name/record" | jq '{domain_name: .zone, host: "home",
        provider_name, urlAPI: .api_url, access_token, refresh_token, iat: 1767225600, expires_in: 3600}')"
    before=$(stat -c '%y %a %i' "$old_settings"; sha256sum <"$old_settings")
    rm -rf "$data/state" "$data/config/conf.d"
    : >"$W/pages"
    open_setup || return 1
    keys alt+t
    wait_for 60 'the import' says_part 'the provider took its token' || return 1
    wait_for 60 'the service' says_part 'The service runs' || return 1
    picture service-moving-in
    says_part 'Now stop the Domain Connect service in the list of services' || fail "$(says)" || return 1
    says_part 'systemctl' && fail "$(says)" && return 1
    [ "$(token_of "$name")" != "$token" ] || fail 'the new token is not stored' || return 1
    [ "$(stat -c '%y %a %i' "$old_settings"; sha256sum <"$old_settings")" = "$before" ] ||
        fail 'settings.txt is another one' || return 1
    [ ! -s "$W/pages" ] || fail 'consent was asked for' || return 1
    close_setup
    ctl address 198.51.101.30
    dcddns check >/dev/null
    wait_for 60 'the service keeps it' record_is "$name" 198.51.101.30 || return 1
    no_old_service
    service uninstall
}

put_programs "$build/core/dcddns.exe"
rm -rf "$data"
if start_sandbox && write_configuration "$data/config/dcddns.conf"; then
    ctl address "$v4"
    ctl set templates v1 # as the Domain Connect service has it
    check 'a user chooses, unless there is a service' own_choice
    check 'two names, set up for the service' set_up_as_a_service
    check 'the tray shows what the service does' tray_asks_the_service
    check 'the service checks now' check_now
    check 'the service stops, and runs again' service_stops
    check 'the pipe is lost' pipe_is_lost
    check 'the service is removed, and installed' service_is_removed
    check '144 dots per inch' finer_screen
    check 'names of before the service' own_names
    check 'the tray ends, the service does not' tray_ends_alone
    check 'the Domain Connect service moves in' moving_in
else
    fails=$((fails + 1))
fi
