# shellcheck shell=bash disable=SC2154,SC2086 # variables of lib.sh, without blanks
# Cases of tests/systemd about what the unit's sandbox refuses, and what it lets through; sourced by
# inside.sh.

# -- refusals --------------------------------------------------------------------------------------

# The same tries, in the service and by root without a sandbox: what root cannot do either proves
# nothing.
sandbox_refuses() {
    local probe count=0
    mark
    mkdir -p /test/state
    /test/probes "$plugins/notifier/webhook.so" /test/state >/test/probes.txt
    rm -f /etc/dcddns-probe /usr/dcddns-probe /root/.probe
    write_config 'sources = probes, http-echo'
    printf '%s\n' '' '[ip-source probes]' "library = $plugins/notifier/webhook.so" >>$conf
    restart 'with the probes'
    follow 'updates work while the probes run' 81.2.69.170
    check 'the probes ran' said 'probe raise-priority'
    while read -r probe; do
        if ! grep -q "^probe $probe: allowed" /test/probes.txt; then
            not_ok "probe $probe: root can, without the sandbox" \
                "$(grep "^probe $probe:" /test/probes.txt)"
        elif said "probe $probe: refused"; then
            ok "refused: $probe"
            count=$((count + 1))
        else
            not_ok "refused: $probe" "$(since_mark | grep "probe $probe")"
        fi
    done < <(sed -n 's/^probe \([a-z-]*\): .*/\1/p' /test/probes.txt)
    figure "probes refused: $count of $(wc -l </test/probes.txt)"
    is 'ten and more are refused' "$((count >= 10))" 1
    write_config
    restart 'without the probes'
}

# -- programs of the administrator's ---------------------------------------------------------------

own_programs() {
    printf '%s\n' '#!/bin/sh' 'echo 81.2.69.171' >/usr/local/bin/myip
    chmod 755 /usr/local/bin/myip
    write_config 'sources = command'
    printf '%s\n' '' '[ip-source command]' 'command = /usr/local/bin/myip' >>$conf
    mark
    restart 'with a program'
    check 'a program is refused' wait_for 20 said '/usr/local/bin/myip'
    check 'and it is said where to allow it' wait_for 10 said 'ExecPaths='
    is 'and gives no address' "$(record_is 81.2.69.171 && echo there)" ''
    figure "said: $(since_mark | grep -m1 -F /usr/local/bin/myip)"
    # As dcddns.conf(5) has it.
    drop_in programs 'ExecPaths=/usr/local/bin/myip /bin/sh /usr/bin'
    restart 'with a program that is allowed'
    if look_until 20 record_is 81.2.69.171; then
        ok 'the drop-in of the manual allows it'
    else
        not_ok 'the drop-in of the manual allows it' "$(since_mark | tail -9)"
    fi
    drop_in programs
    write_config
    restart 'without a program'
}

# -- credentials -----------------------------------------------------------------------------------

# listen FILE: one request on loopback, written to FILE; prints the port first
listener() {
    # shellcheck disable=SC2016 # perl's
    perl -MIO::Socket::INET -e '
        my $l = IO::Socket::INET->new(LocalAddr => "127.0.0.1", Listen => 5) or die;
        open(my $port, ">", "$ARGV[0].port.part"); print $port $l->sockport; close $port;
        rename "$ARGV[0].port.part", "$ARGV[0].port";
        open(my $out, ">>", $ARGV[0]); $out->autoflush(1);
        while (my $c = $l->accept) {
            while (my $line = <$c>) { print $out $line; last if $line =~ /^\r?$/ }
            print $c "HTTP/1.1 204 None\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
            close $c;
        }' "$1" &
    wait_for 10 test -s "$1.port"
}

credentials() {
    local secret=correct-horse-battery listener
    listener /test/posted
    listener=$!
    (umask 077 && echo $secret >/etc/dcddns/webhook.secret)
    # As dcddns.conf(5) has it.
    drop_in credential LoadCredential=webhook:/etc/dcddns/webhook.secret
    write_config 'notifiers = webhook'
    cat >>$conf <<CONF

[notifier webhook]
url = http://127.0.0.1:$(cat /test/posted.port)/
headers = X-Key: {secret}
secret-file = /run/credentials/$unit/webhook
CONF
    mark
    restart 'with a credential'
    if wait_for 15 grep -q "^X-Key: $secret" /test/posted; then
        ok 'a credential of systemd is read and used'
    else
        not_ok 'a credential of systemd is read and used' \
            "$(cat /test/posted; since_mark | tail)"
    fi
    is 'and is not in the journal' "$(journal --since="$since" | grep -c $secret)" 0
    check 'check-config finds it while the service runs' dcddns check-config
    systemctl stop $unit
    has 'check-config misses it when the service does not' "$(dcddns check-config 2>&1)" \
        "/run/credentials/$unit: No such"
    kill $listener
    drop_in credential
    write_config
    restart 'without a credential'
}

# -- memory ----------------------------------------------------------------------------------------

in_memory() { perl /test/secrets-in-memory.pl "$(prop MainPID)"; }

secrets_in_memory() {
    local found
    ctl expire >/dev/null
    restart 'before memory is searched'
    follow 'an update with a new token, before memory is searched' 81.2.69.172
    sleep 1
    found=$(ctl secrets | in_memory)
    has 'no token is left in memory' "$found" '0 copies in '
    [[ $found == '0 copies'* ]] || printf '%s\n' "$found" | sed 's/^/#   /'
    figure "tokens in memory: ${found##*$'\n'}, of $(ctl secrets | wc -l) secrets"
    found=$(echo "$name" | in_memory)
    if [[ $found == *'anonymous'* || $found == *'[heap]'* ]]; then
        ok 'a name that must be in memory is found'
    else
        not_ok 'a name that must be in memory is found' "$found"
    fi
}

# -- system calls ----------------------------------------------------------------------------------

# calls_of NAME...: system calls of filters, those in filters of theirs too
calls_of() {
    local word
    for word in "$@"; do
        case $word in
        @*)
            # shellcheck disable=SC2046 # words
            calls_of $(systemd-analyze --no-pager syscall-filter "$word" | sed 's/#.*//; /^@/d')
            ;;
        *) echo "$word" ;;
        esac
    done
}

# What the unit's lines let through.
allowed_calls() {
    local line
    while read -r line; do
        # shellcheck disable=SC2086 # words
        case $line in
        '~'*) calls_of ${line#\~} | sort -u >/test/denied.txt ;;
        *) calls_of $line | sort -u >/test/listed.txt ;;
        esac
    done < <(sed -n 's/^SystemCallFilter=//p' "/usr/lib/systemd/system/$unit")
    comm -23 /test/listed.txt /test/denied.txt
}

system_calls() {
    local words tracer count
    read -ra words < <(sed -n 's/^ExecStart=//p' "/usr/lib/systemd/system/$unit")
    systemctl stop $unit
    allowed_calls >/test/allowed.txt
    strace -f -c -U name -o /test/calls.raw -u dcddns env -i STATE_DIRECTORY=/var/lib/dcddns \
        "${words[@]}" >/test/traced.log 2>&1 &
    tracer=$!
    wait_for 30 pgrep -x dcddns
    ctl expire >/dev/null
    ctl address 81.2.69.173
    wait_for 30 grep -q ' started' /test/traced.log
    for _ in $(seq 20); do
        pkill -USR1 -x dcddns
        wait_for 1 record_is 81.2.69.173 && break
    done
    record_is 81.2.69.173 ||
        not_ok 'the traced daemon updates' "$(cat /test/traced.log)"
    pkill -TERM -x dcddns
    wait $tracer
    grep -E '^[a-z_0-9]+$' /test/calls.raw | grep -vxE 'syscall|total' | sort -u >/test/calls.txt
    is 'every system call of the daemon is allowed' \
        "$(comm -23 /test/calls.txt /test/allowed.txt | tr '\n' ' ')" ''
    count=$(wc -l </test/calls.txt)
    figure "system calls: $count distinct, of $(wc -l </test/allowed.txt) allowed"
    if [ "$count" -ge 30 ] && [ "$count" -le 70 ]; then
        ok 'system calls were counted, and are few'
    else
        not_ok 'system calls were counted, and are few' "$(cat /test/calls.txt /test/traced.log)"
    fi
    systemctl start $unit
}
