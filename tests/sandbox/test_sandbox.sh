#!/bin/bash
# Drives a built dcddns-sandbox from outside: curl, kdig, ctl. Must not know its sources.
# usage: test_sandbox.sh PROGRAM        needs curl, kdig, openssl, ss
set -u
B=$(realpath "${1:?usage: test_sandbox.sh PROGRAM}")
WORK=$(mktemp -d)
D=$WORK/box
passed=0
failed=0
T='/v2/domainTemplates/providers/domainconnect.org'
CODE_PAGE='https://dynamicdns.domainconnect.org/ddnscode'

ok() { passed=$((passed + 1)); echo "ok - $1"; }
not_ok() { failed=$((failed + 1)); echo "not ok - $1"; [ $# -lt 2 ] || echo "#   $2" | head -5; }
# check NAME COMMAND...: the command succeeds
check() { local n=$1; shift; if "$@" >"$WORK/out" 2>&1; then ok "$n"; else not_ok "$n" "$(cat "$WORK/out")"; fi; }
refuse() { local n=$1; shift; if "$@" >"$WORK/out" 2>&1; then not_ok "$n" "$(cat "$WORK/out")"; else ok "$n"; fi; }
is() { if [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1" "got '$2', wanted '$3'"; fi; }
has() { case $2 in *"$3"*) ok "$1" ;; *) not_ok "$1" "no '$3' in: $2" ;; esac; }
lacks() { case $2 in *"$3"*) not_ok "$1" "'$3' in: $2" ;; *) ok "$1" ;; esac; }

ctl() { "$B" ctl --dir "$D" "$@"; }
web() { curl -sS --max-time 15 --cacert "$CA" --resolve "*:$HTTPS_PORT:127.0.0.1" "$@"; }
status() { web -o /dev/null -w '%{http_code}' "$@"; }
ask() { kdig +timeout=3 +retry=0 @127.0.0.1 -p "${DNS#*:}" "$@"; }
zone() { ctl zone; }
field() { sed -n "s/.*\"$1\":[[:space:]]*\"\{0,1\}\([^\",}]*\).*/\1/p" | head -1; }
enc() { local s=$1 o='' c; while [ -n "$s" ]; do c=${s:0:1}; s=${s:1}; case $c in [A-Za-z0-9._~-]) o=$o$c ;; *) o=$o$(printf '%%%02X' "'$c") ;; esac; done; printf %s "$o"; }

# url HOSTS [EXTRA]: a consent URL
url() { echo "$CONSENT$T?client_id=domainconnect.org&scope=dynamicdns%20dynamicdns-v2&domain=$ZONE&host=$1&redirect_uri=$(enc "$CODE_PAGE")&state=st-42&IPv4=1.2.3.4&IPv6=2600::1${2:-}"; }
code_for() { ctl approve "$(url "$@")" | sed -n 's/^code=//p'; }
token() { web "$API/v2/oauth/access_token" "$@"; }
form() { token -d client_id=domainconnect.org -d client_secret=inconceivable "$@"; }
exchange() { form -d grant_type=authorization_code -d redirect_uri="$CODE_PAGE" -d "code=$1"; }
refresh() { form -d grant_type=refresh_token -d "refresh_token=$1"; }
# apply SERVICE PARAMS: status; the body is in $WORK/body
apply() { web -o "$WORK/body" -w '%{http_code}' -X POST -H "Authorization: Bearer $ACCESS" "$API$T/services/$1/apply?domain=$ZONE&$2"; }
revert() { web -o "$WORK/body" -w '%{http_code}' -X POST -H "Authorization: Bearer $ACCESS" "$API$T/services/$1/revert?domain=$ZONE&$2"; }
grant() { local answer; answer=$(exchange "$(code_for "$@")"); ACCESS=$(echo "$answer" | field access_token); REFRESH=$(echo "$answer" | field refresh_token); }

start() {
    "$B" run --dir "$D" "$@" >"$WORK/run.out" 2>"$WORK/run.err" &
    PID=$!
    for _ in $(seq 100); do [ -f "$D/sandbox.env" ] && break; sleep 0.1; done
    # shellcheck source=/dev/null
    . "$D/sandbox.env"
    API=https://api.sandbox.test:$HTTPS_PORT
    CONSENT=https://consent.sandbox.test:$HTTPS_PORT
    DC=https://dc.sandbox.test:$HTTPS_PORT
}
trap 'kill "$PID" 2>/dev/null; wait "$PID" 2>/dev/null; rm -rf "$WORK"' EXIT

command_line() {
    check 'help' "$B" --help
    check 'run help' "$B" run --help
    check 'version' "$B" --version
    has 'ctl help lists the commands' "$("$B" ctl --help)" 'unrecord NAME TYPE'
    "$B" >/dev/null 2>&1; is 'no subcommand is usage' $? 64
    "$B" run --https-port 70000 >/dev/null 2>&1; is 'a wrong port is usage' $? 64
    "$B" run --zone sandbox.test >/dev/null 2>&1; is 'the own zone is refused' $? 64
    "$B" ctl --dir "$WORK" zone >/dev/null 2>&1; is 'ctl without a sandbox is refused' $? 1
    ctl nonsense >/dev/null 2>&1; is 'an unknown command is usage' $? 64
    ctl set async >/dev/null 2>&1; is 'too few arguments are usage' $? 64
    ctl set async maybe >/dev/null 2>&1; is 'a wrong value is refused' $? 1
    "$B" run --dir "$D" >/dev/null 2>&1; is 'a second sandbox in the folder is refused' $? 1
    check 'the first one is not harmed by it' test -S "$D/ctl.sock"
    is 'the folder is private' "$(stat -c %a "$D")" 700
    is 'the socket is private' "$(stat -c %a "$D/ctl.sock")" 600
    lacks 'no private key in the folder' "$(cat "$D"/*.pem)" 'PRIVATE'
}

only_loopback() {
    local lines others
    lines=$(ss -Hltnup | grep "pid=$PID,")
    others=$(echo "$lines" | awk '{print $5}' | grep -v -e '^127\.0\.0\.1:' -e '^\[::1\]:')
    is 'listens on loopback only' "$others" ''
    is 'listens on all its ports' "$(echo "$lines" | wc -l)" "$([ "$IPV6" = yes ] && echo 6 || echo 4)"
}

dns() {
    is 'TXT of discovery' "$(ask "_domainconnect.$ZONE" TXT +short)" "\"dc.sandbox.test:$HTTPS_PORT\""
    is 'the same over TCP' "$(ask +tcp "_domainconnect.$ZONE" TXT +short)" "\"dc.sandbox.test:$HTTPS_PORT\""
    is 'A of the echo' "$(ask echo1.sandbox.test A +short)" 127.0.0.1
    is 'A of the code page' "$(ask dynamicdns.domainconnect.org A +short)" 127.0.0.1
    is 'NS' "$(ask "$ZONE" NS +short)" ns1.sandbox.test.
    has 'answers have AA' "$(ask "$ZONE" SOA)" 'Flags: qr aa rd;'
    has 'NXDOMAIN' "$(ask "nothing.$ZONE" A)" 'status: NXDOMAIN'
    has 'NXDOMAIN has the SOA' "$(ask "nothing.$ZONE" A)" 'AUTHORITY: 1'
    has 'NODATA' "$(ask "_domainconnect.$ZONE" A)" 'status: NOERROR'
    has 'NODATA has the SOA' "$(ask "_domainconnect.$ZONE" A)" 'ANSWER: 0; AUTHORITY: 1'
    has 'other names are REFUSED' "$(ask example.com A)" 'status: REFUSED'
    has 'AXFR is REFUSED' "$(ask +tcp "$ZONE" AXFR 2>&1)" 'REFUSED'
    ctl record a.b A 9.9.9.9
    has 'a name between is NODATA' "$(ask "b.$ZONE" A)" 'status: NOERROR'
    ctl unrecord a.b A
    ctl record alias CNAME "www.$ZONE."
    ctl record www A 9.9.9.9
    is 'CNAME is followed' "$(ask "alias.$ZONE" A +short | tr '\n' ' ')" "www.$ZONE. 9.9.9.9 "
    refuse 'a CNAME beside others is refused' ctl record www CNAME x.test.
    refuse 'broken data is refused' ctl record www A 9.9.9
    refuse 'names outside are refused' ctl record www.example.com. A 9.9.9.9
    ctl unrecord alias CNAME; ctl unrecord www A
    for i in $(seq 20); do ctl record big TXT "$(printf 'x%.0s' $(seq 60))$i"; done
    has 'a large answer is cut over UDP' "$(ask +noedns +ignore "big.$ZONE" TXT)" ' tc'
    is 'and whole over TCP' "$(ask +tcp "big.$ZONE" TXT +short | wc -l)" 20
    ctl unrecord big TXT
    ctl record multi TXT '"one" "two"'
    is 'TXT in several strings' "$(ask "multi.$ZONE" TXT +short)" '"one" "two"'
    ctl unrecord multi TXT
    # header with QR=1: silence, then a real question works
    exec 3<>"/dev/udp/127.0.0.1/${DNS#*:}"
    printf '\x12\x34\x80\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x01' >&3
    is 'an answer gets no answer' "$(timeout 1 dd bs=512 count=1 <&3 2>/dev/null | wc -c)" 0
    printf '\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x3f' >&3
    is 'garbage gets FORMERR' "$(timeout 2 dd bs=512 count=1 <&3 2>/dev/null | od -An -tx1 | tr -d ' \n')" 123481010000000000000000
    printf '\x12\x34\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x02Dc\x07sAndbox\x04tesT\x00\x00\x01\x00\x01' >&3
    is 'the spelling of the question is kept' "$(timeout 2 dd bs=512 count=1 <&3 2>/dev/null | tr -dc 'A-Za-z')" DcsAndboxtesT
    exec 3>&-
}

discovery() {
    local s
    s=$(web "$DC/v2/$ZONE/settings")
    is 'settings: providerId' "$(echo "$s" | field providerId)" sandbox.test
    has 'settings: urlAPI' "$s" "\"$API\""
    has 'settings: urlAsyncUX' "$s" "\"urlAsyncUX\":	\"$CONSENT\""
    is 'settings of another zone' "$(status "$DC/v2/example.com/settings")" 404
    ctl set async off
    lacks 'async off: no urlAsyncUX' "$(web "$DC/v2/$ZONE/settings")" urlAsyncUX
    is 'async off: no consent' "$(status "$(url www)")" 400
    ctl set async on
    is 'template v2' "$(status "$API$T/services/dynamicdns-v2")" 200
    is 'template v1' "$(status "$API$T/services/dynamicdns")" 200
    ctl set templates v1
    is 'templates v1: no v2' "$(status "$API$T/services/dynamicdns-v2")" 404
    ctl set templates both
    is 'other templates' "$(status "$API$T/services/other")" 404
    is 'other providers' "$(status "$API/v2/domainTemplates/providers/x/services/dynamicdns")" 404
    is 'other paths' "$(status "$API/whatever")" 404
    is 'a wrong method' "$(status "$API/v2/oauth/access_token")" 405
    is 'over ::1 as well' "$(curl -sS --cacert "$CA" -o /dev/null -w '%{http_code}' "https://[::1]:$HTTPS_PORT/panel")" "$([ "$IPV6" = yes ] && echo 200 || echo 000)"
    refuse 'the certificate is checked' curl -sS "https://localhost:$HTTPS_PORT/panel"
    head -c 70000 /dev/zero >"$WORK/large"
    is 'a large body' "$(status --data-binary "@$WORK/large" "$API/v2/oauth/access_token")" 413
    is 'a large body is read to its end' "$(web -o /dev/null -w '%{http_code} %{size_upload}' --limit-rate 50k --data-binary "@$WORK/large" "$API/v2/oauth/access_token")" '413 70000'
    is 'a large body is refused before it is sent' "$(web -o /dev/null -w '%{http_code} %{size_upload}' -H 'Expect: 100-continue' --expect100-timeout 10 --data-binary "@$WORK/large" "$API/v2/oauth/access_token")" '413 0'
    is 'a large chunked body' "$(status -H 'Transfer-Encoding: chunked' --data-binary "@$WORK/large" "$API/v2/oauth/access_token")" 413
}

consent_page() {
    local page id
    ctl record www A 9.9.9.9
    page=$(web "$(url 'www,,<b>')")
    has 'bad hosts are explained' "$page" 'not a list of host names'
    page=$(web "$(url 'www,,home' '&x=%3Cscript%3E')")
    has 'consent names the hosts' "$page" "home.$ZONE"
    has 'consent names the addresses' "$page" 2600::1
    has 'consent warns' "$page" 'Did you start this yourself?'
    has 'consent shows records in the way' "$page" 9.9.9.9
    lacks 'consent does not run scripts' "$page" '<script'
    ctl unrecord www A
    id=$(echo "$page" | sed -n 's/.*name="id" value="\([^"]*\)".*/\1/p')
    is 'approve redirects to the code page here' "$(web -o /dev/null -w '%{http_code} %{redirect_url}' -d "id=$id" -d decision=approve "$CONSENT/consent/decision" | sed 's/code=[^&]*/code=C/')" "303 $CONSENT/ddnscode?code=C&state=st-42"
    is 'a question is answered once' "$(status -d "id=$id" -d decision=approve "$CONSENT/consent/decision")" 400
    id=$(web "$(url www)" | sed -n 's/.*name="id" value="\([^"]*\)".*/\1/p')
    is 'decline redirects with error' "$(web -o /dev/null -w '%{redirect_url}' -d "id=$id" -d decision=decline "$CONSENT/consent/decision")" "$CONSENT/ddnscode?error=access_denied&error_description=user_cancel&state=st-42"
    has 'code page shows the code' "$(web "$DC/ddnscode?code=abc%3Cdef&state=s")" '>abc&lt;def<'
    has 'code page tells of declining' "$(web "$DC/ddnscode?error=access_denied&error_description=user_cancel")" 'Nothing was approved'
    id=$(web "$(url www | sed 's,redirect_uri=[^&]*,redirect_uri=http%3A%2F%2F127.0.0.1%3A4567%2Fcb,')" | sed -n 's/.*name="id" value="\([^"]*\)".*/\1/p')
    has 'loopback redirect_uri' "$(web -o /dev/null -w '%{redirect_url}' -d "id=$id" -d decision=approve "$CONSENT/consent/decision")" 'http://127.0.0.1:4567/cb?code='
    for bad in https://evil.test/ http://127.0.0.1.evil.test:80/ http://127.0.0.1:80@evil.test/ http://localhost:80/ https://dynamicdns.domainconnect.org/ddnscode/x http://127.0.0.1:99999/; do
        has "redirect_uri $bad" "$(web -w ' %{http_code}%{redirect_url}' "$(url www | sed "s,redirect_uri=[^&]*,redirect_uri=$(enc "$bad" | sed 's/&/\\&/g'),")" | tail -1)" ' 400'
    done
    is 'twice the same parameter' "$(status "$(url www '&state=x')")" 400
    is 'a broken escape' "$(status "$(url www '&x=%zz')")" 400
    is 'a wrong address' "$(status "$(url www '&IP=1.2.3')")" 400
    is 'code_challenge without S256' "$(status "$(url www '&code_challenge=abc&code_challenge_method=plain')")" 400
    is 'another domain' "$(status "$(url www | sed "s/domain=$ZONE/domain=x.test/")")" 400
    is 'another client' "$(status "$(url www | sed 's/client_id=[^&]*/client_id=x/')")" 400
    ctl set host-list off
    is 'host-list off: a list' "$(status "$(url www,home)")" 400
    is 'host-list off: one' "$(status "$(url www)")" 200
    ctl set host-list redirect
    has 'host-list redirect: a list' "$(ctl approve "$(url www,home,)")" 'error=invalid_request'
    has 'host-list redirect: one' "$(ctl approve "$(url www)")" 'code='
    ctl set host-list token
    is 'host-list token: a list' "$(exchange "$(code_for www,home)" | field error)" invalid_request
    check 'host-list token: one' test -n "$(exchange "$(code_for www)" | field refresh_token)"
    ctl set host-list on
    refuse 'ctl approve checks as well' ctl approve "$(url 'a b')"
    has 'ctl approve prints the url' "$(ctl approve "$(url www)")" "url=$CODE_PAGE?code="
    is 'ctl decline prints the url' "$(ctl decline "$(url www)")" "url=$CODE_PAGE?error=access_denied&error_description=user_cancel&state=st-42"
}

tokens() {
    local c a r1 r2
    c=$(code_for www)
    is 'wrong redirect_uri' "$(form -d grant_type=authorization_code -d redirect_uri=https://x/ -d "code=$c" | field error)" invalid_grant
    is 'no secret, no PKCE' "$(token -w '%{http_code}' -o /dev/null -d client_id=domainconnect.org -d grant_type=authorization_code -d redirect_uri="$CODE_PAGE" -d "code=$c")" 401
    is 'wrong secret' "$(token -d client_id=domainconnect.org -d client_secret=x -d grant_type=authorization_code -d redirect_uri="$CODE_PAGE" -d "code=$c" | field error)" invalid_client
    a=$(exchange "$c")
    is 'exchange: token_type' "$(echo "$a" | field token_type)" Bearer
    is 'exchange: expires_in' "$(echo "$a" | field expires_in)" 3600
    r1=$(echo "$a" | field refresh_token)
    is 'a code works once' "$(exchange "$c" | field error)" invalid_grant
    is 'and its tokens die with the second use' "$(refresh "$r1" | field error)" invalid_grant
    is 'unsupported grant_type' "$(form -d grant_type=password | field error)" unsupported_grant_type
    is 'unknown client' "$(token -w ' %{http_code}' -d client_id=x -d grant_type=refresh_token | tail -1)" ' 401'
    is 'no parameters' "$(token -d x=y | field error)" invalid_request

    grant www; r1=$REFRESH
    r2=$(refresh "$r1" | field refresh_token)
    check 'rotation gives another token' test -n "$r2" -a "$r1" != "$r2"
    check 'within the grace the old one works' test -n "$(refresh "$r1" | field access_token)"
    ctl set grace 0
    is 'reuse after the grace' "$(refresh "$r1" | field error)" invalid_grant
    is 'ends the family' "$(refresh "$r2" | field error)" invalid_grant
    has 'and is counted' "$(ctl stats)" '"reuses":	1'
    ctl set grace 5
    ctl set rotation off
    grant www
    is 'rotation off: the token stays' "$(refresh "$REFRESH" | field refresh_token)" "$REFRESH"
    ctl set rotation on
    refuse 'rewind without a mark' ctl rewind
    local code; code=$(code_for www)
    ctl mark
    has 'a refresh after the mark' "$(refresh "$REFRESH")" refresh_token
    ctl set grace 0
    is 'a token comes back' "$(refresh "$REFRESH" | field error)" invalid_grant
    has 'a code is spent' "$(exchange "$code")" refresh_token
    ctl rewind
    has 'rewind: rotation and reuse are undone' "$(refresh "$REFRESH")" refresh_token
    has 'rewind: the code is good again' "$(exchange "$code")" refresh_token
    ctl rewind
    ctl set grace 5
    ctl revoke >/dev/null
    is 'ctl revoke' "$(refresh "$REFRESH" | field error)" invalid_grant
    has 'error_description is there' "$(refresh "$REFRESH")" error_description
}

encodings() {
    json() { printf '{"client_id":"domainconnect.org","client_secret":"inconceivable","grant_type":"authorization_code","redirect_uri":"%s","code":"%s"}' "$CODE_PAGE" "$1"; }
    query() { echo "$API/v2/oauth/access_token?client_id=domainconnect.org&client_secret=inconceivable&grant_type=authorization_code&redirect_uri=$(enc "$CODE_PAGE")&code=$1"; }
    check 'JSON body' test -n "$(token -H 'Content-Type: application/json' -d "$(json "$(code_for www)")" | field access_token)"
    check 'query string' test -n "$(web -X POST "$(query "$(code_for www)")" | field access_token)"
    has 'log tells of secrets in the URL' "$(ctl log | tail -1)" 'encoding=query secrets-in-url=yes'
    ctl set token-encoding json
    is 'json only: form is refused' "$(exchange "$(code_for www)" | field error)" invalid_request
    check 'json only: JSON works' test -n "$(token -H 'Content-Type: application/json; charset=utf-8' -d "$(json "$(code_for www)")" | field access_token)"
    ctl set token-encoding form
    is 'form only: JSON is refused' "$(token -H 'Content-Type: application/json' -d "$(json "$(code_for www)")" | field error)" invalid_request
    ctl set token-encoding query
    is 'query only: form is refused' "$(exchange "$(code_for www)" | field error)" invalid_request
    check 'query only: query works' test -n "$(web -X POST "$(query "$(code_for www)")" | field access_token)"
    ctl set token-encoding any
    is 'broken JSON' "$(token -H 'Content-Type: application/json' -d '{"a":' | field error)" invalid_request
}

pkce() {
    local v ch c c2 p
    v=$(openssl rand -hex 32)
    ch=$(printf %s "$v" | openssl dgst -sha256 -binary | openssl base64 | tr '+/' '-_' | tr -d '=\n')
    p="&code_challenge=$ch&code_challenge_method=S256"
    pk() { token -d client_id=domainconnect.org -d grant_type=authorization_code -d redirect_uri="$CODE_PAGE" "$@"; }
    c=$(code_for www "$p")
    is 'PKCE: wrong verifier' "$(pk -d "code=$c" -d "code_verifier=$(openssl rand -hex 32)" | field error)" invalid_grant
    is 'PKCE: no verifier' "$(pk -d "code=$c" | field error)" invalid_grant
    REFRESH=$(pk -d "code=$c" -d "code_verifier=$v" | field refresh_token)
    check 'PKCE: right verifier, no secret' test -n "$REFRESH"
    check 'PKCE: refresh without secret' test -n "$(token -d client_id=domainconnect.org -d grant_type=refresh_token -d "refresh_token=$REFRESH" | field access_token)"
    is 'verifier without challenge' "$(form -d grant_type=authorization_code -d redirect_uri="$CODE_PAGE" -d "code=$(code_for www)" -d "code_verifier=$v" | field error)" invalid_grant
    ctl set pkce ignore
    check 'PKCE ignored' test -n "$(pk -d "code=$(code_for www "$p")" -d "code_verifier=$(openssl rand -hex 32)" | field refresh_token)"
    ctl set pkce secret
    c2=$(code_for www "$p")
    is 'PKCE and no secret' "$(pk -d "code=$c2" -d "code_verifier=$v" | field error)" invalid_client
    check 'PKCE and secret' test -n "$(pk -d "code=$c2" -d "code_verifier=$v" -d client_secret=inconceivable | field refresh_token)"
    ctl set pkce spend
    c2=$(code_for www "$p")
    is 'PKCE: spent by a wrong verifier' "$(pk -d "code=$c2" -d "code_verifier=$(openssl rand -hex 32)" | field error)" invalid_grant
    has 'PKCE: the right one comes too late' "$(pk -d "code=$c2" -d "code_verifier=$v" | field error_description)" 'used before'
    ctl set pkce refuse
    has 'PKCE refused' "$(ctl approve "$(url www "$p")")" 'error=invalid_request&error_description=code_challenge'
    check 'no PKCE, none refused' test -n "$(code_for www)"
    ctl set pkce require
    has 'PKCE required' "$(ctl approve "$(url www)")" 'error=invalid_request&error_description=code_challenge'
    check 'PKCE as required' test -n "$(code_for www "$p")"
    ctl set pkce check
    has 'secrets knows the verifier' "$(ctl secrets)" "$v"
    has 'secrets knows the code' "$(ctl secrets)" "$c"
    has 'secrets knows the tokens' "$(ctl secrets)" "$REFRESH"
    check 'no secret in the log' bash -c "! grep -qFf <('$B' ctl --dir '$D' secrets) <('$B' ctl --dir '$D' log)"
}

applies() {
    grant 'www,,home'
    is 'apply both' "$(apply dynamicdns-v2 'host=www&IPv4=1.2.3.4&IPv6=2600:0::1&groupId=IPv4,IPv6')" 202
    is 'A in DNS' "$(ask "www.$ZONE" A +short)" 1.2.3.4
    is 'AAAA in DNS' "$(ask "www.$ZONE" AAAA +short)" 2600::1
    has 'TTL of v2' "$(zone)" "www.$ZONE. 60 IN A 1.2.3.4"
    is 'group IPv4 alone' "$(apply dynamicdns-v2 'host=www&IPv4=1.2.3.5&groupId=IPv4')" 202
    is 'sets the A' "$(ask "www.$ZONE" A +short)" 1.2.3.5
    is 'and removes the AAAA' "$(ask "www.$ZONE" AAAA +short)" ''
    is 'group IPv6 alone' "$(apply dynamicdns-v2 'host=www&IPv6=2600::2&groupId=IPv6')" 202
    is 'sets the AAAA' "$(ask "www.$ZONE" AAAA +short)" 2600::2
    is 'and removes the A' "$(ask "www.$ZONE" A +short)" ''
    ctl set address-conflict off
    is 'address-conflict off: group IPv4 alone' "$(apply dynamicdns-v2 'host=www&IPv4=1.2.3.5&groupId=IPv4')" 202
    has 'address-conflict off: the other family stays' "$(ctl zone)" 2600::2
    ctl set address-conflict on
    is 'address-conflict on: group IPv6 alone' "$(apply dynamicdns-v2 'host=www&IPv6=2600::2&groupId=IPv6')" 202
    is 'no groupId is all groups' "$(apply dynamicdns-v2 'host=www&IPv4=1.2.3.6')" 400
    is 'apex' "$(apply dynamicdns-v2 'host=&IPv4=1.2.3.4&IPv6=2600::1')" 202
    is 'apex in DNS' "$(ask "$ZONE" A +short)" 1.2.3.4
    is 'apex keeps its NS' "$(ask "$ZONE" NS +short)" ns1.sandbox.test.
    is 'v1' "$(apply dynamicdns 'host=home&IP=1.2.3.7')" 202
    has 'TTL of v1' "$(zone)" "home.$ZONE. 600 IN A 1.2.3.7"
    is 'wrong address' "$(apply dynamicdns-v2 'host=www&IPv4=1.2.3&groupId=IPv4')" 400
    is 'wrong family' "$(apply dynamicdns-v2 'host=www&IPv4=2600::1&groupId=IPv4')" 400
    is 'wrong group' "$(apply dynamicdns-v2 'host=www&IPv4=1.2.3.4&groupId=IPv5')" 400
    is 'host not in the grant' "$(apply dynamicdns-v2 'host=other&IPv4=1.2.3.4&groupId=IPv4')" 403
    is 'template not onboarded' "$(apply other 'host=www&IPv4=1.2.3.4')" 404
    is 'domain not in the grant' "$(web -o /dev/null -w '%{http_code}' -X POST -H "Authorization: Bearer $ACCESS" "$API$T/services/dynamicdns-v2/apply?domain=x.test&host=www&IPv4=1.2.3.4&groupId=IPv4")" 403
    is 'no token' "$(status -X POST "$API$T/services/dynamicdns-v2/apply?domain=$ZONE&host=www")" 401
    has 'log tells the parameters' "$(ctl log)" 'apply POST 202 service=dynamicdns-v2 domain=example.test host=www IPv4=1.2.3.5 groupId=IPv4'

    ctl record home AAAA 2600::99
    is 'a record of nobody is a conflict' "$(apply dynamicdns-v2 'host=home&IPv4=1.2.3.8&groupId=IPv4')" 409
    is 'the conflict: code' "$(field code <"$WORK/body")" 409
    is 'the conflict: type' "$(field type <"$WORK/body")" AAAA
    has 'the conflict: data' "$(cat "$WORK/body")" '"2600::99"'
    is 'nothing was changed' "$(ask "home.$ZONE" A +short)" 1.2.3.7
    is 'force=1' "$(apply dynamicdns-v2 'host=home&IPv4=1.2.3.8&groupId=IPv4&force=1')" 202
    is 'removed the conflict' "$(ask "home.$ZONE" AAAA +short)" ''
    is 'and replaced the other template' "$(ask "home.$ZONE" A +short)" 1.2.3.8
    ctl record home TXT keep
    is 'other types are no conflict' "$(apply dynamicdns-v2 'host=home&IPv4=1.2.3.9&groupId=IPv4')" 202
    is 'and stay' "$(ask "home.$ZONE" TXT +short)" '"keep"'
    has 'panel shows the zone' "$(web "$DC/panel?domain=$ZONE")" 1.2.3.9

    is 'revert' "$(revert dynamicdns-v2 host=home)" 204
    is 'revert removed the record' "$(ask "home.$ZONE" A +short)" ''
    is 'revert kept the others' "$(ask "home.$ZONE" TXT +short)" '"keep"'
    ctl set revert off
    is 'revert off' "$(revert dynamicdns-v2 host=www)" 501
    ctl set revert on
    ctl set apply-status 204
    is 'apply-status 204' "$(apply dynamicdns-v2 'host=www&IPv4=1.2.3.4&groupId=IPv4')" 204
    ctl set apply-status 200
    is 'apply-status 200' "$(apply dynamicdns-v2 'host=www&IPv4=1.2.3.4&groupId=IPv4')" 200
    ctl set apply-status 202
    ctl expire >/dev/null
    is 'ctl expire' "$(apply dynamicdns-v2 'host=www&IPv4=1.2.3.4&groupId=IPv4')" 401
    ctl set access-lifetime 1
    ACCESS=$(refresh "$REFRESH" | field access_token)
    is 'a short access token works' "$(apply dynamicdns-v2 'host=www&IPv4=1.2.3.4&groupId=IPv4')" 202
    sleep 1.1
    is 'and then no longer' "$(apply dynamicdns-v2 'host=www&IPv4=1.2.3.4&groupId=IPv4')" 401
    ctl set access-lifetime 3600
}

faults() {
    local begin took answer
    grant www
    ctl fail apply 503 2 retry-after=7 'busy <now>'
    answer=$(web -i -X POST -H "Authorization: Bearer $ACCESS" "$API$T/services/dynamicdns-v2/apply?domain=$ZONE&host=www&IPv4=5.5.5.5&groupId=IPv4")
    has 'fail: status' "$answer" 'HTTP/1.1 503'
    has 'fail: Retry-After' "$answer" 'Retry-After: 7'
    has 'fail: body' "$answer" 'busy <now>'
    lacks 'fail: nothing is done' "$(zone)" 5.5.5.5
    has 'show tells what is left' "$(ctl show)" 'fail apply 503 1'
    ctl fail apply 503 0
    is 'count 0 clears' "$(apply dynamicdns-v2 'host=www&IPv4=5.5.5.5&groupId=IPv4')" 202
    ctl fail token 400 1 '{"error":"invalid_request"}'
    is 'fail token with a body' "$(refresh "$REFRESH" | field error)" invalid_request
    check 'fail does not use up a token' test -n "$(refresh "$REFRESH" | field access_token)"
    ctl fail token 302 1 location=https://x.test/
    is 'fail with a redirect' "$(token -o /dev/null -w '%{http_code} %{redirect_url}' -d x=y)" '302 https://x.test/'
    ctl fail settings 500 1; is 'fail settings' "$(status "$DC/v2/$ZONE/settings")" 500
    ctl fail template 500 1; is 'fail template' "$(status "$API$T/services/dynamicdns")" 500
    ctl fail consent 500 1; is 'fail consent' "$(status "$(url www)")" 500
    ctl fail revert 500 1; is 'fail revert' "$(revert dynamicdns-v2 host=www)" 500
    ctl fail echo 500 1; is 'fail echo' "$(status "$DC/ip")" 500
    refuse 'fail with a silly status' ctl fail apply 99 1
    refuse 'fail elsewhere' ctl fail panel 500 1

    ctl delay settings 1500 1
    begin=$(date +%s%N)
    status "$DC/v2/$ZONE/settings" >"$WORK/late" &
    sleep 0.2
    is 'a delay holds up nobody else' "$(status --max-time 1 "$DC/panel")" 200
    wait $!
    took=$((($(date +%s%N) - begin) / 1000000))
    check 'the answer came late' test "$took" -ge 1500
    is 'and was right' "$(cat "$WORK/late")" 200

    ctl drop apply 1
    is 'drop: no answer' "$(apply dynamicdns-v2 'host=www&IPv4=6.6.6.6&groupId=IPv4' 2>/dev/null)" 000
    has 'drop: the work is done' "$(zone)" 6.6.6.6
    ctl drop token 1
    refresh "$REFRESH" >/dev/null 2>&1
    check 'a lost refresh works again within the grace' test -n "$(refresh "$REFRESH" | field access_token)"
    has 'log tells the fault' "$(ctl log)" 'fault=drop'
}

# What a zone's own server can be told to say, and what its resolver says then.
dns_faults() {
    is 'a name server has one address' "$(ask ns1.sandbox.test AAAA +short)" ''
    is 'change' "$(ctl change www A 9.9.9.9; ask "www.$ZONE" A +short)" 9.9.9.9
    is 'change by CNAME' "$(ctl change www CNAME x.test.; ask "www.$ZONE" A +short)" x.test.
    is 'change to nothing' "$(ctl change www CNAME; ask "www.$ZONE" A +short)" ''
    refuse 'change outside' ctl change www.example.com. A 9.9.9.9
    ctl change www A 9.9.9.9
    ctl set dns-answers no-aa
    has 'no-aa answers' "$(ask +norec "www.$ZONE" A)" 9.9.9.9
    lacks 'no-aa has no AA' "$(ask +norec "www.$ZONE" A)" ' aa'
    has 'a resolver is as before' "$(ask "www.$ZONE" A)" ' aa'
    ctl set dns-answers servfail
    has 'servfail' "$(ask +norec "www.$ZONE" A)" 'status: SERVFAIL'
    has 'servfail has no records' "$(ask +norec "www.$ZONE" A)" 'ANSWER: 0'
    ctl set dns-answers refused
    has 'refused' "$(ask +norec "www.$ZONE" A)" 'status: REFUSED'
    has 'other zones are as before' "$(ask +norec dc.sandbox.test A)" 127.0.0.1
    ctl set dns-answers silent
    lacks 'silent' "$(ask +norec +timeout=1 "www.$ZONE" A 2>&1)" 9.9.9.9
    ctl set dns-answers cut
    has 'cut' "$(ask +norec +ignore "www.$ZONE" A)" ' tc'
    is 'cut is whole over TCP' "$(ask +norec +tcp "www.$ZONE" A +short)" 9.9.9.9
    refuse 'no such fault' ctl set dns-answers sometimes
    ctl set dns-answers normal
    ctl set dns-split on
    is 'split: the resolver' "$(ask "www.$ZONE" A +short)" 10.53.53.53
    is 'split: the server' "$(ask +norec "www.$ZONE" A +short)" 9.9.9.9
    is 'split: discovery' "$(ask "_domainconnect.$ZONE" TXT +short)" "\"dc.sandbox.test:$HTTPS_PORT\""
    ctl set dns-split off
    ctl change www A
    grant www
    ctl set dns-lag 2
    is 'apply with lag' "$(apply dynamicdns-v2 'host=www&IPv4=1.2.3.9&groupId=IPv4')" 202
    is 'lag: nothing yet' "$(ask "www.$ZONE" A +short)" ''
    has 'lag: the panel knows' "$(zone)" "www.$ZONE. 60 IN A 1.2.3.9"
    for _ in $(seq 50); do [ -n "$(ask "www.$ZONE" A +short)" ] && break; sleep 0.1; done
    is 'lag: then it is there' "$(ask "www.$ZONE" A +short)" 1.2.3.9
    ctl set dns-lag 0
    ctl record child NS ns.elsewhere.test.
    has 'a cut is a referral' "$(ask +norec "a.child.$ZONE" A)" 'ANSWER: 0; AUTHORITY: 1'
    lacks 'a referral has no AA' "$(ask +norec "a.child.$ZONE" A)" ' aa'
    has 'and names the cut' "$(ask +norec "child.$ZONE" A)" 'ns.elsewhere.test.'
    ctl unrecord child NS
}

echoes() {
    E=https://echo.sandbox.test:$HTTPS_PORT/ip
    is 'echo without an address' "$(status "$E")" 503
    ctl address 1.2.3.4 2600::1
    is 'echo IPv4' "$(web "$E")" 1.2.3.4
    [ "$IPV6" = no ] || is 'echo IPv6' "$(curl -sS --cacert "$CA" "https://[::1]:$HTTPS_PORT/ip")" 2600::1
    ctl echo echo2 '<html>1.2.3.4</html>\n\0\x41'
    is 'echo2 raw body' "$(web "https://echo2.sandbox.test:$HTTPS_PORT/ip" | od -An -c | tr -d ' \n')" '<html>1.2.3.4</html>\n\0A'
    is 'echo3 is not touched' "$(web "https://echo3.sandbox.test:$HTTPS_PORT/ip")" 1.2.3.4
    ctl echo all '8.8.8.8'
    is 'echo all' "$(web "https://echo4.sandbox.test:$HTTPS_PORT/ip")" 8.8.8.8
    ctl echo all default
    is 'echo default' "$(web "https://echo4.sandbox.test:$HTTPS_PORT/ip")" 1.2.3.4
    refuse 'echo of nothing' ctl echo echo9 x
    refuse 'an unknown escape' ctl echo echo1 '\q'
    ctl address none6
    has 'address none6' "$(ctl show)" 'address6 none'
    refuse 'address nonsense' ctl address 1.2.3
}

# stun HEX: send to STUN over IPv4, print the answer as hex. No byte may be 0a: printf would cut
# the datagram there.
stun() {
    exec 4<>"/dev/udp/127.0.0.1/$STUN_PORT"
    # shellcheck disable=SC2059,SC2001 # the escapes are what printf is for
    printf "$(echo "$1" | sed 's/../\\x&/g')" >&4
    timeout "${2:-2}" dd bs=548 count=1 <&4 2>/dev/null | od -An -v -tx1 | tr -d ' \n'
    exec 4>&-
}
crc() {
    local h=$1 crc=$((0xffffffff)) i b
    while [ -n "$h" ]; do
        crc=$((crc ^ 0x${h:0:2})); h=${h:2}
        for i in 1 2 3 4 5 6 7 8; do b=$((crc & 1)); crc=$((crc >> 1)); [ $b = 0 ] || crc=$((crc ^ 0xedb88320)); done
    done
    printf %08x $(((crc ^ 0xffffffff) ^ 0x5354554e))
}

stun_server() {
    local id=0102030405060708090b0c0d head a
    a=$(stun "000100002112a442$id")
    is 'STUN: success' "${a:0:40}" "0101000c2112a442$id"
    is 'STUN: XOR-MAPPED-ADDRESS' "${a:40:12}-${a:56:8}" "002000080001-$(printf %02x $((1 ^ 0x21)) $((2 ^ 0x12)) $((3 ^ 0xa4)) $((4 ^ 0x42)))"
    head=000100082112a442$id
    a=$(stun "${head}80280004$(crc "$head")")
    is 'STUN: FINGERPRINT is answered' "${a:64:8}" 80280004
    is 'STUN: FINGERPRINT is right' "${a:72}" "$(crc "${a:0:64}")"
    is 'STUN: a wrong FINGERPRINT is ignored' "$(stun "${head}8028000400000000" 1)" ''
    is 'STUN: a wrong cookie is ignored' "$(stun "0001000000000000$id" 1)" ''
    is 'STUN: a wrong length is ignored' "$(stun "000100042112a442$id" 1)" ''
    is 'STUN: an answer is ignored' "$(stun "010100002112a442$id" 1)" ''
    ctl address none4
    is 'STUN: no address, no answer' "$(stun "000100002112a442$id" 1)" ''
}

journal() {
    local n
    check 'stats are JSON with counts' grep -q '"applies_accepted"' <(ctl stats)
    ctl clear
    is 'clear empties the log' "$(ctl log)" ''
    has 'clear empties the counters' "$(ctl stats)" '"exchanges":	0'
    status "$DC/panel" >/dev/null
    is 'the log starts again at 1' "$(ctl log)" '1 panel GET 200'
    ctl set grace 9
    has 'show' "$(ctl show)" 'grace 9'
    n=$(zone | sort | uniq -d | wc -l)
    is 'zone has nothing twice' "$n" 0
    is 'zone is deterministic' "$(zone)" "$(zone)"
}

ending() {
    status "$DC/panel" >/dev/null
    ctl delay settings 60000 1
    status "$DC/v2/$ZONE/settings" >/dev/null 2>&1 &
    sleep 0.3
    local begin=$SECONDS
    ctl stop; is 'ctl stop' $? 0
    check 'stop does not wait for late answers' test $((SECONDS - begin)) -lt 10
    wait "$PID"; is 'exit status after stop' $? 0
    refuse 'sandbox.env is gone' test -e "$D/sandbox.env"
    refuse 'ctl.sock is gone' test -e "$D/ctl.sock"
    is 'nothing on stderr' "$(grep -v '::1 is not available' "$WORK/run.err")" ''
    start --zone 'Other.Test.'
    is 'another zone' "$ZONE" other.test
    is 'in DNS' "$(ask _domainconnect.other.test TXT +short)" "\"dc.sandbox.test:$HTTPS_PORT\""
    kill -TERM "$PID"; wait "$PID"; is 'exit status after SIGTERM' $? 0
    refuse 'sandbox.env is gone again' test -e "$D/sandbox.env"
}

start
command_line
only_loopback
dns
discovery
consent_page
tokens
encodings
pkce
applies
faults
dns_faults
echoes
stun_server
journal
ending
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
