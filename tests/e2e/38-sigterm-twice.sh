# Two SIGTERM, and an answer that does not come in time: still orderly, still within 12 s.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
write_config
setup "$NAME"
start_daemon
ctl clear
ctl delay apply 25000 1
ctl address 8.8.4.4
kick_until 15 'the apply' stat_is requests.apply 1
before=$(now_ms)
kill -TERM "$DAEMON"
stop_daemon
took=$(($(now_ms) - before))
[ $took -lt $((12000 * E2E_SCALE)) ] || fail "the end took $took ms"
# Nothing is known of that apply, so it is done again.
is 'published' "$(json '.hosts[0].ipv4.published')" "$V4"
expect 0 update --force
check_record "$NAME" A 8.8.4.4
