# modules: the list, one explained, files checked before they are trusted.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
write_config
expect 0 modules
for module in 'ip-source  *http-echo' 'auth  *pkce' 'auth  *published-secret' 'notifier  *syslog'; do
    grep -q "^$module " <<<"$OUT" || fail "no $module in: $OUT"
done
expect 0 modules show http-echo
has 'options' "$OUT" url4
has 'the file' "$OUT" "$E2E_PREFIX/lib/dcddns/ip-source/http-echo.so"
expect 2 modules show nosuch
expect 0 modules check "$E2E_PREFIX/lib/dcddns/notifier/syslog.so"
has 'the words' "$OUT" 'a usable module'
expect 2 modules check "$W/none.so"
has 'a missing file' "$ERR" 'no such file'
mkdir -p "$W/p/ip-source"
echo 'no shared object at all' >"$W/p/ip-source/text.so"
expect 2 modules check "$W/p/ip-source/text.so"
has 'no module' "$OUT" "$W/p/ip-source/text.so: is no shared object"
# A library that is no module, and one that others may write.
library=$(ldd "$BIN" | awk '/libm\.so|libz\.so|libc\.so/ {print $3; exit}')
cp "$library" "$W/p/ip-source/other.so"
expect 2 modules check "$W/p/ip-source/other.so"
has 'a library' "$OUT" 'FAIL exports: dcddns_plugin_v1 alone: dcddns_plugin_v1 is missing'
cp "$E2E_PREFIX/lib/dcddns/ip-source/http-echo.so" "$W/p/ip-source/"
expect 0 modules check "$W/p/ip-source/http-echo.so"
chmod g+w "$W/p/ip-source/http-echo.so"
expect 2 modules check "$W/p/ip-source/http-echo.so"
has 'the words' "$OUT" writable
mv "$W/p/ip-source/http-echo.so" "$W/p/ip-source/renamed.so"
chmod 644 "$W/p/ip-source/renamed.so"
expect 2 modules check "$W/p/ip-source/renamed.so"
# It needs no configuration, and takes options of the module.
rm -f "$CONF"
secret=$E2E_PREFIX/lib/dcddns/auth/published-secret.so
expect 0 modules check "$secret"
expect 0 modules check "$secret" --option client-secret=made-up
expect 2 modules check --option client-secret= "$secret"
has 'a refused value' "$OUT" 'FAIL create() and destroy(): create() failed with -2: client-secret'
expect 2 modules check --option colour=blue "$secret"
has 'an unknown option' "$OUT" 'has no key "colour"'
expect 64 modules check --option colour "$secret"
# A secret that is required can come from a file.
umask 077
echo https://hook.example.test/ >"$PRIVATE/url"
umask 022
expect 0 modules check --option url-file="$PRIVATE/url" "$E2E_PREFIX/lib/dcddns/notifier/webhook.so"
expect 64 modules check
expect 64 modules check "$secret" "$secret"
# What is wanted and not there does not hide what is.
write_config "plugin-path = $W/none"
expect 2 check-config
has 'the missing module' "$ERR" 'module notifier/syslog is not installed'
expect 0 modules
is 'the list' "$OUT" ''
expect 2 modules show syslog
# A list with unusable files still lists.
write_config "plugin-path = $E2E_PREFIX/lib/dcddns" "plugin-path = $W/p"
expect 0 modules
has 'the unusable one' "$OUT" unusable
