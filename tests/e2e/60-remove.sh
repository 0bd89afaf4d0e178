# remove takes the records back at the provider, then forgets; the daemon is told.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
write_config
setup "$NAME" --ipv4 --ipv6
setup --each "office.$ZONE"
start_daemon
expect 0 remove "$NAME"
has 'the words' "$OUT" 'took its records back'
check_record "$NAME" A ''
check_record "$NAME" AAAA ''
check_record "office.$ZONE" A "$V4"
[ ! -e "$W/etc/conf.d/$NAME.conf" ] || fail 'the host section is left'
[ ! -e "$STATE/grants/$NAME" ] || fail 'the grant is left'
is 'hosts in status' "$(json '[.hosts[].name] | join(" ")')" "office.$ZONE"
wait_for 10 'the reload' said '1 host'
cycles 2
check_record "$NAME" A ''
stop_daemon
expect 2 remove "$NAME"
has 'once more' "$ERR" 'neither configured nor granted'
grep -rqs "$NAME" "$STATE" && fail 'the state still knows the name'
setup "$NAME"
check_record "$NAME" A "$V4"
