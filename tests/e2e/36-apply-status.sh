# Any 2xx is success, a body is not needed.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
write_config
setup "$NAME"
for status in 200 204 202; do
    ctl set apply-status $status
    ctl address 8.8.4.$((status - 199))
    expect 0 update
    has 'the apply' "$(sandbox_log ' apply POST' | tail -1)" "POST $status"
    check_record "$NAME" A 8.8.4.$((status - 199))
    expect 0 update
    has 'the next update' "$OUT" unchanged
done
