# A name whose DNS provider has no Domain Connect; a zone that is listed but not served.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
write_config
ctl unrecord _domainconnect TXT
expect 2 setup --no-browser "$NAME"
has 'the words' "$ERR" 'Domain Connect'
ctl record _domainconnect TXT "\"dc.sandbox.test:$HTTPS_PORT\""
ctl fail settings 404 9
expect 2 setup --no-browser "$NAME"
ctl fail settings 500 1
expect 1 setup --no-browser "$NAME"
[ ! -e "$STATE" ] || fail 'a state directory was left'
ctl fail settings 404 0
setup "$NAME"
