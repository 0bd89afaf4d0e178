# bash completion for dcddns(1)
_dcddns()
{
    local word=${COMP_WORDS[COMP_CWORD]} command='' i
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
        --config | --state-dir) ((i++)) ;;
        -*) ;;
        *) command=${COMP_WORDS[i]}; break ;;
        esac
    done
    case ${COMP_WORDS[COMP_CWORD - 1]} in
    --config | --code-file)
        mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
    --state-dir)
        mapfile -t COMPREPLY < <(compgen -d -- "$word"); return ;;
    esac
    local words names=
    case $command:$word in
    import:[!-]* | import: | support-bundle:[!-]* | support-bundle:)
        mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
    esac
    case $command in
    modules)
        [ "${COMP_WORDS[COMP_CWORD - 1]}" != check ] ||
            { mapfile -t COMPREPLY < <(compgen -f -- "$word"); return; } ;;
    update | check | status)
        names=$(dcddns status --json 2>/dev/null | sed -n 's/^\t*"name":\t"\(.*\)",$/\1/p') ;;
    esac
    case $command in
    '') words='setup update check reload events run agent status import remove doctor modules
        support-bundle check-config --config --state-dir --verbose --quiet --help --version' ;;
    setup) words='--ipv4 --ipv6 --each --code --code-file --prove-pkce --no-browser --yes --json
        --help' ;;
    update) words="$names --force --help" ;;
    check) words="$names --help" ;;
    events) words='--json --help' ;;
    status) words="$names --json --health --help" ;;
    import) words='--dry-run --replace --help' ;;
    remove) words='--local --help' ;;
    modules) words='show check --option --help' ;;
    support-bundle) words='--names --help' ;;
    *) words='--help' ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}
complete -F _dcddns dcddns
