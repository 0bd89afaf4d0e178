# A rotated refresh token is on disk before its access token is used: killed in between, no consent
# is lost, even at a provider without any grace for the old one.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
write_config
setup "$NAME"
ctl set grace 0
start_daemon
ctl clear
ctl expire
ctl address 8.8.4.4
ctl delay apply 3000 2
kick_until 20 'the apply after the refresh' stat_at_least requests.apply 2
kill_daemon
is 'refreshes' "$(stat_of refreshes)" 1
ctl delay apply 0 0
ctl expire
ctl address 8.8.8.8
start_daemon
kick_until 20 'the record follows' record_is "$NAME" A 8.8.8.8
is 'refreshes' "$(stat_of refreshes)" 2
is 'old tokens sent' "$(stat_of reuses)" 0
is 'refusals' "$(stat_of refreshes_refused)" 0
stop_daemon
