# Events are posted: JSON, a template, with a secret from a file that appears nowhere else.
. "${BASH_SOURCE%/*}/lib.sh"
python3 - "$W/port" "$PRIVATE/posted" <<'END' &
import http.server, sys
class Hook(http.server.BaseHTTPRequestHandler):
    fails = 2
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        busy = self.path == "/busy" and Hook.fails > 0
        Hook.fails -= busy
        with open(sys.argv[2], "a") as log:
            log.write(f"{self.path} {self.headers['Content-Type']} {self.headers['X-Key']} {503 if busy else 200} {body}\n")
        self.send_response(503 if busy else 403 if self.path.startswith("/no") else 200)
        page = f"<p>{self.path} was here</p>" * 1000
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page.encode())
    def log_message(self, *args):
        pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hook)
with open(sys.argv[1], "w") as port:
    port.write(f"{server.server_port}\n")
server.serve_forever()
END
receiver=$!
wait_for 10 'the receiver' test -s "$W/port"
port=$(cat "$W/port")
umask 077
echo 'hook-secret-1234567890' >"$PRIVATE/key"
umask 022
start_sandbox
write_config 'notifiers = json, text, busy, no'
for name in json text busy no; do
    path=$name
    [ $name != no ] || path=no?hook-path-9876543210
    printf '\n[notifier %s]\nmodule = webhook\nurl = http://127.0.0.1:%s/%s\n' $name "$port" "$path"
done >>"$CONF"
sed -i "/^url = .*\/text/a content-type = text/plain\nbody = {record} now {after} ({family})\nheaders = X-Key: {secret}\nsecret-file = $PRIVATE/key" "$CONF"
setup "$NAME"
start_daemon
ctl address 8.8.4.4
kick_until 15 'the record follows' record_is "$NAME" A 8.8.4.4
posted() { grep -qE -- "$1" "$PRIVATE/posted"; }
wait_for 10 'the template' posted "^/text text/plain hook-secret-1234567890 200 $NAME now 8.8.4.4 \(4\)$"
wait_for 10 'the JSON' posted '^/json application/json None 200 .*"event":"update.applied"'
line=$(grep -E '^/json .*update.applied' "$PRIVATE/posted" | tail -1)
is 'the JSON' "$(jq -r '[.event, .record, .after, .level, .source] | join(" ")' <<<"${line#*200 }")" \
    "update.applied $NAME 8.8.4.4 notice http-echo"
wait_for 15 'tries again' posted '^/busy .* 200 '
is 'failed tries' "$(grep -c '^/busy .* 503 ' "$PRIVATE/posted")" 2
wait_for 10 'the refusal is said' said 'the receiver answered with status 403'
has 'the refusal' "$(grep 'status 403' "$LOGS/daemon.log")" 'check url, headers, body and secret'
stop_daemon
posted '^/json .*"event":"daemon.stopping"' || fail 'the last event was not posted'

# Plain HTTP stays in the own network, and a secret that others can read is refused.
sed -i "s|^url = .*/no?.*$|url = http://192.0.2.1/no|" "$CONF"
start_daemon
wait_for 15 'no plain HTTP' said '192.0.2.1 is not in the own network and was not contacted without TLS'
stop_daemon
chmod 644 "$PRIVATE/key"
expect 2 update
has 'the error' "$ERR" "secret-file: $PRIVATE/key must belong to $ROOT_NAME "
expect 0 modules show webhook
has 'the manual' "$OUT" 'secret; or secret-file = PATH'
echo hook-secret-1234567890 >>"$PRIVATE/secrets"
ctl secrets | grep . >>"$PRIVATE/secrets"
is 'posts of one event' "$(grep -c '^/json .*"event":"update.applied".*8.8.4.4' "$PRIVATE/posted")" 1
found=$(grep -rlF -e hook-secret-1234567890 -e hook-path-9876543210 "$LOGS" "$STATE")
[ -z "$found" ] || fail "the secret is in: $found"
kill "$receiver"
wait "$receiver" 2>/dev/null
:
