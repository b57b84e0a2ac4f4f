
_aril_with_ids() {
    _aril "$@"
    case "${COMP_WORDS[1]}:$2" in
    *:-*) ;;
    run:* | info:* | permissions:* | override:* | explain:*)
        local ids
        ids=$(aril list --app --columns=application 2>/dev/null)
        COMPREPLY+=($(compgen -W "$ids" -- "$2"))
        ;;
    esac
}
complete -F _aril_with_ids -o nosort -o bashdefault -o default aril
