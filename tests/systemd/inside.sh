# shellcheck shell=bash
# Run by tests/systemd/run as a service of the booted tree.  Each case leaves the service running
# with the plain configuration.
# shellcheck source-path=SCRIPTDIR
. "${BASH_SOURCE%/*}/lib.sh"
# shellcheck source-path=SCRIPTDIR
. "${BASH_SOURCE%/*}/sandboxed.sh"

play_provider() {
    dcddns-sandbox run --dir "$box" --zone example.test >/test/sandbox.log 2>&1 &
    wait_for 20 test -s "$box/sandbox.env" || return 1
    # shellcheck disable=SC1091 # written by the sandbox
    . "$box/sandbox.env"
    ctl address 81.2.69.142
    install -m 644 "$CA" /etc/dcddns/sandbox-ca.pem
    write_config
}

consent() {
    local setup url
    mkfifo /test/answers
    dcddns setup $name --no-browser </test/answers >/test/setup.log 2>&1 &
    setup=$!
    exec 7>/test/answers
    wait_for 30 grep -q '^https://consent' /test/setup.log
    url=$(grep -m1 '^https://consent' /test/setup.log)
    ctl approve "$url" | sed -n 's/^code=//p' >&7
    exec 7>&-
    if wait $setup; then ok 'setup'; else not_ok 'setup' "$(cat /test/setup.log)"; fi
}

# As the package leaves it: enabled, no host configured.
after_boot() {
    prop_becomes 'after boot the service is active' 20 ActiveState active
    systemctl stop $unit
    is 'it stops with status 0' "$(prop Result) $(prop ExecMainStatus)" 'success 0'
}

start() {
    mark
    check 'systemctl start' systemctl start $unit
    is 'it is active, and said so itself' "$(prop ActiveState) $(prop Type)" 'active notify'
    is 'the first record' "$(record_is 81.2.69.142 && echo there)" there
    follow 'a new address is published' 81.2.69.160
    for field in DCDDNS_EVENT=update.applied DCDDNS_RECORD=$name DCDDNS_BEFORE=81.2.69.142 \
        DCDDNS_AFTER=81.2.69.160 DCDDNS_FAMILY=4 PRIORITY=5; do
        check "the journal has $field" wait_for 10 told DCDDNS_EVENT=update.applied "$field"
    done
    check 'the journal has daemon.started' wait_for 10 told DCDDNS_EVENT=daemon.started
    check 'the journal knows that the unit said so' wait_for 10 told _SYSTEMD_UNIT=$unit \
        DCDDNS_EVENT=update.applied
}

reload() {
    local before
    before=$(prop MainPID)
    mark
    check 'systemctl reload' systemctl reload $unit
    check 'the reload is told' wait_for 10 told DCDDNS_EVENT=config.reloaded
    is 'the process is the same' "$(prop MainPID)" "$before"
    echo nonsense >>$conf
    systemctl reload $unit
    check 'a wrong configuration is told' wait_for 10 told DCDDNS_EVENT=config.rejected
    follow 'and the old one goes on' 81.2.69.161
    write_config
    systemctl reload $unit
}

owners() {
    local wrong
    is 'the state directory' "$(stat -c '%a %U %G' /var/lib/dcddns)" '700 dcddns dcddns'
    wrong=$(find /var/lib/dcddns ! -user dcddns -o -perm /077 ! -type l)
    is 'all in it belongs to the user and is closed to others' "$wrong" ''
    is 'the runtime directory' "$(stat -c '%a %U %G' /run/dcddns)" '755 dcddns dcddns'
    is 'the control socket' "$(stat -c '%a %U %G' /run/dcddns/*sock*)" '660 dcddns dcddns'
    is 'a member of the group may use it' "$(greeting dcddns)" yes
    is 'another user may not' "$(greeting nogroup)" no
}

# greeting GROUP: does the daemon say a word to the user nobody who is in it?
greeting() {
    # shellcheck disable=SC2016 # perl's
    if setpriv --reuid nobody --regid "$1" --clear-groups timeout 10 perl -MIO::Socket::UNIX -e '
        my $s = IO::Socket::UNIX->new(Peer => $ARGV[0]) or exit 1;
        print $s "{\"v\":1,\"do\":\"events\"}\n";
        exit(defined(<$s>) ? 0 : 1);' /run/dcddns/*sock*; then
        echo yes
    else
        echo no
    fi
}

# killed WHAT SIGNAL: and back again; prints how long that took
killed() {
    local before began
    before=$(prop MainPID)
    began=$(now_ms)
    systemctl kill --kill-who=main --signal="$2" $unit
    if wait_for 15 active_as_other_than "$before"; then
        ok "$1: it is back"
        figure "$1: active again after $(($(now_ms) - began)) ms"
    else
        not_ok "$1: it is back" "$(prop ActiveState) $(prop Result)"
    fi
}

kills() {
    local began
    systemctl reset-failed $unit
    began=$(now_ms)
    killed 'kill -9' KILL
    [ $(($(now_ms) - began)) -le 4000 ] || not_ok 'kill -9: back within 4 s'
    follow 'kill -9: it goes on' 81.2.69.162

    # A restart, for a host does not change twice in a minute otherwise.
    restart 'before the kill during a refresh'
    # The answer with the rotated token never arrives; the provider takes the old one for 5 s more.
    ctl clear
    ctl expire >/dev/null
    ctl delay token 4000 1
    ctl address 81.2.69.163
    check 'the token is refreshed' look_until 20 counter_is refreshes 1
    killed 'kill -9 during a refresh' KILL
    check 'kill -9 during a refresh: the record follows' look_until 30 record_is 81.2.69.163
    is 'kill -9 during a refresh: no refusal' "$(counter refreshes_refused)" 0

    # The answer has arrived, and the provider forgives nothing.
    restart 'before the kill after a refresh'
    ctl clear
    ctl set grace 0
    ctl expire >/dev/null
    ctl delay apply 4000 2
    ctl address 81.2.69.164
    check 'an update with a new token begins' look_until 20 counter_is refreshes 1
    wait_for 20 counter_is apply 2 || sleep 1
    killed 'kill -9 after a refresh' KILL
    ctl delay apply 0 0
    ctl expire >/dev/null
    follow 'kill -9 after a refresh: it goes on' 81.2.69.165
    is 'kill -9 after a refresh: no old token was sent' "$(counter reuses)" 0
    ctl set grace 5
}

watchdog() {
    local before began
    drop_in watchdog WatchdogSec=2
    restart 'with a short watchdog'
    before=$(prop MainPID)
    sleep 5
    is 'a daemon that is well outlives its watchdog' "$(prop MainPID)" "$before"
    began=$(now_ms)
    mark
    kill -STOP "$before"
    if wait_for 20 active_as_other_than "$before"; then
        ok 'SIGSTOP: the watchdog ends it, and it is back'
        figure "SIGSTOP: active again after $(($(now_ms) - began)) ms, with WatchdogSec=2"
    else
        not_ok 'SIGSTOP: the watchdog ends it, and it is back' "$(prop ActiveState)"
    fi
    check 'SIGSTOP: it was the watchdog' wait_for 10 said 'Watchdog timeout'
    check 'SIGSTOP: it is told' wait_for 10 said 'Scheduled restart job'
    is 'restarts that were needed' "$(since_mark |
        grep -c 'Scheduled restart job')" 1
    follow 'SIGSTOP: it goes on' 81.2.69.166
    drop_in watchdog
    restart 'with the long watchdog'
}

wrong_configuration() {
    systemctl reset-failed $unit
    mark
    echo nonsense >>$conf
    if systemctl restart $unit; then not_ok 'a wrong configuration is refused'; fi
    is 'a wrong configuration: failed' "$(prop ActiveState) $(prop ExecMainStatus)" 'failed 2'
    check 'a wrong configuration: the line is named' wait_for 10 said 'dcddns.conf:'
    sleep 3
    is 'a wrong configuration: no restart' "$(prop ActiveState) $(prop NRestarts)" 'failed 0'
    write_config
    restart 'with a right configuration'
    follow 'a right configuration: it goes on' 81.2.69.167
}

play_provider || not_ok 'the sandbox starts' "$(cat /test/sandbox.log)"
for case in after_boot consent start reload owners kills watchdog wrong_configuration \
    sandbox_refuses own_programs credentials secrets_in_memory system_calls; do
    began=$(now_ms)
    $case
    figure "$case: $(($(now_ms) - began)) ms"
done
is 'tokens refused in all' "$(ctl log | grep -c 'invalid_grant')" 0
echo 'the end'
