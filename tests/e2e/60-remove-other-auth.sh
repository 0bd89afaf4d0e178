# remove of a host that is granted and not configured, by a grant whose auth module the configuration
# does not name any more, and whose access token is over: the records are taken back all the same.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
write_config 'auth = pkce'
setup "$NAME"
check_record "$NAME" A "$V4"
rm "$W/etc/conf.d/$NAME.conf"
write_config
ctl expire
ctl clear
expect 0 remove "$NAME"
has 'the words' "$OUT" 'took its records back'
has 'the refresh' "$(sandbox_log 'grant_type=refresh_token')" 'pkce=no secret=no'
check_record "$NAME" A ''
[ ! -e "$STATE/grants/$NAME" ] || fail 'the grant is left'
