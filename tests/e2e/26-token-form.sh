# A token endpoint that reads form only: found at setup, remembered, kept by the refresh.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
ctl set token-encoding form
write_config
setup "$NAME"
ctl clear
for address in 8.8.4.4 8.8.8.8; do
    ctl expire
    ctl address $address
    expect 0 update
    check_record "$NAME" A $address
done
is 'token requests' "$(stat_of requests.token)" 2
is 'refreshes' "$(stat_of refreshes)" 2
is 'encoding' "$(sandbox_log ' token POST' | grep -c 'encoding=form ')" 2
