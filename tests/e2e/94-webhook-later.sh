# A receiver that is away: what happened meanwhile is posted when it is back, in order.
. "${BASH_SOURCE%/*}/lib.sh"
cat >"$W/hook.py" <<'END'
import http.server, json, os, sys, time
class Hook(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with open(sys.argv[2], "a") as log:
            log.write(f"{body['event']} {body['after']}\n")
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()
    def log_message(self, *args):
        pass
# Its port is nobody else's from now on, and nobody listens there until it is told to.
server = http.server.HTTPServer(("127.0.0.1", 0), Hook, bind_and_activate=False)
server.server_bind()
with open(sys.argv[1] + ".part", "w") as file:
    file.write(str(server.server_port))
os.rename(sys.argv[1] + ".part", sys.argv[1])
while not os.path.exists(sys.argv[3]):
    time.sleep(0.05)
server.server_activate()
server.serve_forever()
END
python3 "$W/hook.py" "$W/port" "$W/posted" "$W/listen" &
receiver=$!
wait_for 10 'a port' test -s "$W/port"
port=$(<"$W/port")
start_sandbox
write_config 'notifiers = webhook'
printf '\n[notifier webhook]\nurl = http://127.0.0.1:%s/\n' "$port" >>"$CONF"
setup "$NAME"
start_daemon
ctl address 8.8.4.4
kick_until 15 'the record follows' record_is "$NAME" A 8.8.4.4
wait_for 60 'it will be tried again' said 'event daemon.started not delivered (it will be tried again)'
: >"$W/listen"
posted() { grep -q -- "$1" "$W/posted"; }
wait_for 60 'the change is posted' posted "^update.applied 8.8.4.4$"
is 'in order' "$(head -2 "$W/posted" | cut -d' ' -f1 | paste -sd' ')" 'daemon.started update.applied'
wait_for 5 'it works again' said 'notifier webhook works again'
is 'lines about it' "$(said_times 'not delivered')" 1
stop_daemon
posted '^daemon.stopping' || fail 'the end was not posted'
kill "$receiver"
wait "$receiver" 2>/dev/null
:
