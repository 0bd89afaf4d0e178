# shellcheck shell=bash
# Run by tests/packages/run as root in a bare Debian tree, its packages in /test: installs them, goes
# through a user's first hour, and purges them.  systemd does not run here.
set -u
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin
name=home.example.test
box=/test/box
daemon=''

ok() { echo "ok - $1"; }
not_ok() {
    echo "not ok - $1"
    printf '%s\n' "${2:-}" | head -20 | sed 's/^/#   /'
}
# check WHAT COMMAND...
check() {
    local what=$1 said
    shift
    if said=$("$@" 2>&1); then ok "$what"; else not_ok "$what" "$* : $said"; fi
}
is() { if [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1" "got '$2', wanted '$3'"; fi; }
has() { case $2 in *"$3"*) ok "$1" ;; *) not_ok "$1" "no '$3' in: $2" ;; esac; }

# wait_for SECONDS COMMAND...
wait_for() {
    local tries=$(($1 * 10))
    shift
    until "$@" >/dev/null 2>&1; do
        tries=$((tries - 1))
        [ $tries -gt 0 ] || return 1
        sleep 0.1
    done
}

apt() { apt-get -y -qq -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-confold "$@"; }
# deb NAME: the file of that package
deb() { echo "/test/$1"_*.deb; }
ctl() { dcddns-sandbox ctl --dir "$box" "$@"; }
# as_service: the daemon as its unit starts it
as_service() {
    local words
    read -ra words < <(sed -n 's/^ExecStart=//p' /usr/lib/systemd/system/dcddns.service)
    exec setpriv --reuid dcddns --regid dcddns --clear-groups --no-new-privs --reset-env \
        env STATE_DIRECTORY=/var/lib/dcddns "${words[@]}"
}

# every file but those that apt, dpkg and this test write anyway
everything() {
    find / -xdev \( -path /proc -o -path /test -o -path /tmp -o -path /run -o -path /var/cache -o \
        -path /var/log -o -path /var/lib/apt -o -path /var/lib/dpkg -o -path /root \) -prune -o \
        -print | grep -vE '^(/var/backups|/etc/(passwd|group|shadow|gshadow|subuid|subgid)-)' | sort
}

install_them() {
    apt update
    # Not a part of what is tested, and not removed at the end.
    apt install --no-install-recommends ca-certificates adduser || return 1
    everything >/test/before.txt
    apt install --no-install-recommends "$(deb dcddns)" || return 1
    check 'the user is there' id dcddns
    is 'the state is the user'\''s' "$(stat -c '%a %U %G' /var/lib/dcddns)" '700 dcddns dcddns'
    check 'the unit is enabled' test -L /etc/systemd/system/multi-user.target.wants/dcddns.service
    is 'without modules, none are listed' "$(dcddns modules)" ''
    is 'the manual is there' "$(dpkg -L dcddns | grep -c '/man/.*\.gz$')" 2
    apt install --no-install-recommends /test/*.deb || return 1
    is 'nothing is said to be wrong' "$(dpkg --audit)" ''
    is 'files are as they were packed' "$(dpkg --verify 'dcddns*')" ''
    check 'the shipped configuration is right' dcddns check-config
    is 'all modules are usable' "$(dcddns modules | grep -cE 'unusable|not used')" 0
    is 'as many as packed' "$(dcddns modules | wc -l)" \
        "$(find /usr/lib -path '*/dcddns/*' -name '*.so' | wc -l)"
}

play_provider() {
    dcddns-sandbox run --dir "$box" --zone example.test >/test/sandbox.log 2>&1 &
    wait_for 20 test -s "$box/sandbox.env" || return 1
    # shellcheck disable=SC1091 # written by the sandbox
    . "$box/sandbox.env"
    ctl address 81.2.69.142
    cp "$CA" /etc/dcddns/sandbox-ca.pem
    chmod a+r /etc/dcddns/sandbox-ca.pem
    cat >/etc/dcddns/dcddns.conf <<CONF
[core]
interval = 60
confirm-delay = 1
resolver = $DNS
ca-file = /etc/dcddns/sandbox-ca.pem
allow-loopback-provider = yes
sources = http-echo
auth = published-secret
notifiers = syslog

[ip-source http-echo]
url4 = https://echo1.sandbox.test:$HTTPS_PORT/ip, https://echo2.sandbox.test:$HTTPS_PORT/ip
CONF
    check 'the configuration of the sandbox' dcddns check-config
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

record_is() { ctl zone | grep -qE "home.*[[:space:]]$1\$"; }
start_daemon() {
    rm -f /test/daemon.log
    as_service >/test/daemon.log 2>&1 &
    daemon=$!
    wait_for 20 grep -q started /test/daemon.log ||
        not_ok 'the daemon starts' "$(cat /test/daemon.log)"
}
# follow ADDRESS: the line's address changes, and the record after it
follow() {
    local tries
    ctl address "$1"
    for ((tries = 0; tries < 40; tries++)); do
        kill -USR1 $daemon
        wait_for 1 record_is "$1" && break
    done
    if record_is "$1"; then
        ok "the record follows to $1"
    else
        not_ok "the record follows to $1" "$(ctl zone; tail -5 /test/daemon.log)"
    fi
}

use_them() {
    play_provider || not_ok 'the sandbox starts' "$(cat /test/sandbox.log)"
    consent
    start_daemon
    follow 81.2.69.160
    has 'status' "$(dcddns status)" 81.2.69.160
}

# The daemon goes on with the modules it has; whoever starts it again is told what is missing.
remove_a_module_in_use() {
    local said
    apt remove dcddns-plugin-http-echo
    said=$(dcddns check-config 2>&1)
    is 'check-config without a module that is wanted: exit status' $? 2
    has 'check-config without a module that is wanted: words' "$said" \
        'module ip-source/http-echo is not installed: there is no http-echo.so in /usr/lib/'
    check 'the daemon runs on with the module that it has' kill -0 $daemon
    kill -TERM $daemon
    wait $daemon
    is 'the daemon ends' $? 0
    said=$(as_service 2>&1)
    is 'run without a module that is wanted: exit status' $? 2
    has 'run without a module that is wanted: words' "$said" \
        'module ip-source/http-echo is not installed'
    apt install --no-install-recommends "$(deb dcddns-plugin-http-echo)"
    check 'check-config with the module again' dcddns check-config
    start_daemon
    follow 81.2.69.161
}

reinstall() {
    apt install --no-install-recommends --reinstall "$(deb dcddns)"
    check 'after an upgrade: the configuration stays' grep -q sandbox-ca /etc/dcddns/dcddns.conf
    kill -TERM $daemon
    wait $daemon
    is 'the daemon ends, after an upgrade' $? 0
    apt remove dcddns
    is 'removing dcddns removes its modules' "$(dpkg -l | grep -c '^ii  dcddns-plugin-')" 0
    check 'removing keeps the grant' grep -rq . /var/lib/dcddns/grants
    check 'removing keeps the configuration' test -s /etc/dcddns/conf.d/$name.conf
    apt install --no-install-recommends /test/*.deb
    check 'installed again: the grant is good' dcddns update $name --force
}

# What the packages ask of a service manager, which is played by a file that takes notes.
under_systemd() {
    local said
    mkdir -p /run/systemd/system
    printf '%s\n' '#!/bin/sh' 'echo "$*" >>/test/systemctl.txt' >/usr/bin/systemctl
    chmod +x /usr/bin/systemctl
    notes 'a new module restarts the daemon' '^try-restart dcddns.service' \
        apt install --no-install-recommends --reinstall "$(deb dcddns-plugin-syslog)"
    said=$(apt remove dcddns-plugin-syslog 2>&1)
    has 'a module in use that goes is said' "$said" 'the daemon goes on with the modules it has'
    is 'and does not restart the daemon' "$(grep -c restart /test/systemctl.txt)" 0
    apt install --no-install-recommends "$(deb dcddns-plugin-syslog)"
    notes 'an upgrade restarts the daemon' '^restart dcddns.service' \
        apt install --no-install-recommends --reinstall "$(deb dcddns)"
    notes 'removing stops the daemon' '^stop dcddns.service' apt remove dcddns
    notes 'installing again starts the daemon' '^restart dcddns.service' \
        apt install --no-install-recommends /test/*.deb
    rm -rf /run/systemd/system /usr/bin/systemctl
}

# notes WHAT CALL COMMAND...: COMMAND makes such a call of systemctl
notes() {
    local what=$1 call=$2
    shift 2
    rm -f /test/systemctl.txt
    "$@"
    # Options may stand before the verb.
    if sed -E 's/--[a-z-]+ //g' /test/systemctl.txt | grep -qE "$call"; then
        ok "$what"
    else
        not_ok "$what" "$(cat /test/systemctl.txt)"
    fi
    rm -f /test/systemctl.txt
    : >/test/systemctl.txt
}

purge_them() {
    local said
    ctl stop
    # shellcheck disable=SC2046 # names of packages
    said=$(apt purge $(dpkg-query -W -f '${Package} ' 'dcddns*') 2>&1) || not_ok 'purge' "$said"
    has 'purging says what becomes of the consent' "$said" 'withdraw it on the page'
    apt autoremove --purge
    everything >/test/after.txt
    is 'nothing is left' "$(diff /test/before.txt /test/after.txt)" ''
    check 'the user stays' id dcddns
}

# What makes the user where there is systemd.
user_by_sysusers() {
    apt install --no-install-recommends systemd-standalone-sysusers || return 0
    deluser --quiet dcddns
    apt install --no-install-recommends "$(deb dcddns)"
    is 'the user, made by systemd-sysusers' "$(getent passwd dcddns | cut -d: -f1,6,7)" \
        dcddns:/var/lib/dcddns:/usr/sbin/nologin
    is 'and its state' "$(stat -c '%a %U %G' /var/lib/dcddns)" '700 dcddns dcddns'
    apt purge dcddns
}

install_them || not_ok 'installing'
use_them
remove_a_module_in_use
reinstall
under_systemd
purge_them
user_by_sysusers
echo 'the end'
