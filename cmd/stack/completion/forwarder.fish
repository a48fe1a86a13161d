
complete -c forwarder --wraps 'stack forwarder'
