# complete.zsh SCRIPT LINE…: what zsh offers for each line once the completion in SCRIPT is loaded, as in a terminal.
zmodload zsh/zpty
script=$1; shift
offered=$(mktemp) setup=$(mktemp)
cat >$setup <<EOF
PROMPT= RPROMPT=
autoload -Uz compinit && compinit -D -u
source ${(q)script}
compadd() {
  if [[ \${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then builtin compadd "\$@"; return; fi
  local -a found
  builtin compadd -A found "\$@"
  print -rl -- \$found >>${(q)offered}
  builtin compadd "\$@"
}
offer() { print -r -- "> \$BUFFER" >>${(q)offered}; zle complete-word; BUFFER= }
zle -N offer
bindkey '^T' offer
setopt ignoreeof
EOF
zpty shell zsh -f -i
zpty -w shell "source ${(q)setup}"
for line; do zpty -w -n shell "$line"$'\x14'; done
zpty -w shell "exit"
while zpty -r shell; do :; done >/dev/null
cat $offered
rm -f $offered $setup
