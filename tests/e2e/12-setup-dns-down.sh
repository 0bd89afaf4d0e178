# DNS that does not answer is no verdict on the name: exit 1.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
real=$DNS
DNS=127.0.0.1:1
write_config
expect 1 setup --no-browser "$NAME"
has 'the words' "$ERR" 'no DNS server answered'
[ ! -e "$STATE" ] || fail 'a state directory was left'
DNS=$real
write_config
setup "$NAME"
