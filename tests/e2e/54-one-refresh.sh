# Daemon and two commands want a fresh token at once: one of them asks, all of them work.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
write_config
setup "$NAME"
ctl set grace 0
start_daemon
for round in 1 2 3; do
    ctl clear
    ctl expire
    ctl delay token 700 5
    ctl address 8.8.4.$round
    check_now
    for i in 1 2; do
        "${WRAP[@]}" "$BIN" --config "$CONF" update --force >"$LOGS/$round.$i.out" \
            2>"$LOGS/$round.$i.err" </dev/null &
        eval "pid$i=\$!"
    done
    # shellcheck disable=SC2154 # pid1, pid2
    wait "$pid1" || fail "update: $(cat "$LOGS/$round.1.err")"
    # shellcheck disable=SC2154
    wait "$pid2" || fail "update: $(cat "$LOGS/$round.2.err")"
    wait_for 10 'the record' record_is "$NAME" A 8.8.4.$round
    is "refreshes in round $round" "$(stat_of refreshes)" 1
    is 'old tokens sent' "$(stat_of reuses)" 0
    is 'refused refreshes' "$(stat_of refreshes_refused)" 0
done
stop_daemon
