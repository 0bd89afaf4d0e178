# Token endpoint down while the access token still lives: the apply goes out all the same.
. "${BASH_SOURCE%/*}/lib.sh"
unshare -T --boottime 1 true 2>/dev/null || skip 'time namespaces are not possible here'
start_sandbox
write_config
setup "$NAME"
ctl clear
ctl fail token 500 99
ctl address 8.8.4.4
WRAP=(unshare -T --boottime 3300 "${WRAP[@]}")
expect 0 update
check_record "$NAME" A 8.8.4.4
is 'order' "$(sandbox_log ' (apply|token) POST' | awk '{print $2 $4}' | xargs)" 'token500 apply202'
# Without a living access token it is a temporary failure, for ever, and no reason to consent again.
ctl expire
ctl address 8.8.8.8
for _ in 1 2 3 4 5; do
    expect 1 update --force
done
is 'needs consent' "$(json '.hosts[0].grant.needs_consent')" false
ctl fail token 500 0
expect 0 update --force
check_record "$NAME" A 8.8.8.8
