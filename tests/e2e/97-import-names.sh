# import: inadyn.conf and ddclient.conf name hosts; their keys stay behind and are never shown.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
write_config
cat >"$PRIVATE/inadyn.conf" <<'END'
# of a router
period          = 120
allow-ipv6      = true
iface           = ppp0
user-agent      = Mozilla/4.0

provider default@dyn.example {
    username    = somebody
    password    = "S3CRET # {in} quotes"
    hostname    = { "home.example.com", 'office.example.com' }
}
provider ipv6@dyn.example:2 { password = S3CRET hostname = home.example.com }
custom other { ddns-server = dyn.example; hostname = printer }
END
sed -i 's/dyn.example; /dyn.example /' "$PRIVATE/inadyn.conf"
sum=$(sha256sum <"$PRIVATE/inadyn.conf")
expect 2 import "$PRIVATE/inadyn.conf"
has 'the command' "$OUT" 'dcddns setup home.example.com --ipv4 --ipv6'
has 'the command' "$OUT" '  dcddns setup office.example.com
'
has 'no name' "$ERR" 'inadyn.conf:13: "printer" is not a full host name'
has 'a setting' "$OUT" 'interval = 120 s'
has 'a setting' "$OUT" 'device = ppp0'
has 'what stays' "$OUT" 'inadyn.conf:9: password: stays behind'
has 'what has none' "$OUT" 'user-agent: cannot move'
lacks 'the password' "$OUT$ERR" S3CRET
lacks 'the user' "$OUT$ERR" somebody
is 'the file' "$(sha256sum <"$PRIVATE/inadyn.conf")" "$sum"
[ ! -e "$STATE" ] || fail 'a state directory was made'

cat >"$PRIVATE/ddclient.conf" <<'END'
daemon=5m          # five minutes
usev4=ifv4, ifv4=eth0
password='S3CRET,x=y'
protocol=dyndns2, login=somebody \
    one.example.com, two.example.com
protocol=cloudflare, usev6=webv6, webv6=https://v6.example.net three.example.com somebody S3CRET
protocol=x, password=a,S3CRET,#b *.four.example.com, @.five.example.com
END
sum=$(sha256sum <"$PRIVATE/ddclient.conf")
expect 2 import "$PRIVATE/ddclient.conf"
has 'the command' "$OUT" "  dcddns setup '*.four.example.com'"
has 'the command' "$OUT" '  dcddns setup five.example.com
'
is 'errors' "$ERR" ''
lacks 'the password' "$OUT" S3CRET
is 'the file' "$(sha256sum <"$PRIVATE/ddclient.conf")" "$sum"
expect 2 import "$PRIVATE/ddclient.conf" two.example.com three.example.com
has 'the command' "$OUT" '  dcddns setup two.example.com
'
has 'the command' "$OUT" 'dcddns setup three.example.com --ipv4 --ipv6'
lacks 'not asked for' "$OUT" one.example.com
has 'a setting' "$OUT" 'interval = 300 s'
has 'a setting' "$OUT" 'device = eth0'
has 'its service' "$OUT" 'https://v6.example.net'
lacks 'the password' "$OUT$ERR" S3CRET
lacks 'the user' "$OUT$ERR" somebody
# What it suggests is a configuration that is right.
mkdir "$W/try"
sed -n '/^\[core\]/,/^$/p;/^\[ip-source/,/^$/p' <<<"$OUT" >"$W/try/dcddns.conf"
CONF=$W/try/dcddns.conf expect 0 check-config
# Configured already: nothing is left to do.
add_host one.example.com 'ipv4 = yes'
add_host two.example.com 'ipv4 = yes'
expect 0 import "$PRIVATE/ddclient.conf" one.example.com two.example.com
has 'the words' "$OUT" 'one.example.com is configured already'
echo 'hello world' >"$PRIVATE/letter"
expect 2 import "$PRIVATE/letter"
has 'the words' "$ERR" 'none of the files that can be read'
expect 2 import "$PRIVATE"
# A file that this user may not read, and one without an end of its own.
chmod 000 "$PRIVATE/letter"
if [ "$(id -u)" -ne 0 ]; then
    expect 2 import "$PRIVATE/letter"
    has 'the reason' "$ERR" "$PRIVATE/letter: Permission denied"
fi
[ -n "${E2E_SYSTEM:-}" ] || {
    expect 2 import /dev/zero
    has 'the words' "$ERR" '/dev/zero: not a regular file'
}
