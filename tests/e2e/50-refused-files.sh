# Files others could have written are not believed: modules, their folders, the configuration.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
cp -r "$E2E_PREFIX/lib/dcddns" "$W/plugins"
write_config "plugin-path = $W/plugins"
expect 0 check-config
# refuses WORDS...: check-config and run, with exit 2
refuses() {
    local words command
    for command in check-config run; do
        expect 2 $command
        for words in "$@"; do
            has "$command" "$ERR" "$words"
        done
    done
}
chmod g+w "$W/plugins/ip-source"
refuses "$W/plugins/ip-source" 'writable by group' 'chmod go-w'
chmod 755 "$W/plugins/ip-source"
chmod o+w "$W/plugins/ip-source/http-echo.so"
refuses "$W/plugins/ip-source/http-echo.so" 'writable by'
chmod 644 "$W/plugins/ip-source/http-echo.so"
chmod 000 "$W/plugins/ip-source"
[ "$(id -u)" -eq 0 ] || refuses "$W/plugins/ip-source"
chmod 755 "$W/plugins/ip-source"
write_config 'plugin-path = /nonexistent'
refuses "$CONF:" /nonexistent
write_config 'sources = nosuch'
refuses "$CONF:" nosuch
write_config
chmod 666 "$CONF"
refuses "$CONF" 'not trusted' 'chmod go-w'
chmod 644 "$CONF"
chmod 775 "$W/etc"
refuses "$W/etc" 'writable by group' 'chmod go-w'
chmod 755 "$W/etc"
if [ "$(id -u)" -eq 0 ]; then
    chown nobody "$CONF"
    refuses "$CONF" 'not trusted' 'chown root'
    chown root "$CONF"
    write_config "plugin-path = $W/plugins"
    chown nobody "$W/plugins/ip-source/http-echo.so"
    refuses "$W/plugins/ip-source/http-echo.so"
    chown root "$W/plugins/ip-source/http-echo.so"
fi
expect 0 check-config
[ ! -e "$STATE" ] || fail 'a state directory was made'
