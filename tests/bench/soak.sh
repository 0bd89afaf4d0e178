#!/bin/bash
# The installed daemon and the sandbox for a while: the public address changes every few seconds,
# access tokens end after a minute and a half, the status is asked for again and again.  Shows what
# the daemon holds once a minute; fails when that grows from the first third of the time to the end.
# By hand: it takes as long as it is told to.
# usage: tests/bench/soak.sh PREFIX [SECONDS [STEP]]
#   PREFIX   an installed tree: bin/dcddns, bin/dcddns-sandbox, lib/dcddns/
#   SECONDS  how long (600)      STEP  seconds between two changes of the address (4)
here=$(cd "$(dirname "$0")" && pwd)
[ $# -ge 1 ] || { sed -n '6,8s/^# \{0,1\}//p' "$0" >&2; exit 64; }
if [ -z "${E2E_WORK:-}" ]; then # the scenarios' words want a session and a folder of their own
    E2E_PREFIX=$(realpath "$1") || exit 1
    E2E_WORK=$(mktemp -d "${TMPDIR:-/tmp}/dcddns-soak.XXXXXX") || exit 1
    export E2E_PREFIX E2E_WORK E2E_SCALE=4 E2E_WRAP=
    setsid --wait "$0" "$@"
    status=$?
    [ $status -ne 0 ] || rm -rf "$E2E_WORK"
    exit $status
fi
# shellcheck source=tests/e2e/lib.sh
. "$here/../e2e/lib.sh"
seconds=${2:-600} step=${3:-4}

# field NAME: of the daemon, as /proc/PID/status has it
field() { sed -n "s/^$1:[^0-9]*\([0-9]*\).*/\1/p" "/proc/$DAEMON/status"; }
descriptors() { find "/proc/$DAEMON/fd" -mindepth 1 -maxdepth 1 | wc -l; }
cpu_ms() { # user and system time
    awk -v hz="$(getconf CLK_TCK)" '{ sub(/.*\) /, ""); print int(1000 * ($12 + $13) / hz) }' \
        "/proc/$DAEMON/stat"
}
state_files() { find "$STATE" -type f | wc -l; }
state_bytes() { find "$STATE" -type f -printf '%s\n' | awk '{ n += $1 } END { print n + 0 }'; }

# sample: a line; the last one is in the variables
sample() {
    rss=$(field VmRSS) threads=$(field Threads) open=$(descriptors)
    files=$(state_files) bytes=$(state_bytes)
    printf '%6d %8d %9d %9d %8d %8d %12d %8d %8d\n' $((SECONDS - began)) "$changes" "$rss" \
        "$(field VmHWM)" "$threads" "$open" "$files" "$bytes" "$(cpu_ms)"
}

# change: another address; --force, as the daemon leaves a minute between two changes of a record
change() {
    changes=$((changes + 1))
    address=8.8.$((changes / 250 % 250)).$((changes % 250 + 1))
    ctl address "$address"
    check_now
    dc update --force
    is "update, change $changes ($ERR)" "$STATUS" 0
    wait_for 10 "the record follows, change $changes" record_is "$NAME" A "$address"
    dc status --json
}

# shellcheck disable=SC2119 # the arguments are not for them
start_sandbox
ctl set access-lifetime 90
# shellcheck disable=SC2119
write_config
setup "$NAME" "www.$ZONE" "$ZONE"
# shellcheck disable=SC2119
start_daemon
changes=0 began=$SECONDS next=$SECONDS early=
printf '%6s %8s %9s %9s %8s %8s %12s %8s %8s\n' s changes RSS-KiB peak-KiB threads open-fds \
    state-files bytes CPU-ms
while [ $((SECONDS - began)) -lt "$seconds" ]; do
    change
    if [ $SECONDS -ge $next ]; then
        sample
        ctl clear # what the sandbox remembers
        next=$((SECONDS + 60))
    fi
    if [ -z "$early" ] && [ $((SECONDS - began)) -ge $((seconds / 3)) ]; then
        early="$rss $threads $open $files $bytes"
    fi
    sleep "$step"
done
sample
read -r rss0 threads0 open0 files0 bytes0 <<<"$early"
[ "$rss" -le $((rss0 + rss0 / 20)) ] || fail "memory grew from $rss0 to $rss KiB"
[ "$threads" -le "$threads0" ] || fail "threads grew from $threads0 to $threads"
[ "$open" -le "$open0" ] || fail "open descriptors grew from $open0 to $open"
[ "$files" -le "$files0" ] || fail "files of the state grew from $files0 to $files"
[ "$bytes" -le $((bytes0 + bytes0 / 10)) ] || fail "the state grew from $bytes0 to $bytes bytes"
