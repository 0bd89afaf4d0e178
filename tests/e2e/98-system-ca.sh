# Without ca-file, the system's authorities are read once, not for each connection.
. "${BASH_SOURCE%/*}/lib.sh"
bundle=$(curl-config --ca 2>/dev/null || echo /etc/ssl/certs/ca-certificates.crt)
[ -s "$bundle" ] || skip 'no certificate authorities in one file here'
start_sandbox
write_config
setup "$NAME"
sed -i '/^ca-file/d' "$CONF"
ctl clear
# LeakSanitizer cannot run under a tracer.
export ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0 LSAN_OPTIONS=$LSAN_OPTIONS:detect_leaks=0
strace -f -e trace=open,openat -o "$W/trace" "$BIN" --config "$CONF" update >"$LOGS/out" 2>&1
is 'exit status' $? 1 # the sandbox is nobody the system trusts
is "requests that got through" "$(ctl log | wc -l)" 0
is 'times that the authorities are read' "$(grep -cF "\"$bundle\"" "$W/trace")" 1
