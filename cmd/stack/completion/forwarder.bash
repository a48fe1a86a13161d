
__start_forwarder()
{
    COMP_LINE="stack forwarder${COMP_LINE#"${COMP_WORDS[0]}"}"
    COMP_POINT=${#COMP_LINE}
    COMP_WORDS=(stack forwarder "${COMP_WORDS[@]:1}")
    COMP_CWORD=$((COMP_CWORD + 1))
    __start_stack
}
complete -o default -o nospace -F __start_forwarder forwarder
