# The daemon starts before the uplink is there: ready at once, few words, and right soon after the
# uplink comes, with the source interface and with an echo service.
. "${BASH_SOURCE%/*}/world.sh"
start_world
live_in router
world_config interface
setup "$NAME"

# boot SOURCES NAMESPACE ADDRESS SECONDS
boot() {
    world_config "$1"
    live_in "$2"
    ip -n router link set wan0 down
    ip -n router -4 address flush dev wan0
    begin=$(now_ms)
    start_daemon
    figure "$1: started after $(($(now_ms) - begin)) ms"
    measure
    sleep 7 # without a network; it tries after 2 and 4 s
    is 'applies' "$(stat_of requests.apply)" 0
    words=$(grep -c 'no IPv4 address:' "$LOGS/daemon.log")
    ip -n router link set wan0 up
    wan4 "$3"
    right_again "$4" "$3"
    figure "$words lines say that there is no address"
    bounded 1 20 "$3"
    stop_daemon
}
boot interface router 9.1.0.50 8
boot http-echo home "$LAST4" 30
