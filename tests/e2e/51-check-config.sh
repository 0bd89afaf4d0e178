# Every error of the files at once, each with its place and the offending text.
. "${BASH_SOURCE%/*}/lib.sh"
mkdir -p "$W/etc/conf.d"
cat >"$CONF" <<'END'
[core]
interval = 5
sorces = http-echo
resolver = not-an-address
[hots x]
[host home.example.test]
ipv4 = perhaps
[host home.example.test]
END
cat >"$W/etc/conf.d/bad.conf" <<'END'

[host ho me]
END
expect 2 check-config
wanted() { has "error at $1" "$ERR" "$1: "; has "words at $1" "$(grep -F "$1: " <<<"$ERR")" "$2"; }
wanted "$CONF:2" "'5'"
wanted "$CONF:3" "did you mean 'sources'"
wanted "$CONF:4" not-an-address
wanted "$CONF:5" "did you mean 'host'"
wanted "$CONF:7" "'perhaps'"
wanted "$CONF:8" home.example.test
wanted "$W/etc/conf.d/bad.conf:2" 'ho me'
has 'the count' "$ERR" '7 errors'
rm "$W/etc/conf.d/bad.conf"
# Options of modules are checked as well.
cat >"$CONF" <<'END'
[core]
notifiers = none
[ip-source http-echo]
url4 = no-url
ulr6 = https://x.example/
END
expect 2 check-config
wanted "$CONF:4" no-url
wanted "$CONF:5" 'did you mean "url6"'
# What only the module can judge.
printf '[ip-source http-echo]\nurl4 = http://plain.example/\n' >"$CONF"
expect 2 check-config
wanted "$CONF:1" 'not an https URL'
expect 2 --config "$W/none.conf" check-config
has 'a missing file' "$ERR" "$W/none.conf"
# The shipped file is right, every key of it, commented out or not.
CONF=$E2E_PREFIX/etc/dcddns/dcddns.conf
expect 0 check-config
[ ! -e "$STATE" ] || fail 'a state directory was made'
