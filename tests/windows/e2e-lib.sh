# shellcheck shell=bash disable=SC2034,SC2154,SC2317 # for tests/e2e/lib.sh and the scenarios
# What is done in another way with dcddns.exe under Wine. tests/e2e/lib.sh sources it.
#
# Paths: Windows calls /tmp/x Z:/tmp/x. So that both systems mean the same file by the same words, a
# scenario runs in its own folder, where Z: is a link to /.
ln -s / "$E2E_WORK/Z:"
cd "$E2E_WORK" || exit 1
W=Z:$E2E_WORK
E2E_PREFIX=Z:$E2E_PREFIX

# Called when all words of lib.sh are known.
use_system() {
    NOTIFIER=eventlog
    COMMANDS=15 # and service
    ROOT_NAME='an administrator'

    eval "unix_$(declare -f start_sandbox)"
    start_sandbox() {
        unix_start_sandbox "$@"
        CA=Z:$CA
    }

    # SIGINT arrives as Ctrl-C; what other signals do is asked for at the control pipe.
    kill() {
        case $1 in
        -TERM) command kill -INT "${@:2}" ;;
        -HUP) "$BIN" --config "$CONF" reload >/dev/null 2>&1 </dev/null ;;
        *) command kill "$@" ;;
        esac
    }
    check_now() { "$BIN" --config "$CONF" check >/dev/null 2>&1 </dev/null; }
    daemon_pid() { tr -cd 0-9 <"$STATE/daemon.pid"; }

    # Wine shows access rights as a mode; whether others have any is right in it.
    check_mode() { is "rights of others to $1" "$(($(stat -c %a "$1") % 10))" $(($2 % 10)); }
}
