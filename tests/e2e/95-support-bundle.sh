# support-bundle: nothing in it is secret or private, whatever went wrong before.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
WEBHOOK=W3bh00k-s3cret-in-the-path
printf 'File-S3cret-of-mine\n' >"$PRIVATE/secret"
chmod 600 "$PRIVATE/secret"
write_config "notifiers = $NOTIFIER, letter"
cat >>"$CONF" <<END

[notifier letter]
module = webhook
url = https://hooks.sandbox.test:$HTTPS_PORT/$WEBHOOK?token=$WEBHOOK
secret-file = $PRIVATE/secret
headers = Authorization: Bearer $WEBHOOK
END
setup "$NAME" --ipv4 --ipv6
setup "office.$ZONE"
add_host "bare.$ZONE" 'ipv4 = yes' 'device = wg-of-mine' 'expect = 93.184.216.0/24'
# Errors that quote what a provider says, names, addresses and URLs.
ctl fail apply 403 1 '{"error":"Account of Jane Roe at '"$NAME"' is closed"}'
ctl address 8.8.4.4 2001:4860:4860::8844
dc update "$NAME"
ctl fail token 500 1
ctl expire
dc update --force "office.$ZONE"
ctl secrets | grep . >"$PRIVATE/issued"
printf '%s\n' "$WEBHOOK" File-S3cret-of-mine >>"$PRIVATE/issued"
cp "$PRIVATE/issued" "$PRIVATE/words"
printf '%s\n' "$NAME" "office.$ZONE" "bare.$ZONE" "$ZONE" "$V4" "$V6" 8.8.4.4 2001:4860:4860::8844 \
    93.184.216 sandbox.test "$W" 'Jane' 'Roe' 'wg-of-mine' 'Account' >>"$PRIVATE/words"

lacks_words() {
    local found
    found=$(grep -noF -f "$PRIVATE/$1" <<<"$OUT")
    [ -z "$found" ] || fail "in the bundle: $found"
}

expect 0 support-bundle
lacks_words words
is 'errors' "$ERR" ''
for part in 'dcddns     0' 'libcurl/' 'OpenSSL ' 'c-ares 1' 'cJSON 1' '[core]' 'interval = 60' \
    'on-lost-family = keep' 'secret-file = path-' 'url = (secret)' 'headers = (given)' '[host host-' 'confirm-delay = 1' \
    "notifier   $NOTIFIER" 'paused' 'answered 403' 'template dynamicdns-v2' 'access token lives' \
    'record.prev' '0600 uid' 'installed with the program' '"Sandbox DNS"' 'records.json' '== clock ==' '== resolvers of the system =='; do
    has 'the bundle' "$OUT" "$part"
done
# One pseudonym for one name, wherever it stands.
pseudonym=$(sed -n 's/^\(host-[0-9]*\.example\) paused.*/\1/p' <<<"$OUT")
has 'its section' "$OUT" "[host $pseudonym]"
has 'its grant' "$OUT" "$pseudonym template"
has 'its error' "$OUT" "  error permanent: https://host-"

# With names, but never with secrets.
expect 0 support-bundle --names
lacks_words issued
has 'the name' "$OUT" "[host $NAME]"
has 'the address' "$OUT" "published $V4"
has 'the provider' "$OUT" 'Sandbox DNS'

# Into a file that nobody else reads, and that was not there.
expect 0 support-bundle "$W/bundle.txt"
check_mode "$W/bundle.txt" 600
OUT=$(<"$W/bundle.txt")
lacks_words words
expect 2 support-bundle "$W/bundle.txt"
expect 1 support-bundle "$W/none/bundle.txt"
expect 64 support-bundle a b

# A configuration that is wrong is what reports are about; damaged state, too.
for file in "$STATE/grants/$NAME"/record*; do
    echo "damaged by $WEBHOOK" >"$file"
done
printf '[core]\nintervall = 5\nresolver = %s\nca-file = /home/jane-roe/ca.pem\nstate-dir = %s\n' \
    "$WEBHOOK" "$STATE" >"$CONF"
echo jane-roe >>"$PRIVATE/words"
expect 0 --state-dir "$STATE" support-bundle
lacks_words words
has 'the error' "$OUT" '== errors of the configuration =='
has 'the grants' "$OUT" ' cannot be read: '
rm -rf "$STATE" "$W/etc/conf.d"
# The folder that the program was built for may have the name of its owner in it.
[[ $E2E_PREFIX/ =~ ^/(etc|opt|run|usr|var/lib|var/run)/ ]] || echo "$E2E_PREFIX" >>"$PRIVATE/words"
echo "$WEBHOOK" >"$CONF"
expect 0 support-bundle
lacks_words words
write_config
expect 0 support-bundle
has 'without state' "$OUT" 'there is none yet'
[ ! -e "$STATE" ] || fail 'a state directory was made'
