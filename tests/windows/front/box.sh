# shellcheck shell=bash disable=SC2015,SC2016,SC2034,SC2154 # variables are those of run and lib.sh
# The sandbox on this system, the programs that use it, and what the tray shows of it.  Sourced by
# the files that need it; the sandbox is started once.
box=$W/box name=home.example.test v4=93.184.216.34 other=198.51.101.7
status='Status - dcddns'
LIST=1010 SUMMARY=1011 CHECK=1002
TRAY_CLASS=dcddns-tray
run_key='Software\Microsoft\Windows\CurrentVersion\Run'

ctl() { "$sandbox" ctl --dir "$box" "$@"; }
start_sandbox() {
    [ ! -e "$box/sandbox.env" ] || return 0
    "$sandbox" run --dir "$box" >"$W/sandbox.out" 2>&1 </dev/null &
    jobs+=($!)
    wait_for 10 'the sandbox is ready' test -f "$box/sandbox.env" || return 1
    # shellcheck source=/dev/null
    . "$box/sandbox.env"
    ctl address "$v4"
}
# write_configuration FILE [LINE...]: what Windows sees of the sandbox, one loopback for both; LINEs
# are of [core]
write_configuration() {
    local i list='' file=$1
    shift
    for i in 1 2 3 4; do list="$list${list:+, }https://echo$i.sandbox.test:$HTTPS_PORT/ip"; done
    mkdir -p "$app/etc" "${file%/*}"
    cp "$CA" "$app/etc/ca.pem"
    cat >"$file" <<END
[core]
resolver = $DNS
ca-file = C:/app/etc/ca.pem
interval = 60
confirm-delay = 1
allow-loopback-provider = yes
notifiers = none
$(printf '%s\n' "$@")

[ip-source http-echo]
url4 = $list
url6 = $list
END
}
record_is() { [ "$(kdig +short +timeout=2 +retry=1 @127.0.0.1 -p "${DNS#*:}" "$1" A)" = "$2" ]; }
approve() { # the page that was opened last; prints its code
    ctl approve "$(tail -1 "$W/pages")" | sed -n 's/^code=//p'
}

# -- the tray --------------------------------------------------------------------------------------

row() { drive row "$status" "$LIST" "$1"; }
row_has() { [[ $(row 0) == *"$1"* ]]; }
summary_has() { [[ $(drive text "$status" "$SUMMARY") == *"$1"* ]]; }
command_tray() { # what the menu sends, done when this returns
    [ "$(drive send "$TRAY_CLASS" 0x111 "$1" 0)" = "done" ] || fail "the tray does not take the command $1"
}
has_tray() { drive list | grep -q " $TRAY_CLASS:"; }
no_tray() { ! has_tray; }
trays() { drive list | grep -c " $TRAY_CLASS:"; }
connected() { drives enabled "$status" "$CHECK"; }
cannot_check() { ! connected; }
# icon_is green|orange: as the screen shows it
icon_is() {
    local now
    now=$(import -window root -crop 16x16+5+24 +repage png:- 2>/dev/null |
        convert - -format '%[fx:mean.r>mean.g?1:mean.g>mean.r?2:0]' info:)
    case $now in 1) now=orange ;; 2) now=green ;; esac
    [ "$now" = "$1" ]
}
