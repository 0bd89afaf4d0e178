# An A record of somebody else at the very host: replaced with force=1, once.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
write_config
ctl record home A 9.9.9.9
setup "$NAME"
check_record "$NAME" A "$V4"
is 'applies' "$(sandbox_log ' apply POST' | awk '{print $4}' | xargs)" '409 202'
is 'forced' "$(sandbox_log ' apply POST' | grep -c 'force=1')" 1
ctl address 8.8.4.4
expect 0 update
is 'forced later' "$(sandbox_log ' apply POST' | grep -c 'force=1')" 1
