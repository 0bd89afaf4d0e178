# A provider that has not onboarded the template.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
ctl set templates none
write_config
expect 2 setup --no-browser "$NAME"
has 'the words' "$ERR" template
is 'consent pages' "$(stat_of requests.consent)" 0
[ ! -e "$STATE" ] || fail 'a state directory was left'
# Not supported is one thing, broken another: then consent decides.
ctl set templates both
ctl fail template 500 9
setup "$NAME"
