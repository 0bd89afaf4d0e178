# One plugin that was built outside of the tree as the source of a real update: consent, record, a
# new address that the record follows. Started by test_sdk.sh, which names the plugin by the last
# part of the folder: update-NAME, update-NAME-http.
# shellcheck shell=bash disable=SC2119 # functions of lib.sh without arguments
. "${BASH_SOURCE%/*}/../e2e/lib.sh"
case=${W##*/update-}
source=${case%-http}
PAGES=$W/pages
WEB=
PASSWORD='open sesame, 1 2 3'
(umask 077 && echo "$PASSWORD" >"$W/password")

# The status page of a router, on a port of its own; brightbox asks for a login.
start_web() {
    mkdir -p "$PAGES"
    [ "$source" != brightbox ] || LOGIN="Basic $(printf 'admin:%s' "$PASSWORD" | base64)"
    cat >"$W/web.py" <<'END'
import functools
import http.server
import os
import sys


class Router(http.server.SimpleHTTPRequestHandler):
    def do_GET(self):
        if os.environ.get("LOGIN") and self.headers["Authorization"] != os.environ["LOGIN"]:
            self.send_error(401)
        else:
            super().do_GET()


handler = functools.partial(Router, directory=sys.argv[1])
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
print("port", server.server_port, flush=True)
server.serve_forever()
END
    LOGIN=${LOGIN:-} python3 "$W/web.py" "$PAGES" >"$W/web.out" 2>"$W/web.err" &
    WEB=$!
    wait_for 10 'the web server' grep -q '^port [0-9]' "$W/web.out"
    WEB_URL=http://127.0.0.1:$(sed -n 's/^port //p' "$W/web.out")
}

# line_has ADDRESS: what the plugin is to find
line_has() {
    case $case in
    filewatch) echo "$1" >"$W/address" ;;
    addrfile) echo "$1" >"$W/address.new" && mv "$W/address.new" "$W/address" ;;
    brightbox) ctl echo echo1 "<td>WAN address:</td><td>$1</td>" ;;
    brightbox-http) echo "<tr><td>WAN address:</td><td>$1</td></tr>" >"$PAGES/status" ;;
    mybox-http) echo "$1" >"$PAGES/status" ;;
    firstline-http) printf '%s\nthe rest\n' "$1" >"$PAGES/status" ;;
    esac
}

options() {
    case $case in
    addrfile | filewatch) echo "file = $W/address" ;;
    brightbox) echo "url = https://echo1.sandbox.test:$HTTPS_PORT/ip" ;;
    brightbox-http) printf '%s\n' "url = $WEB_URL/status" 'user = admin' "password-file = $W/password" ;;
    mybox-http) echo "url = $WEB_URL/status" ;;
    firstline-http) echo "url4 = $WEB_URL/status" ;;
    esac
}

# reads ADDRESS: filewatch has found it in its file, and once more after confirm-delay
reads() { [ "$(said_times "filewatch: file: its last line is \"$1\"")" -ge 2 ]; }

start_sandbox
[ "$case" = "$source" ] || start_web
line_has 93.184.216.35
others=()
[ "$case" != filewatch ] || others=('auth = shared' 'notifiers = append')
write_config "plugin-path = $SDK_PLUGINS, $E2E_PREFIX/lib/dcddns" "sources = $source" "${others[@]}"
[ "$case" != filewatch ] || printf '\n[notifier append]\nfile = %s\n' "$W/events" >>"$CONF"
printf '\n[ip-source %s]\n%s\n' "$source" "$(options)" >>"$CONF"
expect 0 check-config
setup "$NAME"
check_record "$NAME" A 93.184.216.35
if [ "$case" = filewatch ]; then # a hint must do: the interval is a minute
    start_daemon -v
    line_has 93.184.216.36
    wait_for 15 'the record follows the hint' record_is "$NAME" A 93.184.216.36
    # The record changes once a minute, but every hint is heard.
    for last in 37 38; do # the second shows that the watch has survived the first
        echo "93.184.216.$last" >"$W/address.new" && mv "$W/address.new" "$W/address"
        wait_for 15 'the file that mv put there is read' reads "93.184.216.$last"
    done
    exec {log}>>"$W/address" # as a logger, which never closes it
    for last in 39 40; do
        echo "93.184.216.$last" >&"$log"
        wait_for 15 'the line that was appended is read' reads "93.184.216.$last"
    done
    exec {log}>&-
    line_has 93.184.216.36
    kill -HUP "$DAEMON"
    wait_for 10 'the reload' said 'configuration reloaded'
    stop_daemon
    for id in daemon.started update.applied config.reloaded daemon.stopping; do
        grep -qE "^[0-9]{13} $id " "$W/events" || fail "no $id in: $(cat "$W/events")"
    done
    expect 0 update --force # a slow machine may have come to one of the others
else
    line_has 93.184.216.36
    expect 0 update --force
fi
check_record "$NAME" A 93.184.216.36
is 'source' "$(json '.hosts[0].ipv4.source')" "$source"
if [ "$case" = brightbox-http ]; then
    (umask 077 && echo wrong >"$W/password")
    dc -v update
    [ "$STATUS" -ne 0 ] || fail 'a wrong password goes unnoticed'
    has 'the words' "$ERR" 'asks for a login (status 401)'
    ! grep -rF -e "$PASSWORD" -e "${LOGIN#Basic }" "$LOGS" || fail 'a password is in the logs'
fi
if [ -n "$WEB" ]; then
    kill "$WEB"
    wait "$WEB"
    expect 1 update
    has 'the words' "$ERR" "$source: "
    has 'the host' "$ERR" 127.0.0.1
fi
