# What both shells run: where the words lead that are there already, and what the last of them may be.

# The names of objects that begin with $2; nothing if the database doesn't answer at once. Names that a shell would
# have to quote, that a terminal might obey or that look like an option are left out: people who are not root choose
# them.
_extmailctl_names() {
  LC_ALL=C timeout 2 "$program" "${config[@]}" --csv "$1" list "$2*" < /dev/null 2> /dev/null |
    LC_ALL=C sed -n '2,1001s/^\([A-Za-z0-9@._+=/][A-Za-z0-9@._+=/-]*\),.*/\1/p'
}

# Takes the words after the program's name, the unfinished one too. Sets wanted: commands, switches, {a,b}, {a,b}, for
# several of them, FILE, DIR, or what _extmailctl_names can ask for; empty if nobody can tell.
_extmailctl_walk() {
  local where='' given=' ' each found
  local -i place=0
  wanted=''
  config=()
  _extmailctl_words ''
  while (($# > 1)); do
    case $1 in
      --config=*)
        config=("$1")
        ;;
      -*)
        given+="$1 "
        if [[ -n ${takes[$1]+is} ]]; then
          if (($# == 2)); then
            wanted=${takes[$1]}
            return
          fi
          if [[ $1 == -c || $1 == --config ]]; then config=(--config "$2"); fi
          shift
        fi
        ;;
      *)
        found=''
        for each in "${nested[@]}"; do
          if [[ ${each%%:*} == "$1" ]]; then found=yes; fi
        done
        if [[ -n $found ]]; then
          where=${where:+$where }$1
          _extmailctl_words "$where"
        else
          place+=1
        fi
        ;;
    esac
    shift
  done
  if [[ $1 == --*=* ]]; then
    each=${1%%=*}
    wanted=${takes[$each]}
  elif [[ $1 == -* ]]; then
    wanted=switches
  elif ((${#nested[@]} > 0)); then
    wanted=commands
  else
    for each in "${places[@]}"; do
      if ((place == 0)) || [[ -n $endless ]]; then wanted=$each; fi
      if ((place == 0)); then break; fi
      place+=-1
    done
    # Whose name it is depends on an option.
    if [[ $wanted == *'|--'* ]]; then
      found=${wanted#*|}
      if [[ $given == *" ${found%|*} "* ]]; then wanted=${found#*|}; else wanted=${wanted%%|*}; fi
    fi
  fi
}
