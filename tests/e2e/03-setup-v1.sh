# A provider that has only the v1 template: IPv4 works, IPv6 is refused before consent.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
ctl set templates v1
write_config
expect 2 setup --no-browser --ipv6 "$NAME"
has 'the refusal' "$ERR" 'only the IPv4 template'
is 'consent pages shown' "$(grep -c ^https <<<"$OUT")" 0
[ ! -e "$STATE" ] || fail 'a refused setup left a state directory'
setup "$NAME"
has 'the consent URL' "$URL" 'scope=dynamicdns&'
check_record "$NAME" A "$V4"
has 'the apply' "$(sandbox_log ' apply POST 202')" "IP=$V4"
lacks 'the apply' "$(sandbox_log ' apply POST 202')" groupId
ctl address 8.8.4.4
expect 0 update
check_record "$NAME" A 8.8.4.4
