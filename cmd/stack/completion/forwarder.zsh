
_stack_forwarder() {
    words=(stack forwarder "${(@)words[2,-1]}")
    CURRENT=$((CURRENT + 1))
    _stack
}
compdef _stack_forwarder forwarder
