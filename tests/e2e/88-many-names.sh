# update, check and status of more names than one request to the daemon has room for.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
write_config
setup "$NAME"
long=$(printf 'long%.0s' {1..15})
names=()
for i in {1..40}; do
    names+=("$long$i.$long.$ZONE")
    add_host "${names[-1]}" 'ipv4 = yes'
done
names+=("$NAME") # in the last request
start_daemon
cycles 1

expect 0 check "${names[@]}"
has 'all of them' "$OUT" 'the addresses of 41 hosts now'
ctl clear
expect 2 -v update --force "${names[@]}"
is 'applies' "$(stat_of requests.apply)" 1
has 'published' "$OUT" "$NAME: published $V4"
is 'without consent' "$(grep -c 'no consent was given' <<<"$ERR")" 40
lacks 'who does it' "$ERR" 'cannot be asked'
expect 0 status --json "${names[@]:1}"
is 'hosts' "$(jq '.hosts | length' <<<"$OUT")" 40
is 'of the daemon' "$(jq .live <<<"$OUT")" true
lacks 'not asked for' "$OUT" "${names[0]}"
expect 2 status "${names[@]}" "third.$ZONE"
has 'the name' "$ERR" "third.$ZONE is not configured in the running daemon"
expect 2 check "${names[@]}" "third.$ZONE"
has 'the name' "$ERR" "third.$ZONE is not configured in the running daemon"
expect 64 check "${names[@]}" printer
expect 64 status "${names[@]}" printer
expect 64 update "${names[@]}" printer
stop_daemon
