# A family that is not seen any more: kept, told, left out after its time, and back; at a provider
# that keeps to the conflict rules and at one that does not.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
write_config 'on-lost-family = remove-after 2 h'
setup "$NAME" --ipv4 --ipv6
ctl address none6
RECORDS=$STATE/records.json
lost() { jq -r ".. | objects | select(has(\"lost_rounds\")) | .lost_$1" "$RECORDS"; }
# been_lost MINUTES: as if that much of it had passed
been_lost() {
    jq --argjson ms $(($1 * 60000)) '(.. | objects | select(has("lost_rounds"))).lost_for_ms = $ms' \
        "$RECORDS" >"$W/records" && cat "$W/records" >"$RECORDS"
}
ctl clear
for i in 1 2 3; do
    expect 0 update
    is 'rounds without IPv6' "$(lost rounds)" $i
done
been_lost 119
expect 0 update
has 'the event' "$ERR" "$NAME: no IPv6 address for 119 min"
has 'the event' "$ERR" "AAAA record stays $V6 and is left out after 2 h"
is 'applies before the time' "$(stat_of requests.apply)" 0
check_record "$NAME" AAAA "$V6"
expect 0 update
lacks 'told once' "$ERR" 'is left out after'
# The other family changes before: both go.
ctl address 8.8.4.4
expect 0 update
has 'the apply' "$(sandbox_log ' apply POST')" "IPv4=8.8.4.4 IPv6=$V6 groupId=IPv4,IPv6"
# Two hours: the family is left out, and this provider removes it.
been_lost 121
ctl clear
expect 0 update
has 'the apply' "$(sandbox_log ' apply POST')" 'IPv4=8.8.4.4 groupId=IPv4'
check_record "$NAME" AAAA ''
check_record "$NAME" A 8.8.4.4
is 'what is published' "$(json '.hosts[0].ipv6.published')" null
ctl clear
expect 0 update
is 'applies of what is gone' "$(stat_of requests.apply)" 0
ctl address "$V6"
expect 0 update
has 'the apply' "$(sandbox_log ' apply POST')" "IPv4=8.8.4.4 IPv6=$V6 groupId=IPv4,IPv6"
check_record "$NAME" AAAA "$V6"
# Both are lost for days: nothing is removed.
ctl address none4 none6
ctl clear
for i in 1 2 3 4; do dc update; done
is 'applies without any address' "$(stat_of requests.apply)" 0
check_record "$NAME" A 8.8.4.4
# A provider that treats families apart: the old record stays, and doctor shows it.
ctl address 8.8.4.4 none6
ctl set address-conflict off
for i in 1 2 3; do expect 0 update; done
been_lost 121
expect 0 update
expect 0 update
is 'what is published' "$(json '.hosts[0].ipv6.published')" null
check_record "$NAME" AAAA "$V6"
dc doctor "$NAME"
has 'doctor shows what stays' "$OUT" "$V6"
