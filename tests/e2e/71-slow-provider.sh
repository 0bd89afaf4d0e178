# A provider that thinks for twelve seconds is waited for: nothing is sent twice, no token is lost.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
write_config
setup "$NAME"
ctl clear
ctl expire
ctl set grace 0
ctl delay token 12000 1
ctl delay apply 12000 1
ctl address 8.8.4.4
expect 0 update
check_record "$NAME" A 8.8.4.4
is 'refreshes' "$(stat_of refreshes)" 1
is 'old tokens sent' "$(stat_of reuses)" 0
is 'applies' "$(sandbox_log ' apply POST 202' | wc -l)" 1
