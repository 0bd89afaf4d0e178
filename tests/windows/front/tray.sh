# shellcheck shell=bash disable=SC2015,SC2016,SC2034,SC2154 # variables are those of run and lib.sh
# The whole way, as a person goes it, against the sandbox on this system: setup, tray, a changed
# address, trouble, the daemon lost and found.
# shellcheck source=tests/windows/front/box.sh
. "$here/box.sh"

dcddns() { wine 'C:\app\dcddns.exe' --config 'C:\app\etc\dcddns.conf' "$@"; }
pid_of_daemon() { dcddns status --json | jq -r .daemon_pid; }

balloon() { drive list | grep -q '^shown tooltips_class32:'; }

no_domain_connect() {
    ctl unrecord _domainconnect TXT
    open_setup --config 'C:\app\etc\dcddns.conf' || return 1
    types "$name"
    keys Return
    wait_for 60 'why not' says_part "$name: its DNS provider does not offer Domain Connect" || return 1
    wait_for 20 'it can be asked again' can "$GET" || return 1
    picture box-no-domain-connect
    ctl record _domainconnect TXT "\"dc.sandbox.test:$HTTPS_PORT\""
}
provider_without_asynchronous_flow() {
    ctl set async off >/dev/null
    keys alt+g
    wait_for 60 'why not' says_part 'only its synchronous' || return 1
    wait_for 20 'it can be asked again' can "$GET" || return 1
    picture box-sync-only
    ctl set async on >/dev/null
    [ ! -s "$W/pages" ] || fail "a page was opened: $(cat "$W/pages")"
}
# In the same dialog: one that failed does not stand in the way.
the_whole_way() {
    focus "$title" || return 1
    keys alt+g
    wait_for 60 'the consent page' test -s "$W/pages" || return 1
    wait_for 20 'the dialog waits for a code' waits_for_code || return 1
    types wrong-code
    keys Return
    wait_for 60 'the refusal' says_part 'does not accept this code' || return 1
    wait_for 20 'another try' waits_for_code || return 1
    picture box-wrong-code
    keys ctrl+a # a code that was refused says nothing of the next
    ctl approve "$(tail -1 "$W/pages")" >"$W/approved" || fail 'the page refuses' || return 1
    wait_for 20 'the dialog waits for a code' waits_for_code || return 1
    picture box-code
    types "$(sed -n 's/^code=//p' "$W/approved")"
    keys Return
    wait_for 60 'the address in DNS' says_part "$name is now $v4 in DNS." || return 1
    picture box-done
    record_is "$name" "$v4" || fail 'DNS does not show it' || return 1
    keys Return
    wait_for 10 'the dialog closes' no_dialog || return 1
    wait_for 20 'the tray' has_tray
}
second_tray() {
    begin dcddns-tray.exe --config 'C:\app\etc\dcddns.conf'
    wait_for 10 'the second one ends' gone "$last" || return 1
    wait_for 20 'and shows the window of the first' drives shown "$status" || return 1
    [ "$(trays)" = 1 ] || fail "trays: $(trays)"
}
status_window() {
    wait_for 60 'the tray runs a daemon' connected || return 1
    wait_for 30 'the name' row_has "$name	$v4	not kept" || return 1
    wait_for 30 'all is well' summary_has "$name $v4, checked" || return 1
    picture tray-status
    focus "$status" && wait_for 5 'the list' has_keyboard "$status" "$LIST" || return 1
    tab_through "$status" "$CHECK" 1003 2 "$LIST"
}
changed_address() {
    ctl address "$other"
    focus "$status" || return 1
    keys alt+n # Check now
    wait_for 60 'the new address in DNS' record_is "$name" "$other" || return 1
    wait_for 30 'and in the window' row_has "$other" || return 1
    wait_for 20 'a balloon' balloon || return 1
    picture tray-balloon
}
menu() {
    focus "$status" && keys Escape
    wait_for 10 'the window closes' not_shown || return 1
    open_menu || return 1
    picture tray-menu
    keys o # DNS at the provider
    wait_for 20 'the page of the records' opened '/panel?domain=example.test'
}
open_menu() {
    xdotool mousemove 13 32 click 3
    wait_for 10 'a menu' menu_shown
}
login_entry() { wine reg query "$1\\$run_key" /v dcddns >/dev/null 2>&1; } # HKCU or HKLM
no_login_entry() { ! login_entry "$1"; }
approved_key='HKCU\Software\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run'
noted() { wine reg query "$approved_key" /v dcddns >/dev/null 2>&1; }
not_noted() { ! noted; }
no_menu() { ! menu_shown; }
start_at_login() { # off and on by the menu; nothing is added where the installer's entry does it
    local i
    for i in no_login_entry login_entry no_login_entry; do
        open_menu || return 1
        keys l
        wait_for 10 "$i" "$i" HKCU || return 1
    done
    # the entry is there, and the task manager switches it off: on again by the menu, then off
    wine reg add "HKCU\\$run_key" /v dcddns /d x /f >/dev/null 2>&1
    wine reg add "$approved_key" /v dcddns /t REG_BINARY /d 030000000000000000000000 /f >/dev/null 2>&1
    wait_for 10 'the note of the task manager' noted || return 1
    command_tray 1004 || return 1
    wait_for 10 'on is on' login_entry HKCU || return 1
    wait_for 10 'the note is gone' not_noted || return 1
    wine reg add "$approved_key" /v dcddns /t REG_BINARY /d 020000000000000000000000 /f >/dev/null 2>&1
    wait_for 10 'a note of what is on' noted || return 1
    command_tray 1004 || return 1
    wait_for 10 'on becomes off' no_login_entry HKCU || return 1
    wine reg delete "$approved_key" /v dcddns /f >/dev/null 2>&1
    wine reg add "HKLM\\$run_key" /v dcddns /d '"C:\app\dcddns-tray.exe" --quiet' /f >/dev/null 2>&1
    wait_for 10 'the entry for all' login_entry HKLM || return 1
    open_menu || return 1
    picture tray-menu-all-users
    keys l Escape
    wait_for 10 'the menu closes' no_menu || return 1
    command_tray 1004 || return 1
    no_login_entry HKCU || fail 'it would start twice' || return 1
    wine reg add "HKCU\\$run_key" /v dcddns /d x /f >/dev/null 2>&1 # of before
    wait_for 10 'the entry of the user' login_entry HKCU || return 1
    command_tray 1004 || return 1
    wait_for 10 'the choice of the user stays' login_entry HKCU || return 1
    wine reg delete "HKCU\\$run_key" /v dcddns /f >/dev/null 2>&1
    wine reg delete "HKLM\\$run_key" /v dcddns /f >/dev/null 2>&1
    wait_for 10 'no entry is left' no_login_entry HKLM
}
new_shell() {
    drives icon "$TRAY_CLASS" has || fail 'no icon' || return 1
    drives icon "$TRAY_CLASS" take
    drives icon "$TRAY_CLASS" has && fail 'it is still there' && return 1
    drives tell "$TRAY_CLASS" TaskbarCreated
    wait_for 10 'the icon is back' drives icon "$TRAY_CLASS" has
}
not_shown() { ! drives shown "$status"; }
menu_shown() { drive list | grep -q '^shown #32768:'; }
own_window() { drive list | grep -q ' dcddns-desktop:'; }
no_balloon() { ! balloon; }
set_notifiers() { sed -i "s/^notifiers = .*/notifiers = $1/" "$app/etc/dcddns.conf"; }
notifier_alone() { # no tray: the module shows an icon of its own
    command_tray 1006 || return 1
    wait_for 30 'the tray ends' no_tray || return 1
    wait_for 30 'no balloon is left' no_balloon || return 1
    set_notifiers desktop
    ctl address 198.51.101.20
    begin dcddns.exe --config 'C:\app\etc\dcddns.conf' run
    wait_for 60 'a balloon' balloon || return 1
    own_window || fail 'whose balloon is this?' || return 1
    picture notifier-alone
    wine taskkill /F /PID "$(pid_of_daemon)" >/dev/null 2>&1
    wait_for 30 'the daemon ends' gone "$last"
}
held() { grep -q '^held' "$W/held"; }
while_another_ends() { # it has no window any more, and its name still
    "$here/../wine" "$build/tests/windows/front/front_drive.exe" hold 'Local\dcddns-tray' 8000 \
        </dev/null >"$W/held" 2>/dev/null &
    wait_for 20 'the name is taken' held || return 1
    begin dcddns-tray.exe --config 'C:\app\etc\dcddns.conf'
    wait_for 30 'the tray' has_tray || return 1
    grep -q '^let go' "$W/held" || fail 'it did not wait' || return 1
    command_tray 1001 || return 1
    wait_for 30 'the status window' drives shown "$status" || return 1
    command_tray 1006 || return 1
    wait_for 30 'the tray ends' gone "$last"
}
notifier_and_tray() { # the tray takes it, and no second icon comes
    wait_for 30 'no balloon is left' no_balloon || return 1
    begin dcddns-tray.exe --config 'C:\app\etc\dcddns.conf'
    wait_for 30 'the tray' has_tray || return 1
    command_tray 1001 || return 1
    wait_for 60 'its daemon' connected || return 1
    ctl address 198.51.101.21
    command_tray 1002 || return 1
    wait_for 60 'a balloon' balloon || return 1
    wait_for 60 'the address' row_has 198.51.101.21 || return 1
    ! own_window || fail 'a second icon'
}
trouble() {
    ctl revoke >/dev/null
    ctl expire >/dev/null
    ctl address 198.51.101.9
    command_tray 1001 || return 1
    dcddns update --force >/dev/null 2>&1 # at once: a check waits a minute after the last change
    wait_for 60 'what is wrong' row_has 'the refresh token was refused' || return 1
    wait_for 20 'and in the line below' summary_has "$name: the refresh token was refused" || return 1
    picture tray-trouble
}
daemon_lost() {
    local pid before
    before=$(pid_of_daemon)
    # the daemon's own process, by its number for Windows
    wine taskkill /F /PID "$before" >/dev/null 2>&1
    wait_for 30 'it is noticed' cannot_check || return 1
    picture tray-lost
    wait_for 90 'another one runs' connected || return 1
    pid=$(pid_of_daemon)
    [ "$pid" != "$before" ] && [ "$pid" != 0 ] || fail "daemon: $before, $pid"
}
exit_ends_all() {
    command_tray 1006 || return 1
    wait_for 30 'the tray ends' gone "$last" || return 1
    [ "$(pid_of_daemon)" = 0 ] || fail 'its daemon still runs'
}
without_a_screen() { # no shell takes the icon, and everything else works
    wine reg add 'HKCU\Software\Wine\Drivers' /v Graphics /d null /f >/dev/null 2>&1
    begin dcddns-tray.exe --quiet --config 'C:\app\etc\dcddns.conf'
    wait_for 60 'its daemon' daemon_runs || return 1
    command_tray 1006 || return 1
    wait_for 30 'the tray ends' gone "$last"
    wine reg delete 'HKCU\Software\Wine\Drivers' /v Graphics /f >/dev/null 2>&1
}
daemon_runs() { [ "$(pid_of_daemon)" != 0 ]; }

put_programs "$build/core/dcddns.exe"
if start_sandbox && write_configuration "$app/etc/dcddns.conf" 'state-dir = C:/app/state' \
    'control-socket = C:/app/control.sock'; then
    check 'a provider without Domain Connect' no_domain_connect
    check 'a provider without the asynchronous flow' provider_without_asynchronous_flow
    check 'from first start to the address in DNS' the_whole_way
    check 'a second tray shows the first one' second_tray
    check 'the status window' status_window
    check 'a changed address: DNS, window, balloon' changed_address
    check 'the menu' menu
    check 'start at login, for one and for all' start_at_login
    check 'a shell that was started again' new_shell
    check 'the notifier desktop without a tray' notifier_alone
    check 'a tray that starts while another one ends' while_another_ends
    check 'the notifier desktop and the tray' notifier_and_tray
    check 'trouble is shown' trouble
    check 'the daemon is lost, and comes back' daemon_lost
    check 'exit ends tray and daemon' exit_ends_all
    check 'a shell that takes no icon' without_a_screen
else
    fails=$((fails + 1))
fi
