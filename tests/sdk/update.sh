# One plugin that was built outside of the tree as the source of a real update: consent, record, a
# new address that the record follows. Started by test_sdk.sh, which names the plugin by the last
# part of the folder: update-NAME, update-NAME-http.
# shellcheck shell=bash disable=SC2119 # functions of lib.sh without arguments
. "${BASH_SOURCE%/*}/../e2e/lib.sh"
case=${W##*/update-}
source=${case%-http}
PAGES=$W/pages
WEB=

# The status page of a router, on a port of its own.
start_web() {
    mkdir -p "$PAGES"
    python3 -u -m http.server --bind 127.0.0.1 --directory "$PAGES" 0 >"$W/web.out" 2>"$W/web.err" &
    WEB=$!
    wait_for 10 'the web server' grep -q 'port [0-9]' "$W/web.out"
    WEB_URL=http://127.0.0.1:$(sed -n 's/.* port \([0-9]*\).*/\1/p' "$W/web.out")
}

# line_has ADDRESS: what the plugin is to find
line_has() {
    case $case in
    addrfile) echo "$1" >"$W/address.new" && mv "$W/address.new" "$W/address" ;;
    brightbox) ctl echo echo1 "<td>WAN address:</td><td>$1</td>" ;;
    brightbox-http) echo "<tr><td>WAN address:</td><td>$1</td></tr>" >"$PAGES/status" ;;
    firstline-http) printf '%s\nthe rest\n' "$1" >"$PAGES/status" ;;
    esac
}

options() {
    case $case in
    addrfile) echo "file = $W/address" ;;
    brightbox) echo "url = https://echo1.sandbox.test:$HTTPS_PORT/ip" ;;
    brightbox-http) echo "url = $WEB_URL/status" ;;
    firstline-http) echo "url4 = $WEB_URL/status" ;;
    esac
}

start_sandbox
[ "$case" = "$source" ] || start_web
line_has 93.184.216.35
write_config "plugin-path = $SDK_PLUGINS, $E2E_PREFIX/lib/dcddns" "sources = $source"
printf '\n[ip-source %s]\n%s\n' "$source" "$(options)" >>"$CONF"
expect 0 check-config
setup "$NAME"
check_record "$NAME" A 93.184.216.35
line_has 93.184.216.36
expect 0 update --force
check_record "$NAME" A 93.184.216.36
is 'source' "$(json '.hosts[0].ipv4.source')" "$source"
if [ -n "$WEB" ]; then
    kill "$WEB"
    wait "$WEB"
    expect 1 update
    has 'the words' "$ERR" "$WEB_URL/status"
fi
