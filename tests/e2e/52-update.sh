# update: one cycle; --force; names; nothing configured.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
write_config
expect 2 update
has 'without hosts' "$ERR" 'dcddns setup'
setup "$NAME"
setup "office.$ZONE"
ctl clear
expect 0 update --force "$NAME"
is 'applies' "$(stat_of requests.apply)" 1
has 'what it prints' "$OUT" "$NAME: published $V4"
lacks 'what it prints' "$OUT" office
expect 0 update --force
is 'applies' "$(stat_of requests.apply)" 3
expect 2 update "third.$ZONE"
has 'the words' "$ERR" "third.$ZONE is not configured"
has 'the command' "$ERR" "dcddns setup third.$ZONE"
expect 64 update not..a..name
ctl address 8.8.4.4
expect 0 update "HOME.$ZONE."
check_record "$NAME" A 8.8.4.4
check_record "office.$ZONE" A "$V4"
# One fails, the other goes on; the worst counts.
ctl fail apply 500 1
ctl address 8.8.8.8
expect 1 update
is 'records' "$( (dig "$NAME" A; dig "office.$ZONE" A) | grep -c 8.8.8.8)" 1
# A host section without consent.
add_host "bare.$ZONE" 'ipv4 = yes'
expect 2 update "bare.$ZONE"
has 'without a grant' "$ERR" "dcddns setup bare.$ZONE"
