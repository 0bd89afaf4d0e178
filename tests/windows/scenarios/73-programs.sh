# Programs of Windows as IP source and notifier; batch files and scripts are refused with the reason.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
write_config 'sources = command' 'notifiers = command'
shell=C:/windows/system32/cmd.exe
backslashes() { tr / '\\' <<<"$1"; }
cat >>"$CONF" <<END

[ip-source command]
command = $shell /c type $(backslashes "$W/address")

[notifier command]
command = $shell /c "set DCDDNS_>>$(backslashes "$LOGS/told")"
END
echo "$V4" >"$W/address"
setup "$NAME"
check_record "$NAME" A "$V4"
start_daemon
echo 8.8.4.4 >"$W/address"
kick_until 15 'the record follows' record_is "$NAME" A 8.8.4.4
is 'source' "$(json '.hosts[0].ipv4.source')" command
told() { tr -d '\r' <"$LOGS/told" | grep -qxF -- "$1"; }
wait_for 10 'the event' told "DCDDNS_EVENT=update.applied"
told "DCDDNS_AFTER=8.8.4.4" || fail 'the address is not told'
told "DCDDNS_RECORD=$NAME" || fail 'the name is not told'
# What is no address is never published, and said.
echo 'no such luck' >"$W/address"
kick_until 15 'the complaint' said 'printed "no such luck", which is not an address'
check_record "$NAME" A 8.8.4.4
# One that hangs is killed.
sed -i "s|^command = .* /c type .*|command = $shell /c pause\ntimeout = 1 s|" "$CONF"
expect 0 reload
stop_daemon
# A script is no program.
echo 'echo 8.8.8.8' >"$W/ask.bat"
sed -i "s|^command = .* /c pause|command = $W/ask.bat|" "$CONF"
dc update
[ "$STATUS" -ne 0 ] || fail 'a batch file was run'
has 'the words' "$OUT$ERR" 'ask.bat'
check_record "$NAME" A 8.8.4.4
sed -i 's|^command = .*/ask.bat|command = ask.exe|' "$CONF"
expect 2 update
has 'the words' "$ERR" 'command must begin with the absolute path of a program'
