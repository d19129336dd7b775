
_extmailctl() {
  local -a words=() nested=() switches=() places=() config=() candidates=()
  local -A takes=()
  local wanted endless program each current breaks='' cut=''
  local -i i

  # Bash takes a word apart at each of COMP_WORDBREAKS: user@example.com is three. These are one again.
  local rest=${COMP_LINE:0:COMP_POINT}
  for ((i = 0; i <= COMP_CWORD; ++i)); do
    if ((i == 0)) || [[ $rest == [[:blank:]]* ]]; then
      words+=('')
      rest=${rest#"${rest%%[![:blank:]]*}"}
    fi
    each=${COMP_WORDS[i]}
    if ((i == COMP_CWORD)); then each=$rest; fi
    words[-1]+=$each
    rest=${rest#"$each"}
  done
  program=${words[0]}
  current=${words[-1]}
  _extmailctl_walk "${words[@]:1}"

  if [[ $current == --*=* ]]; then current=${current#*=}; fi
  case $wanted in
    commands) candidates=("${nested[@]%%:*}") ;;
    switches) candidates=("${switches[@]%%:*}") ;;
    \{*)
      each=''
      if [[ $wanted == *, && $current == *,* ]]; then each=${current%,*},; fi
      wanted=${wanted#\{}
      IFS=, read -r -a candidates <<< "${wanted%\}*}"
      candidates=("${candidates[@]/#/$each}")
      ;;
    FILE)
      compopt -o filenames
      mapfile -t candidates < <(compgen -f -- "$current")
      ;;
    DIR)
      compopt -o filenames
      mapfile -t candidates < <(compgen -d -- "$current")
      ;;
    DOMAIN | MAILBOX | ALIAS | MANAGER)
      mapfile -t candidates < <(_extmailctl_names "${wanted,,}" "$current")
      ;;
    ADDRESS)
      mapfile -t candidates < <(_extmailctl_names mailbox "$current" && _extmailctl_names alias "$current")
      ;;
  esac

  # Bash replaces what comes after the last of COMP_WORDBREAKS only, with that itself where it is an @.
  for each in @ = :; do
    if [[ $COMP_WORDBREAKS == *"$each"* ]]; then breaks+=$each; fi
  done
  if [[ -n $breaks ]]; then cut=${current%"${current##*["$breaks"]}"}; fi
  cut=${cut%@}
  COMPREPLY=()
  for each in "${candidates[@]}"; do
    if [[ $each == "$current"* ]]; then COMPREPLY+=("${each#"$cut"}"); fi
  done
}

complete -F _extmailctl extmailctl
