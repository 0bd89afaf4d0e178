# --help of everything exits 0 and names its options; wrong usage exits 64 and says where help is.
. "${BASH_SOURCE%/*}/lib.sh"
start_sandbox
write_config
expect 0 --help
help=$OUT
expect 0 --version
has 'version' "$OUT" dcddns
read -ra all < <(sed -n '/^Commands:/,/^$/s/^  \([a-z-]*\) .*/\1/p' <<<"$help" | xargs)
is 'number of commands' "${#all[@]}" "$COMMANDS"
for command in "${all[@]}"; do
    expect 0 "$command" --help
    has "help of $command" "$OUT" "Usage: dcddns [OPTION...] $command"
    is "errors of help of $command" "$ERR" ''
    expect 64 "$command" --nonsense
    has "wrong option of $command" "$ERR" "--nonsense"
    has "wrong option of $command" "$ERR" "--help"
done
for usage in '' 'nonsense' 'setup' 'setup a.b --each --code x' 'setup not-a-name' 'setup --code' 'run now' 'agent now' \
    'status now' 'check now' 'reload now' 'events now' 'status --json --health' 'remove' 'remove a.b c.d' 'doctor' 'modules show' 'modules nonsense x' \
    'import' 'import x not-a-name' 'support-bundle a b' 'check-config now' '--config' '--nonsense status'; do
    read -ra words <<<"$usage"
    expect 64 "${words[@]}"
    has "words for '$usage'" "$ERR" '--help'
done
expect 64 satus
has 'a near miss' "$ERR" 'did you mean status'
[ ! -e "$STATE" ] || fail 'a state directory was made'
