# device of a host: a name that does not exist is said, and nothing is published by another way.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
write_config
setup "$NAME"
ctl clear
ctl address 8.8.4.4
file=$W/etc/conf.d/$NAME.conf
echo 'device = nosuchdev0' >>"$file"
expect 1 update
has 'the error' "$ERR$OUT" nosuchdev0
is 'applies' "$(stat_of requests.apply)" 0
check_record "$NAME" A "$V4"
sed -i 's/nosuchdev0/lo/' "$file"
dc update
[ "$STATUS" = 0 ] || skip "no right to bind to a device: $ERR"
check_record "$NAME" A 8.8.4.4
