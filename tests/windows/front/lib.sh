# shellcheck shell=bash disable=SC2015,SC2016,SC2034,SC2154 # variables are those of run and lib.sh
# What the tests of the programs with windows share: a screen, Wine on it, a folder with the programs,
# a keyboard, and pictures.  Sourced by `run`, which sets here, build, shots and W, an empty folder.
# Nothing sleeps for a fixed time but before a picture.
fails=0 passes=0
jobs=()
app=$W/app # what Windows sees as C:\app

fail() {
    echo "# $*" >&2
    return 1
}
wine() { "$here/../wine" "$@" </dev/null; }
drive() { wine "$build/tests/windows/front/front_drive.exe" "$@" 2>/dev/null | tr -d '\r'; }
drives() { wine "$build/tests/windows/front/front_drive.exe" "$@" >/dev/null 2>&1; }

# wait_for SECONDS WORDS COMMAND...
wait_for() {
    local until=$((SECONDS + $1 * ${FRONT_SCALE:-1})) words=$2
    shift 2
    until "$@"; do
        [ $SECONDS -lt $until ] || { picture lost; fail "waited in vain: $words"; return 1; }
        sleep 0.1
    done
}

# -- screen and Wine -------------------------------------------------------------------------------

open_screen() {
    Xvfb -displayfd 7 -screen 0 1024x768x24 -nolisten tcp 7>"$W/display" >/dev/null 2>&1 </dev/null &
    jobs+=($!)
    wait_for 20 'the X server' test -s "$W/display" || return 1
    DISPLAY=:$(<"$W/display")
    export DISPLAY DCDDNS_WINE_DISPLAY=1
    "$here/../prefix" start || return 1
    mkdir -p "$W/browser"
    printf '#!/bin/sh\nprintf "%%s\\n" "$1" >>"%s/pages"\n' "$W" >"$W/browser/open"
    chmod +x "$W/browser/open"
    wine reg add 'HKCU\Software\Wine\WineBrowser' /v Browsers /d "$W/browser/open" /f >/dev/null 2>&1
    app=$WINE_FOLDER/drive_c/app
}
close_screen() {
    [ -z "${box:-}" ] || "$sandbox" ctl --dir "$box" stop >/dev/null 2>&1
    "$here/../prefix" remove
    local job
    for job in "${jobs[@]}"; do kill "$job" 2>/dev/null; done
}

# picture NAME: of the whole screen
picture() {
    sleep 0.3
    import -window root "$shots/windows-$1.png" 2>/dev/null
}

# -- programs --------------------------------------------------------------------------------------

# put_programs PROGRAM: the folder anew, with PROGRAM as dcddns.exe
put_programs() {
    drives send dcddns-tray 0x111 1006 0 # of a test that failed
    rm -rf "$app"
    mkdir -p "$app/plugins"
    cp "$build/frontends/windows/dcddns-setup.exe" "$build/frontends/windows/dcddns-tray.exe" "$app/"
    cp "$1" "$app/dcddns.exe"
    cp -r "$build"/modules/* "$app/plugins/"
    : >"$W/pages"
}
# begin PROGRAM ARG...: in the background
begin() {
    local program=$1
    shift
    "$here/../wine" "C:\\app\\$program" "$@" </dev/null >"$W/$program.log" 2>&1 &
    jobs+=($!)
    last=$!
}
gone() { ! kill -0 "$1" 2>/dev/null; }

# -- the Domain Connect service for Windows --------------------------------------------------------

old_key='SYSTEM\CurrentControlSet\Services\DomainConnectDDNSUpdate'
old_settings="$WINE_FOLDER/drive_c/old one/settings.txt"
# old_service SETTINGS
old_service() {
    mkdir -p "${old_settings%/*}"
    printf '%s' "$1" >"$old_settings"
    # with quotation marks, as services with blanks in their paths have
    printf 'REGEDIT4\n\n[HKEY_LOCAL_MACHINE\\%s]\n"ImagePath"="%s"\n' "$old_key" \
        '\"C:\\old one\\DomainConnectDDNSUpdate.exe\"' >"$WINE_FOLDER/drive_c/old.reg"
    wine regedit /S 'C:\old.reg' >/dev/null 2>&1
}
no_old_service() { wine reg delete "HKLM\\$old_key" /f >/dev/null 2>&1; }

# -- keyboard, mouse, dialog -----------------------------------------------------------------------

title='Set up a name - dcddns'
# numbers of setup_ids.h
NAME=1001 HINT=1002 SERVICE=1005 TRAY=1006 GET=1007 OPEN=1008 CODE=1009 FINISH=1010 SAYS=1012 TAKE=1014
focus() { # TITLE
    local id
    wait_for 30 "a window $1" drives shown "$1" || return 1
    id=$(timeout 20 xdotool search --sync --onlyvisible --name "^$1" | tail -1)
    xdotool windowfocus "$id" 2>/dev/null
    sleep 0.3
}
has_keyboard() { [ "$(drive focus "$1")" = "$2" ]; }
# tab_through TITLE ID...: where Tab leads from there on, one after the other, and Shift+Tab back
tab_through() {
    local id of=$1 ids=("${@:2}")
    for id in "${ids[@]}"; do
        keys Tab
        wait_for 5 "the keyboard is at $id, not at $(drive focus "$of")" has_keyboard "$of" "$id" || return 1
    done
    keys shift+Tab
    wait_for 5 'one back' has_keyboard "$of" "${ids[-2]}"
}
keys() { xdotool key --delay 40 "$@"; }
types() { xdotool type --delay 25 -- "$1"; }
says() { drive text "$title" "$SAYS"; }
says_part() { [[ $(says) == *"$1"* ]]; }
hint_is() { [ "$(drive text "$title" "$HINT")" = "$1" ]; }
can() { drives enabled "$title" "$1"; }
cannot() { ! can "$1"; }
waits_for_code() { can "$CODE" && has_keyboard "$title" "$CODE"; }
opened() { grep -qF -- "$1" "$W/pages"; }
open_setup() { # ARG...
    drives shown "$title" && close_setup # of a test that failed
    begin dcddns-setup.exe "$@"
    focus "$title"
}
# Its window; the end of a program that had one takes Wine two seconds more.
no_dialog() { ! drives shown "$title"; }
close_setup() {
    keys alt+F4 2>/dev/null
    drives send '#32770' 0x111 2 0 # what Close sends
    wait_for 10 'the dialog closes' no_dialog
}

# -- the end ---------------------------------------------------------------------------------------

# check NAME FUNCTION: what it says of a failure comes below its name
check() {
    local began=$SECONDS
    if "$2" 2>"$W/said"; then
        echo "ok - $1 ($((SECONDS - began)) s)"
        passes=$((passes + 1))
    else
        echo "not ok - $1 ($((SECONDS - began)) s)"
        fails=$((fails + 1))
        sed 's/^#* */# /' "$W/said"
    fi
}
