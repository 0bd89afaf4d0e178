# Modules that break their promises harm the hosts that use them and no others, and each gets its
# words. (What crashes cannot be isolated: modules run in the daemon's process.)
. "${BASH_SOURCE%/*}/lib.sh"
command -v cc >/dev/null || skip 'there is no C compiler'
root=$(cd "$E2E_TESTS/../.." && pwd)
cp -r "$E2E_PREFIX/lib/dcddns" "$W/plugins"
# hostile NAME: built as its author would
hostile() {
    cc -shared -fPIC -fvisibility=hidden -I "$root/include" -o "$W/plugins/ip-source/$1.so" \
        "$root/tests/abi/hostile/$1.c" -lpthread || fail "$1.c does not build"
}
for module in deaf hinter create-fails wrong-name bad-code family-wrong self-null; do
    hostile $module
done
start_sandbox
other=other.$ZONE
core=("plugin-path = $W/plugins" 'query-timeout = 1 s')
write_config "${core[@]}"
setup "$NAME"
setup "$other"
section=$W/etc/conf.d/$other.conf
cp "$section" "$W/section"

# What is known when the daemon starts: it does not, and says why.
refuses() {
    cp "$W/section" "$section"
    echo "sources = $1" >>"$section"
    expect 2 run
    has "$1" "$ERR" "$2"
}
refuses create-fails 'ip-source create-fails: the moon is\x0a<3>not full'
refuses wrong-name "wrong-name.so: it calls itself \"other\" but its file is called \"wrong-name\""
refuses self-null 'create() of the module self-null made no instance'

# What shows while others work: the other host goes on as if nothing was.
# beside MODULE WORDS ADDRESS
beside() {
    cp "$W/section" "$section"
    echo "sources = $1" >>"$section"
    start_daemon
    ctl address "$3"
    kick_until 15 "beside $1 the record follows" record_is "$NAME" A "$3"
    wait_for 15 "the words for $1" said "$2"
}
beside bad-code 'query() of the module bad-code returned 77, which is no result' 8.8.4.1
stop_daemon
beside family-wrong 'query() of the module family-wrong was asked for IPv4 and gave family 6' 8.8.4.2
stop_daemon

# A query that ignores its deadline: given up once, after its time and 5 s, and not asked again.
cp "$W/section" "$section"
echo 'sources = deaf' >>"$section"
# What the stuck thread may still use is left to it on purpose.
ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0 start_daemon
cycles 1
said 'source deaf' && fail 'it was given up before another source was asked again'
wait_for 15 'the stuck source is given up' said \
    'IP source deaf (module deaf) did not answer and ignores its deadline; it is not asked again'
ctl address 8.8.4.3
began=$(now_ms)
kick_until 15 'the record follows beside a stuck source' record_is "$NAME" A 8.8.4.3
took=$(($(now_ms) - began))
[ $took -lt $((5000 * E2E_SCALE)) ] || fail "a stuck source delayed another one: $took ms"
is 'times that it is said' "$(said_times 'IP source deaf (module deaf) did not answer')" 1
stop_daemon # and the stuck thread does not keep it

# Hints as fast as a thread can give them: asked at most every two seconds, memory stays.
cp "$W/section" "$section"
echo 'sources = hinter' >>"$section"
start_daemon
resident() { awk '/^VmRSS/ {print $2}' "/proc/$DAEMON/status"; }
wait_for 5 'the source is asked' said 'hinter: 192.0.2.1'
before=$(resident)
ctl address 8.8.8.8
kick_until 15 'the record follows in a storm of hints' record_is "$NAME" A 8.8.8.8
cycles 2
after=$(resident)
# A sanitizer keeps what is freed, valgrind too.
ldd "$BIN" | grep -qE 'lib[at]san' || [ -n "$E2E_WRAP" ] || [ "$after" -lt $((before + 8000)) ] ||
    fail "hints that pile up: $before kB, then $after kB"
stop_daemon
