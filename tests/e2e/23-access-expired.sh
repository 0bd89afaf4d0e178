# The provider ends the access token early: 401, exactly one refresh, then applied.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
write_config
setup "$NAME"
start_daemon
ctl clear
ctl expire
ctl address 8.8.4.4
kick_until 15 'the record follows' record_is "$NAME" A 8.8.4.4
cycles 1
is 'refreshes' "$(stat_of refreshes)" 1
is 'token requests' "$(stat_of requests.token)" 1
is 'order' "$(sandbox_log ' (apply|token) POST' | awk '{print $2 $4}' | xargs)" 'apply401 token200 apply202'
stop_daemon
