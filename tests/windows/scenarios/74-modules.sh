# Modules: listed, shown, checked; one that is none, or that others may write, is not loaded.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
write_config
expect 0 modules
for module in 'ip-source  *http-echo' 'ip-source  *interface' 'auth  *pkce' 'notifier  *eventlog'; do
    grep -q "^$module " <<<"$OUT" || fail "no $module in: $OUT"
done
own=C:/dcddns-e2e/plugins
expect 0 modules show http-echo
has 'options' "$OUT" url4
has 'the file' "$OUT" "$own/ip-source/http-echo.dll"
expect 2 modules show nosuch
for module in ip-source/stun auth/published-secret notifier/eventlog; do
    expect 0 modules check "$own/$module.dll"
    has 'the words' "$OUT" 'a usable module'
done
expect 2 modules check "$own/ip-source/none.dll"
# No library at all, and a library that is no module.
mkdir -p "$WINEPREFIX/drive_c/dcddns-other"
bad=$WINEPREFIX/drive_c/dcddns-other
echo 'no library at all' >"$bad/text.dll"
expect 2 modules check C:/dcddns-other/text.dll
cp "$WINEPREFIX/drive_c/dcddns-e2e/plugins/dcddns-events.dll" "$bad/other.dll"
expect 2 modules check C:/dcddns-other/other.dll
has 'a library' "$OUT" FAIL
rm -r "$bad"
# Where others may write, nothing is loaded from.
cp -r "$WINEPREFIX/drive_c/dcddns-e2e/plugins" "$W/plugins"
chmod 777 "$W/plugins/ip-source"
write_config "plugin-path = $W/plugins"
expect 2 check-config
has 'the words' "$ERR" 'writable by others; modules are loaded only from places that nobody else can write'
write_config "plugin-path = $W/none"
expect 2 check-config
has 'the words' "$ERR" 'is not installed'
