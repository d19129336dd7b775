
_extmailctl() {
  local -a nested switches places config candidates
  local -A takes
  local wanted endless program=${(Q)words[1]}
  _extmailctl_walk "${(@Q)words[2,CURRENT - 1]}" "$PREFIX"

  if [[ $PREFIX == --*=* ]]; then compset -P '*='; fi
  case $wanted in
    commands) _describe -t commands command nested ;;
    switches) _describe -o option switches ;;
    \{*)
      if [[ $wanted == *, ]]; then compset -P '*,'; fi
      candidates=(${(s:,:)${wanted#\{}%\}*})
      compadd -a candidates
      ;;
    FILE) _files ;;
    DIR) _files -/ ;;
    DOMAIN | MAILBOX | ALIAS | MANAGER)
      candidates=(${(f)"$(_extmailctl_names ${(L)wanted} "$PREFIX")"})
      compadd -a candidates
      ;;
    ADDRESS)
      candidates=(${(f)"$(_extmailctl_names mailbox "$PREFIX" && _extmailctl_names alias "$PREFIX")"})
      compadd -a candidates
      ;;
  esac
}

# Autoloaded, this file is the function's first call.
if [[ $funcstack[1] == _extmailctl ]]; then
  _extmailctl "$@"
else
  compdef _extmailctl extmailctl
fi
