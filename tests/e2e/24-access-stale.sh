# An access token that is over its time is refreshed before the apply, not after a 401.
. "${BASH_SOURCE%/*}/lib.sh"
unshare -T --boottime 1 true 2>/dev/null || skip 'time namespaces are not possible here'
start_sandbox
write_config
setup "$NAME"
ctl clear
ctl address 8.8.4.4
WRAP=(unshare -T --boottime 4000 "${WRAP[@]}")
expect 0 update
check_record "$NAME" A 8.8.4.4
is 'order' "$(sandbox_log ' (apply|token) POST' | awk '{print $2 $4}' | xargs)" 'token200 apply202'
