# --code and --code-file take the code without a question.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
write_config
template=v2/domainTemplates/providers/domainconnect.org
page=https%3A%2F%2Fdynamicdns.domainconnect.org%2Fddnscode
consent_url() {
    printf %s "https://consent.sandbox.test:$HTTPS_PORT/$template?client_id=domainconnect.org" \
        "&scope=dynamicdns-v2&domain=$ZONE&host=$1&redirect_uri=$page&state=x&IPv4=$V4"
}
URL=$(consent_url home)
approve
# Not through dc: it would keep the command line, where the code is by the user's own wish.
"${WRAP[@]}" "$BIN" --config "$CONF" setup "$NAME" --code "$(approved code)" \
    >"$LOGS/code.out" 2>"$LOGS/code.err" </dev/null
is 'exit status with --code' $? 0
check_record "$NAME" A "$V4"
URL=$(consent_url office)
approve
approved code >"$PRIVATE/code"
expect 0 setup "office.$ZONE" --code-file "$PRIVATE/code"
check_record "office.$ZONE" A "$V4"
lacks 'what it asks' "$OUT" Paste
expect 2 setup "third.$ZONE" --code-file "$PRIVATE/none"
has 'a missing file' "$ERR" "$PRIVATE/none"
expect 64 setup "third.$ZONE" --code-file "$PRIVATE/code" --code x
