# shellcheck shell=bash disable=SC2015,SC2016,SC2034,SC2154 # variables are those of run and lib.sh
# The whole way, as a person goes it, against the sandbox on this system: setup, tray, a changed
# address, trouble, the daemon lost and found.
box=$W/box name=home.example.test v4=93.184.216.34 other=198.51.101.7
status='Status - dcddns'
LIST=1010 SUMMARY=1011
TRAY_CLASS=dcddns-tray

ctl() { "$sandbox" ctl --dir "$box" "$@"; }
start_sandbox() {
    "$sandbox" run --dir "$box" >"$W/sandbox.out" 2>&1 </dev/null &
    jobs+=($!)
    wait_for 10 'the sandbox is ready' test -f "$box/sandbox.env" || return 1
    # shellcheck source=/dev/null
    . "$box/sandbox.env"
    ctl address "$v4"
}
# What Windows sees of the sandbox: one loopback for both.
write_configuration() {
    local i list=
    for i in 1 2 3 4; do list="$list${list:+, }https://echo$i.sandbox.test:$HTTPS_PORT/ip"; done
    mkdir -p "$app/etc"
    cp "$CA" "$app/etc/ca.pem"
    cat >"$app/etc/dcddns.conf" <<END
[core]
resolver = $DNS
ca-file = C:/app/etc/ca.pem
state-dir = C:/app/state
control-socket = C:/app/control.sock
interval = 60
confirm-delay = 1
allow-loopback-provider = yes
notifiers = none

[ip-source http-echo]
url4 = $list
url6 = $list
END
}
record_is() { [ "$(kdig +short +timeout=2 +retry=1 @127.0.0.1 -p "${DNS#*:}" "$1" A)" = "$2" ]; }
dcddns() { wine 'C:\app\dcddns.exe' --config 'C:\app\etc\dcddns.conf' "$@"; }
row() { drive row "$status" "$LIST" 0; }
row_has() { [[ $(row) == *"$1"* ]]; }
summary_has() { [[ $(drive text "$status" "$SUMMARY") == *"$1"* ]]; }
command_tray() { drives send "$TRAY_CLASS" 0x111 "$1" 0; }
has_tray() { drive list | grep -q " $TRAY_CLASS:"; }
no_tray() { ! has_tray; }
trays() { drive list | grep -c " $TRAY_CLASS:"; }
balloon() { drive list | grep -q '^shown tooltips_class32:'; }
connected() { drives enabled "$status" 1002; }
pid_of_daemon() { dcddns status --json | jq -r .daemon_pid; }

provider_without_asynchronous_flow() {
    ctl set async off >/dev/null
    open_setup --config 'C:\app\etc\dcddns.conf' || return 1
    types "$name"
    keys Return
    wait_for 60 'why not' says_part 'only its synchronous' || return 1
    picture box-sync-only
    ctl set async on >/dev/null
    [ ! -s "$W/pages" ] || fail "a page was opened: $(cat "$W/pages")"
}
# In the same dialog: one that failed does not stand in the way.
the_whole_way() {
    focus "$title" || return 1
    keys alt+g
    wait_for 60 'the consent page' test -s "$W/pages" || return 1
    wait_for 20 'the dialog waits for a code' can "$CODE" || return 1
    types wrong-code
    keys Return
    wait_for 60 'the refusal' says_part 'does not accept this code' || return 1
    picture box-wrong-code
    keys ctrl+a # a code that was refused says nothing of the next
    ctl approve "$(tail -1 "$W/pages")" >"$W/approved" || fail 'the page refuses' || return 1
    wait_for 20 'the dialog waits for a code' can "$CODE" || return 1
    picture box-code
    types "$(sed -n 's/^code=//p' "$W/approved")"
    keys Return
    wait_for 60 'the address in DNS' says_part "$name is now $v4 in DNS." || return 1
    picture box-done
    record_is "$name" "$v4" || fail 'DNS does not show it' || return 1
    keys Return
    wait_for 10 'the dialog closes' gone "$last" || return 1
    wait_for 20 'the tray' has_tray
}
second_tray() {
    begin dcddns-tray.exe --config 'C:\app\etc\dcddns.conf'
    wait_for 20 'the second one ends' gone "$last" || return 1
    wait_for 20 'and shows the window of the first' drives shown "$status" || return 1
    [ "$(trays)" = 1 ] || fail "trays: $(trays)"
}
status_window() {
    wait_for 60 'the tray runs a daemon' connected || return 1
    wait_for 30 'the name' row_has "$name	$v4	not kept" || return 1
    wait_for 30 'all is well' summary_has "$name $v4, checked" || return 1
    picture tray-status
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
    xdotool mousemove 13 32 click 3
    wait_for 10 'a menu' menu_shown || return 1
    picture tray-menu
    keys o # DNS at the provider
    wait_for 20 'the page of the records' opened '/panel?domain=example.test'
}
not_shown() { ! drives shown "$status"; }
menu_shown() { drive list | grep -q '^shown #32768:'; }
own_window() { drive list | grep -q ' dcddns-desktop:'; }
no_balloon() { ! balloon; }
set_notifiers() { sed -i "s/^notifiers = .*/notifiers = $1/" "$app/etc/dcddns.conf"; }
notifier_alone() { # no tray: the module shows an icon of its own
    command_tray 1006
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
notifier_and_tray() { # the tray takes it, and no second icon comes
    wait_for 30 'no balloon is left' no_balloon || return 1
    begin dcddns-tray.exe --config 'C:\app\etc\dcddns.conf'
    wait_for 30 'the tray' has_tray || return 1
    command_tray 1001
    wait_for 60 'its daemon' connected || return 1
    ctl address 198.51.101.21
    command_tray 1002
    wait_for 60 'a balloon' balloon || return 1
    wait_for 60 'the address' row_has 198.51.101.21 || return 1
    ! own_window || fail 'a second icon'
}
trouble() {
    ctl revoke >/dev/null
    ctl expire >/dev/null
    ctl address 198.51.101.9
    command_tray 1002
    command_tray 1001
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
cannot_check() { ! connected; }
exit_ends_all() {
    command_tray 1006
    wait_for 30 'the tray ends' no_tray || return 1
    [ "$(pid_of_daemon)" = 0 ] || fail 'its daemon still runs'
}
without_a_screen() { # no shell takes the icon, and everything else works
    wine reg add 'HKCU\Software\Wine\Drivers' /v Graphics /d null /f >/dev/null 2>&1
    begin dcddns-tray.exe --quiet --config 'C:\app\etc\dcddns.conf'
    wait_for 60 'its daemon' daemon_runs || return 1
    command_tray 1006
    wait_for 30 'the tray ends' gone "$last"
    wine reg delete 'HKCU\Software\Wine\Drivers' /v Graphics /f >/dev/null 2>&1
}
daemon_runs() { [ "$(pid_of_daemon)" != 0 ]; }

put_programs "$build/core/dcddns.exe"
if start_sandbox && write_configuration; then
    check 'a provider without the asynchronous flow' provider_without_asynchronous_flow
    check 'from first start to the address in DNS' the_whole_way
    check 'a second tray shows the first one' second_tray
    check 'the status window' status_window
    check 'a changed address: DNS, window, balloon' changed_address
    check 'the menu' menu
    check 'the notifier desktop without a tray' notifier_alone
    check 'the notifier desktop and the tray' notifier_and_tray
    check 'trouble is shown' trouble
    check 'the daemon is lost, and comes back' daemon_lost
    check 'exit ends tray and daemon' exit_ends_all
    check 'a shell that takes no icon' without_a_screen
    ctl stop >/dev/null 2>&1
else
    fails=$((fails + 1))
fi
