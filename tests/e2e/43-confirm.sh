# confirm = 2: a change needs two sources; one that lies or is down stops it, and status says which.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
write_config 'sources = one, two, three'
cat >>"$CONF" <<END
[ip-source one]
module = http-echo
url4 = $(echoes 1)
[ip-source two]
module = http-echo
url4 = $(echoes 2)
[ip-source three]
module = http-echo
url4 = $(echoes 3)
END
setup "$NAME"
file=$W/etc/conf.d/$NAME.conf
echo 'confirm = 2' >>"$file"
expect 0 update
ctl clear
ctl echo echo1 8.8.4.4 # it lies: nobody else sees that
expect 1 update
has 'the error' "$ERR$OUT" "one says 8.8.4.4, two says $V4"
is 'applies' "$(stat_of requests.apply)" 0
# With the second one silent the third one contradicts; with both silent there is no witness.
ctl echo echo2 nonsense
expect 1 update
has 'the error' "$ERR$OUT" "one says 8.8.4.4, three says $V4"
ctl echo echo3 nonsense
expect 1 update
has 'the error' "$ERR$OUT" 'only one says 8.8.4.4, and confirm = 2 asks for more; no answer came from two, three'
expect 0 status
has 'status' "$OUT" 'only one says 8.8.4.4'
is 'applies' "$(stat_of requests.apply)" 0
check_record "$NAME" A "$V4"
# Now it is true, and two of three say so.
ctl echo echo3 8.8.4.4
expect 0 update
is 'applies' "$(stat_of requests.apply)" 1
check_record "$NAME" A 8.8.4.4
# One source twice is not two.
echo 'sources = one' >>"$file"
expect 2 check-config
has 'the error' "$ERR" "$file:"
has 'the error' "$ERR" 'confirm = 2 asks for more IP sources than the 1 that sources names'
