# shellcheck shell=bash
# What every scenario shares: a folder, a sandbox, a configuration, a daemon, and the checks at the
# end. Sourced by NN-name.sh, which tests/e2e/run starts in a session of its own with
#   E2E_PREFIX  installed tree        E2E_WORK   new empty folder, the scenario's own
#   E2E_WRAP    wrapper or nothing    E2E_SCALE  factor on all deadlines
#   E2E_SYSTEM  nothing, or what another system needs, as tests/windows/e2e-lib.sh
# Nothing sleeps for a fixed time: wait_for polls until its deadline.
set -u
umask 022
W=$E2E_WORK
# shellcheck source=tests/windows/e2e-lib.sh
[ -z "${E2E_SYSTEM:-}" ] || . "$E2E_SYSTEM"
BIN=$E2E_PREFIX/bin/dcddns
SANDBOX=$E2E_PREFIX/bin/dcddns-sandbox
BOX=$W/box
CONF=$W/etc/dcddns.conf
STATE=$W/state
LOGS=$W/logs       # everything here is searched for secrets
PRIVATE=$W/private # codes on their way from the consent page to setup
# shellcheck disable=SC2034 # the scenarios'
NAME=home.example.test
V4=93.184.216.34
V6=2606:2800:220:1::1
read -ra WRAP <<<"${E2E_WRAP:-}"
# shellcheck disable=SC2034 # the scenarios'
NOTIFIER=syslog # the one that is the default
# shellcheck disable=SC2034
ROOT_NAME=root # who may do everything
# shellcheck disable=SC2034
COMMANDS=14 # of the program
DAEMON=
SANDBOX_PID=
SETUP_PID=
STATUS=
commands=0
mkdir -p "$W/etc" "$LOGS" "$PRIVATE"
# A finding of a sanitizer must not look like a temporary failure, exit status 1.
export ASAN_OPTIONS=exitcode=99 LSAN_OPTIONS=exitcode=99 TSAN_OPTIONS=exitcode=99
export UBSAN_OPTIONS=exitcode=99:print_stacktrace=1
unset DISPLAY WAYLAND_DISPLAY JOURNAL_STREAM NOTIFY_SOCKET XDG_CONFIG_HOME XDG_STATE_HOME

# -- words -----------------------------------------------------------------------------------------

ENDING= # not empty: in the EXIT trap, which does not run twice

fail() {
    echo "# $*" >&2
    [ -z "$ENDING" ] || cleanup
    exit 1
}

skip() {
    echo "$*" >"$W/skip"
    exit 77
}

# is WHAT GOT WANTED
is() { [ "$2" = "$3" ] || fail "$1: got '$2', wanted '$3'"; }
# has WHAT TEXT PART
has() { [[ $2 == *"$3"* ]] || fail "$1: no '$3' in: $2"; }
lacks() { [[ $2 != *"$3"* ]] || fail "$1: '$3' in: $2"; }

now_ms() { date +%s%3N; }

# wait_for SECONDS WORDS COMMAND...: until COMMAND succeeds
wait_for() {
    local until words=$2
    until=$(($(now_ms) + $1 * 1000 * E2E_SCALE))
    shift 2
    until "$@"; do
        [ "$(now_ms)" -lt "$until" ] || fail "waited in vain: $words"
        sleep 0.05
    done
}

gone() { ! kill -0 "$1" 2>/dev/null; }

# -- sandbox ---------------------------------------------------------------------------------------

ctl() { "$SANDBOX" ctl --dir "$BOX" "$@"; }

# start_sandbox [OPTION...]; sets DNS, HTTPS_PORT, ZONE and CA
start_sandbox() {
    "$SANDBOX" run --dir "$BOX" "$@" >"$W/sandbox.out" 2>"$W/sandbox.err" &
    SANDBOX_PID=$!
    wait_for 10 'the sandbox is ready' test -f "$BOX/sandbox.env"
    # shellcheck source=/dev/null
    . "$BOX/sandbox.env"
    ctl address "$V4" "$V6"
}

stop_sandbox() {
    [ -n "$SANDBOX_PID" ] || return 0
    ctl log >"$LOGS/sandbox.log"
    ctl secrets | grep . >"$PRIVATE/secrets"
    ctl stop
    wait "$SANDBOX_PID" || fail "the sandbox ended with $?"
    SANDBOX_PID=
}

# stat NAME: a counter of the sandbox, as requests.apply or refreshes
stat_of() { ctl stats | jq -r ".$1"; }
stat_is() { [ "$(stat_of "$1")" = "$2" ]; }
stat_at_least() { [ "$(stat_of "$1")" -ge "$2" ]; }
# sandbox_log REGEX: matching lines
sandbox_log() { ctl log | grep -E -- "$1"; }

# dig NAME TYPE: a real DNS question
dig() { kdig +short +timeout=2 +retry=1 @127.0.0.1 -p "${DNS#*:}" "$1" "$2"; }
record_is() { [ "$(dig "$1" "$2")" = "$3" ]; }
check_record() { is "$2 of $1" "$(dig "$1" "$2")" "$3"; }

# -- configuration ---------------------------------------------------------------------------------

echoes() {
    local i list=
    for i in "$@"; do
        list="$list${list:+, }https://echo$i.sandbox.test:$HTTPS_PORT/ip"
    done
    echo "$list"
}

# write_config [CORE-LINE...]; ECHOES names the services (default: all four)
write_config() {
    local services
    # shellcheck disable=SC2086 # a list of numbers
    services=$(echoes ${ECHOES:-1 2 3 4})
    cat >"$CONF" <<END
[core]
resolver = $DNS
ca-file = $CA
state-dir = $STATE
control-socket = $W/control.sock
interval = 60
confirm-delay = 1
allow-loopback-provider = yes
$(printf '%s\n' "$@")

[ip-source http-echo]
END
    echo "url4 = $services" >>"$CONF"
    echo "url6 = $services" >>"$CONF"
}

# add_host NAME LINE...: a host section without consent
add_host() {
    local name=$1
    shift
    mkdir -p "$W/etc/conf.d"
    {
        echo "[host $name]"
        printf '%s\n' "$@"
    } >"$W/etc/conf.d/$name.conf"
}

# -- commands --------------------------------------------------------------------------------------

# dc ARG...: runs the program; sets STATUS, OUT and ERR
dc() {
    commands=$((commands + 1))
    local at=$LOGS/$commands.$BASHPID # a subshell does not count for its parent
    echo "dcddns $*" >"$at.command"
    "${WRAP[@]}" "$BIN" --config "$CONF" "$@" >"$at.out" 2>"$at.err" </dev/null
    STATUS=$?
    OUT=$(<"$at.out")
    ERR=$(<"$at.err")
}

# expect STATUS ARG...
expect() {
    local want=$1
    shift
    dc "$@"
    is "exit status of dcddns $* ($ERR)" "$STATUS" "$want"
}

# begin_setup ARG...: starts setup, waits for the consent URL (URL); answer_setup gives the answer
begin_setup() {
    commands=$((commands + 1))
    SETUP_LOG=$LOGS/$commands
    echo "dcddns setup $*" >"$SETUP_LOG.command"
    rm -f "$PRIVATE/stdin"
    mkfifo "$PRIVATE/stdin"
    "${WRAP[@]}" "$BIN" --config "$CONF" setup --no-browser "$@" \
        <"$PRIVATE/stdin" >"$SETUP_LOG.out" 2>"$SETUP_LOG.err" &
    SETUP_PID=$!
    exec {SETUP_FD}>"$PRIVATE/stdin"
    wait_for 20 "setup prints the consent URL" asks_or_ended
    URL=$(grep '^https://' "$SETUP_LOG.out") || fail "no consent URL: $(cat "$SETUP_LOG.err")"
    snapshot "$SETUP_PID" setup
}

asks_or_ended() { grep -q 'Paste the code' "$SETUP_LOG.out" || gone "$SETUP_PID"; }

# answer_setup [TEXT]: gives TEXT, or nothing, waits for the end; sets STATUS, OUT and ERR
answer_setup() {
    [ $# -eq 0 ] || printf '%s\n' "$1" >&"$SETUP_FD"
    exec {SETUP_FD}>&-
    wait "$SETUP_PID"
    STATUS=$?
    SETUP_PID=
    OUT=$(<"$SETUP_LOG.out")
    ERR=$(<"$SETUP_LOG.err")
}

approve() { ctl approve "$URL" >"$PRIVATE/approved" || fail "the consent page refuses: $URL"; }
approved() { sed -n "s/^$1=//p" "$PRIVATE/approved"; }

# setup ARG...: consent with approval, must succeed
setup() {
    begin_setup "$@"
    approve
    answer_setup "$(approved code)"
    is "exit status of setup $* ($ERR)" "$STATUS" 0
}

# json FILTER: from status --json
json() {
    expect 0 status --json
    jq -r "$1" <<<"$OUT" || fail "status --json is no JSON: $OUT"
}
json_is() { [ "$(json "$1")" = "$2" ]; }

# tree: every file of configuration and state with mode and content, as one text; but not what setup
# keeps for a code that may still come, nor folders, which that may make
tree() {
    local file
    find "$W/etc" "$STATE" -type f ! -path '*/pending/*' 2>/dev/null | sort | while read -r file; do
        stat -c '%n %a %U' "$file"
        [ ! -f "$file" ] || sha256sum <"$file"
    done
}

# -- daemon ----------------------------------------------------------------------------------------

# What others can read of a process: searched for secrets at the end.
snapshot() {
    tr '\0' '\n' <"/proc/$1/cmdline" >"$LOGS/$2.$1.cmdline" 2>/dev/null
    tr '\0' '\n' <"/proc/$1/environ" >"$LOGS/$2.$1.environ" 2>/dev/null
}

# start_daemon [ARG...]
start_daemon() {
    local log
    : >>"$LOGS/daemon.log"
    log=$(wc -l <"$LOGS/daemon.log")
    SINCE=$(now_ms)
    "${WRAP[@]}" "$BIN" --config "$CONF" "$@" run >>"$LOGS/daemon.log" 2>&1 </dev/null &
    DAEMON=$!
    wait_for 10 'the daemon starts' started "$log"
    gone "$DAEMON" && fail "the daemon ended: $(tail -3 "$LOGS/daemon.log")"
    return 0
}

started() {
    gone "$DAEMON" || tail -n "+$(($1 + 1))" "$LOGS/daemon.log" | grep -q 'dcddns .* started, '
}

# The daemon that was started at SINCE has asked its sources once: what changes from now on changes
# for both families in one cycle, and not in two with the pause between updates.
looked() { [ "$(json '.hosts[0].checked_at_ms')" -ge "$SINCE" ]; }

# said TEXT: the daemon's log has it
said() { grep -qF -- "$1" "$LOGS/daemon.log"; }
said_times() { grep -cF -- "$1" "$LOGS/daemon.log"; }

# stop_daemon [SIGNAL]: exit status must be 0
stop_daemon() {
    local status
    [ -n "$DAEMON" ] || return 0
    snapshot "$DAEMON" daemon
    kill "-${1:-TERM}" "$DAEMON" || fail 'the daemon is gone before its time'
    wait_for 15 'the daemon ends' gone "$DAEMON"
    wait "$DAEMON"
    status=$?
    DAEMON=
    is 'exit status of the daemon' "$status" 0
}

kill_daemon() {
    kill -KILL "$DAEMON"
    wait "$DAEMON" 2>/dev/null
    DAEMON=
}

check_now() { kill -USR1 "$DAEMON"; }

# What the program calls the daemon's process.
daemon_pid() { echo "$DAEMON"; }

# Answers of a source are good for 2 s, so one signal may be too early: again every half second.
kick_until() {
    local until words=$2 next=0
    until=$(($(now_ms) + $1 * 1000 * E2E_SCALE))
    shift 2
    until "$@"; do
        [ "$(now_ms)" -lt "$until" ] || fail "waited in vain: $words"
        if [ "$(now_ms)" -ge $next ]; then
            check_now
            next=$(($(now_ms) + 500))
        fi
        sleep 0.05
    done
}

# cycles N: the daemon asks its sources N more times
cycles() {
    local i before
    for ((i = 0; i < $1; i++)); do
        before=$(stat_of requests.echo)
        kick_until 10 'another cycle' stat_at_least requests.echo $((before + 1))
    done
}

# -- the end ---------------------------------------------------------------------------------------

# check_mode FILE MODE
check_mode() { is "mode of $1" "$(stat -c %a "$1")" "$2"; }

check_modes() {
    local file
    [ -d "$STATE" ] || return 0
    check_mode "$STATE" 700
    while read -r file; do
        check_mode "$file" 600
    done < <(find "$STATE" -type f -path '*/grants/*' -o -type f -path '*/pending/*')
}

check_secrets() {
    local found
    [ -s "$PRIVATE/secrets" ] || return 0
    found=$(grep -rlF -f "$PRIVATE/secrets" "$LOGS" "$W/etc" "$STATE" --exclude-dir=grants \
        --exclude-dir=pending 2>/dev/null)
    [ -z "$found" ] || fail "a secret is in: $found"
}

# Programs of this scenario (it has a process group of its own), and of no other: never by name alone.
ours() {
    local pid name
    while read -r pid name; do
        case $name in
        dcddns* | valgrind* | memcheck* | python3* | turnserver*) echo "$pid" ;;
        esac
    done < <(pgrep -s 0 -l .)
}

cleanup() {
    local pid
    [ -z "$SANDBOX_PID" ] || ctl log >"$LOGS/sandbox.log" 2>/dev/null
    for pid in $(ours); do
        kill -KILL "$pid" 2>/dev/null
    done
}

check_sanitizers() {
    local found
    found=$(grep -rlE '(Address|Leak|Thread)Sanitizer|runtime error: ' "$LOGS" "$W/sandbox.err")
    [ -z "$found" ] || fail "a sanitizer speaks in: $found"
}

end() {
    local status=$? left
    ENDING=yes
    [ $status -eq 0 ] || { cleanup; exit $status; }
    stop_daemon
    stop_sandbox
    check_modes
    check_secrets
    check_sanitizers
    left=$(ours)
    [ -z "$left" ] || fail "processes are left: $left"
}

[ -z "${E2E_SYSTEM:-}" ] || use_system
trap end EXIT
trap 'exit 1' TERM INT HUP
