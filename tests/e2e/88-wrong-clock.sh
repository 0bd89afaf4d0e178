# A clock that is wrong: said so when certificates fail because of it, nothing published and nothing
# sent meanwhile, and right again by itself once it is set. Needs faketime.
. "${BASH_SOURCE%/*}/lib.sh"
command -v faketime >/dev/null || skip 'faketime is not installed'
LIB=$(faketime -f +0 printenv LD_PRELOAD)
# Without the last one, waits that end by the monotonic clock end at once or never.
export FAKETIME_DONT_FAKE_MONOTONIC=1 FAKETIME_NO_CACHE=1 FAKETIME_FORCE_MONOTONIC_FIX=0
# The clock in the daemon's eyes is what this file says.
export FAKETIME_TIMESTAMP_FILE=$W/clock
set_clock() { echo "$1" >"$W/clock.new" && mv "$W/clock.new" "$W/clock"; }
set_clock +0
[ -z "$E2E_WRAP" ] || skip 'faketime and a wrapper do not go together'
PLAIN=("${WRAP[@]}")
# A sanitizer wants to be loaded first, which it need not be.
FAKED=(env "LD_PRELOAD=$LIB" "ASAN_OPTIONS=${ASAN_OPTIONS:-}:verify_asan_link_order=0")
WRAP=("${FAKED[@]}")
dc --version
is "the program under faketime ($ERR)" "$STATUS" 0
WRAP=("${PLAIN[@]}")
start_sandbox
write_config
setup "$NAME" --ipv4 --ipv6
WRAP=("${FAKED[@]}")
ctl address 8.8.4.4
ctl clear
# A command, each with one wrong clock.
set_clock '@1970-01-01 00:10:00'
dc update
is '1970: exit status' "$STATUS" 1
has '1970' "$ERR" 'the clock of this machine is wrong, set it: it says 1970-01-01 00:1'
set_clock -3d
dc update
is 'three days slow: exit status' "$STATUS" 1
has 'three days slow' "$ERR" 'the clock of this machine'
set_clock +15y
dc update
is 'fifteen years fast: exit status' "$STATUS" 1
has 'fifteen years fast' "$ERR" 'has expired, nothing was sent; or the clock of this machine is fast'
is 'applies with wrong clocks' "$(stat_of requests.apply)" 0
is 'token requests with wrong clocks' "$(stat_of requests.token)" 0
expect 0 status
grep -q ' -[0-9]' <<<"$OUT" && fail "negative times: $OUT"
# A daemon that starts in 1970 is ready at once; then the clock is set. No file descriptor tells a
# program under faketime, so the clocks are compared when the loop turns.
set_clock '@1970-01-01 00:10:00'
start_daemon
wait_for 10 'the diagnosis' said 'the clock of this machine is wrong, set it: it says 1970'
is 'applies of a daemon in 1970' "$(stat_of requests.apply)" 0
expect 0 status
grep -q ' -[0-9]' <<<"$OUT" && fail "negative times in 1970: $OUT"
set_clock +0
kick_until 30 'the address is published' record_is "$NAME" A 8.8.4.4
said 'the clock of this machine was set from 1970' || fail 'the step is not logged'
is 'refreshes because of the clock' "$(stat_of requests.token)" 0
# The clock is set while it runs, ten years and back: nothing is sent because of that.
ctl clear
set_clock +3650d
kick_until 20 'servers disagree with the clock' said 'but servers said it is 20'
set_clock +0
cycles 2
is 'applies after steps' "$(stat_of requests.apply)" 0
is 'token requests after steps' "$(stat_of requests.token)" 0
ctl address 8.8.8.8
kick_until 70 'the next change' record_is "$NAME" A 8.8.8.8
stop_daemon
