# A token endpoint that reads one encoding only: found at setup, remembered, kept by the refresh.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
write_config
for encoding in form query json; do
    ctl set token-encoding $encoding
    setup "$NAME"
    ctl clear
    for address in 8.8.4.4 8.8.8.8; do
        ctl expire
        ctl address $address
        expect 0 update
        check_record "$NAME" A $address
    done
    is "$encoding: token requests" "$(stat_of requests.token)" 2
    is "$encoding: refreshes" "$(stat_of refreshes)" 2
    is 'encoding' "$(sandbox_log ' token POST' | grep -c "encoding=$encoding ")" 2
    if [ $encoding = query ]; then
        has 'the warning' "$ERR" 'only in the URL'
    else
        is "$encoding: secrets in URLs" "$(ctl log | grep -c 'secrets-in-url=yes')" 0
    fi
done
# The provider changes its mind: found again, and remembered again.
ctl set token-encoding form
ctl expire
ctl address 9.9.9.9
expect 0 update
ctl clear
ctl expire
expect 0 update --force
is 'token requests' "$(stat_of requests.token)" 1
