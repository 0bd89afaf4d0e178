# shellcheck shell=bash disable=SC2034 # variables are for those who source this
# What the cases of tests/systemd share; sourced by inside.sh, in the booted tree, as root.
set -u
export LC_ALL=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin
name=home.example.test
box=/test/box
conf=/etc/dcddns/dcddns.conf
unit=dcddns.service
plugins=$(dirname "$(dirname "$(find /usr/lib -path '*/dcddns/ip-source/probes.so')")")

ok() { echo "ok - $1"; }
not_ok() {
    echo "not ok - $1"
    printf '%s\n' "${2:-}" | tail -20 | sed 's/^/#   /'
}
figure() { echo "# $*"; }
# check WHAT COMMAND...
check() {
    local what=$1 said
    shift
    if said=$("$@" 2>&1); then ok "$what"; else not_ok "$what" "$* : $said"; fi
}
is() { if [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1" "got '$2', wanted '$3'"; fi; }
has() { case $2 in *"$3"*) ok "$1" ;; *) not_ok "$1" "no '$3' in: $2" ;; esac; }

now_ms() { date +%s%3N; }

# wait_for SECONDS COMMAND...
wait_for() {
    local until
    until=$(($(now_ms) + $1 * 1000))
    shift
    until "$@" >/dev/null 2>&1; do
        [ "$(now_ms)" -lt "$until" ] || return 1
        sleep 0.05
    done
}

# -- the service -----------------------------------------------------------------------------------

prop() { systemctl show --property="$1" --value $unit; }
prop_is() { [ "$(prop "$1")" = "$2" ]; }
# prop_becomes WHAT SECONDS PROPERTY VALUE
prop_becomes() {
    if wait_for "$2" prop_is "$3" "$4"; then ok "$1"; else not_ok "$1" "$3 is $(prop "$3")"; fi
}
# Both in one question: between two it may have ended.
active_as_other_than() {
    local MainPID=0 ActiveState=''
    eval "$(systemctl show --property=MainPID,ActiveState $unit)"
    [ "$ActiveState" = active ] && [ "$MainPID" != 0 ] && [ "$MainPID" != "$1" ]
}
journal() { journalctl --no-pager --quiet --output=cat "$@"; }
# After a mark, told sees only what came later.
mark() { since=$(date '+%Y-%m-%d %H:%M:%S.%6N'); }
told() { [ -n "$(journal --since="$since" "$@")" ]; }
since_mark() { journal --unit=$unit --since="$since"; }
said() { since_mark | grep -qF -- "$1"; }
# drop_in NAME LINE...: lines for [Service]; none removes it
drop_in() {
    local file=/run/systemd/system/$unit.d/$1.conf
    shift
    mkdir -p "${file%/*}"
    if [ $# -gt 0 ]; then printf '%s\n' '[Service]' "$@" >"$file"; else rm -f "$file"; fi
    systemctl daemon-reload
}
restart() {
    systemctl reset-failed $unit
    systemctl restart $unit || not_ok "$1" "$(journal --unit=$unit | tail -10)"
}

# -- the provider ----------------------------------------------------------------------------------

ctl() { dcddns-sandbox ctl --dir "$box" "$@"; }
counter() { ctl stats | sed -n "s/^[[:space:]]*\"$1\":[[:space:]]*\([0-9]*\).*/\1/p" | head -1; }
counter_is() { [ "$(counter "$1")" = "$2" ]; }
record_is() { ctl zone | grep -qE "home.*[[:space:]]$1\$"; }

# look_until SECONDS COMMAND...: the daemon is asked to look now, until COMMAND succeeds
look_until() {
    local until
    until=$(($(now_ms) + $1 * 1000))
    shift
    while [ "$(now_ms)" -lt "$until" ]; do
        systemctl kill --kill-who=main --signal=USR1 $unit 2>/dev/null
        wait_for 1 "$@" && return 0
    done
    return 1
}
# follow WHAT ADDRESS: the line's address changes, and the record after it
follow() {
    ctl address "$2"
    if look_until 30 record_is "$2"; then
        ok "$1"
    else
        not_ok "$1" "$(ctl zone; journal --unit=$unit | tail -12)"
    fi
}

# write_config [CORE-LINE...]; further sections are appended by the caller
write_config() {
    cat >$conf <<CONF
[core]
interval = 3600
confirm-delay = 1
resolver = $DNS
ca-file = /etc/dcddns/sandbox-ca.pem
allow-loopback-provider = yes
$(printf '%s\n' "$@")

[ip-source http-echo]
url4 = https://echo1.sandbox.test:$HTTPS_PORT/ip, https://echo2.sandbox.test:$HTTPS_PORT/ip
CONF
}
