# status --json has its documented members, whatever there is to tell.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
write_config
is 'schema' "$(json .schema)" 1
is 'hosts' "$(json '.hosts | length')" 0
expect 0 status
has 'without hosts' "$OUT" 'dcddns setup NAME'
[ ! -e "$STATE" ] || fail 'status made a state directory'
setup "$NAME" --ipv4 --ipv6
add_host "bare.$ZONE" 'ipv4 = yes'
is 'top' "$(json 'keys | join(" ")')" 'daemon_pid daemon_since_at_ms hosts live schema taken_at_ms unsaved_tokens version'
is 'host' "$(json '.hosts[1] | keys | join(" ")')" \
    'checked_at_ms error_class failures grant grant_state ipv4 ipv6 name next_at_ms next_check_at_ms state success_at_ms'
is 'family' "$(json '.hosts[1].ipv6 | keys | join(" ")')" \
    'lost_at_ms observed observed_at_ms published published_at_ms source'
is 'grant' "$(json '.hosts[1].grant | keys | join(" ")')" \
    'control_panel days_left granted_at_ms hosts needs_consent provider refreshed_at_ms template zone'
is 'values' "$(json '.hosts[1] | [.name, .state, .ipv4.published, .ipv6.published, .grant.zone, .grant.template] | join(" ")')" \
    "$NAME current $V4 $V6 $ZONE dynamicdns-v2"
has 'page of the records' "$(json '.hosts[1].grant.control_panel')" "/panel?domain=$ZONE"
is 'the bare one' "$(json '.hosts[0] | [.name, .state, .grant] | map(tostring) | join(" ")')" "bare.$ZONE new null"
age=$(($(now_ms) - $(json '.hosts[1].ipv4.published_at_ms')))
((age >= 0 && age < 60000 * E2E_SCALE)) || fail "published $age ms ago"
expect 0 status
has 'for people' "$OUT" 'The daemon does not run.'
has 'for people' "$OUT" "grant none; run: dcddns setup bare.$ZONE"
# What cannot be read is no "nothing there".
for file in "$STATE/grants/$NAME"/record*; do
    echo damaged >"$file"
done
expect 1 status --json
has 'the grant' "$ERR" "$NAME"
expect 1 status
has 'the grant' "$OUT" 'grant cannot be read'
mv "$STATE" "$W/elsewhere"
echo 'in the way' >"$STATE"
for option in '' --json; do
    # shellcheck disable=SC2086 # one option or none
    expect 1 status $option
    has 'the reason' "$ERR" "$STATE"
    is 'output' "$OUT" ''
done
rm "$STATE"
