# A new address: exactly one apply with the right parameters, the record follows, the log says so.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
write_config
setup "$NAME"
start_daemon
ctl clear
ctl address 8.8.4.4
kick_until 15 'the record follows' record_is "$NAME" A 8.8.4.4
wait_for 5 'the event' said "A record changed from $V4 to 8.8.4.4"
cycles 2
is 'applies' "$(stat_of requests.apply)" 1
line=$(sandbox_log ' apply POST')
for part in 'service=dynamicdns-v2' "domain=$ZONE" 'host=home' 'IPv4=8.8.4.4' 'groupId=IPv4'; do
    has 'the apply' "$line" "$part"
done
lacks 'the apply' "$line" force
is 'token requests' "$(stat_of requests.token)" 0
is 'TTL' "$(kdig +noall +answer @127.0.0.1 -p "${DNS#*:}" "$NAME" A | awk '{print $2}')" 60
stop_daemon
is 'published' "$(json '.hosts[0].ipv4.published')" 8.8.4.4
is 'observed' "$(json '.hosts[0].ipv4.observed')" 8.8.4.4
is 'source' "$(json '.hosts[0].ipv4.source')" http-echo
