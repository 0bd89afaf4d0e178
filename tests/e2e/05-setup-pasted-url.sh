# The whole address of the code page is as good as the code.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
write_config
begin_setup "$NAME"
approve
answer_setup "$(approved url)"
is "exit status ($ERR)" "$STATUS" 0
check_record "$NAME" A "$V4"
