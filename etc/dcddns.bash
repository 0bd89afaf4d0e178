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
    --config | --code-file | check)
        mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
    --state-dir)
        mapfile -t COMPREPLY < <(compgen -d -- "$word"); return ;;
    esac
    local words
    case $command:$word in
    import:[!-]* | import: | support-bundle:[!-]* | support-bundle:)
        mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
    esac
    case $command in
    '') words='setup update run agent status import remove doctor modules support-bundle
        check-config --config --state-dir --verbose --quiet --help --version' ;;
    setup) words='--ipv4 --ipv6 --each --code --code-file --prove-pkce --no-browser --yes
        --help' ;;
    update) words='--force --help' ;;
    status) words='--json --help' ;;
    import) words='--dry-run --replace --help' ;;
    remove) words='--local --help' ;;
    modules) words='show check --option --help' ;;
    support-bundle) words='--names --help' ;;
    *) words='--help' ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}
complete -F _dcddns dcddns
