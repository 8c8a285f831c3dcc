# Completion of convfilter for bash, 4.4 and newer. A line for ~/.bashrc:
#
#     eval "$(convfilter completion bash)"
#
# or, where the package bash-completion is installed, once and again after each upgrade:
#
#     mkdir -p ~/.local/share/bash-completion/completions
#     convfilter completion bash > ~/.local/share/bash-completion/completions/convfilter
#
# All words stand in here: no process is started when TAB is pressed.

# shellcheck shell=bash disable=SC2034,SC2154  # helpers set and read the locals of _convfilter

#: tables

# An entry of a table is a name, '|', and the words that may follow it; a word in <> stands for
# names that are looked for: <kernel>, <kernel-file>, <picture>, <file>, <folder>, <text> (any).

_convfilter() {
    local - IFS=$' \t\n' failglob=''
    set +o noglob +o nounset
    if shopt -q failglob; then
        failglob=1
        shopt -u failglob
    fi
    COMPREPLY=()
    _convfilter_complete
    if [[ $failglob ]]; then shopt -s failglob; fi
}

_convfilter_complete() {
    local words=() current='' quote='' redirected='' cut=0
    local subcommands=() switches=() positions=() kernels=() steps=()
    local picture_suffixes=() kernel_suffixes=() user_folder=()
    local command=convfilter head='' takes='' literal='' awaited='' place=0 word
    _convfilter_read "${COMP_LINE:0:COMP_POINT}"
    _convfilter_table "$command"

    for word in "${words[@]:1}"; do
        if [[ $awaited ]]; then
            awaited=''
        elif [[ $literal || $word != -?* ]]; then
            if ((${#subcommands[@]})); then
                command+=" $word" subcommands=() switches=() positions=()
                _convfilter_table "$command"
            else
                ((place += 1))
            fi
        elif [[ $word == -- ]]; then
            literal=1
        else
            _convfilter_switch "$word"
            if [[ ! $head ]]; then awaited=$takes; fi
        fi
    done

    head='' takes=''
    if [[ $redirected ]]; then
        takes='<file>'
    elif [[ $awaited ]]; then
        takes=$awaited
    elif [[ ! $literal && $current == -* ]]; then
        _convfilter_switch "$current"
        if [[ ! $head ]]; then takes=${switches[*]%%|*}; fi
    elif ((${#subcommands[@]})); then
        takes=${subcommands[*]%%|*}
    else
        _convfilter_position
        if [[ ! $takes && ! $current ]]; then takes=${switches[*]%%|*}; fi
    fi
    _convfilter_offer
}

# A line's words as the shell will read them → words; the last one → current, and of that
#   quote       the quote that is open at its end
#   cut         where readline believes that it begins: behind an open quote, or a ':' or '='
#   redirected  whether it is where a stream goes
_convfilter_read() {
    local line=$1 begun='' before=0 c next i
    for ((i = 0; i < ${#line}; i++)); do
        c=${line:i:1}
        if [[ $quote == "'" || $quote && $c != [\"\\] ]]; then
            if [[ $c == "'" && $quote == "'" ]]; then quote='' cut=$before; else current+=$c; fi
        elif [[ $c == \\ ]]; then
            next=${line:i+1:1} begun=1
            if [[ $quote && $next != [\"\\\$\`] ]]; then
                current+=$c
            else
                current+=$next
                ((i += 1))
            fi
        elif [[ $quote ]]; then
            quote='' cut=$before
        elif [[ $c == [\"\'] ]]; then
            quote=$c begun=1 before=$cut cut=${#current}
        elif [[ $c == [[:space:]] ]]; then
            if [[ $begun ]]; then _convfilter_end_word; fi
        elif [[ $c == [\<\>] ]]; then
            if [[ $current =~ ^([0-9]+|&)$ ]]; then begun='' current=''; fi # 2> and &>
            if [[ $begun ]]; then _convfilter_end_word; fi
            redirected=1
        else
            current+=$c begun=1
            if [[ $COMP_WORDBREAKS == *"$c"* ]]; then cut=${#current}; fi
        fi
    done
}

_convfilter_end_word() {
    if [[ ! $redirected ]]; then words+=("$current"); fi
    current='' begun='' redirected='' cut=0
}

# What the option at the beginning of a word takes → takes; if its value begins in the same word,
# what stands before that → head.
_convfilter_switch() {
    local word=$1 i
    head='' takes=''
    if [[ $word == --*=* ]]; then
        _convfilter_takes "${word%%=*}"
        head=${word%%=*}=
    elif [[ $word == --* ]]; then
        _convfilter_takes "$word"
    else
        for ((i = 1; i < ${#word}; i++)); do # -fo FILE, -oFILE, -o=FILE
            _convfilter_takes "-${word:i:1}"
            if [[ $takes ]]; then break; fi
        done
        if ((i + 1 < ${#word})); then
            head=${word:0:i+1}
            if [[ ${word:i+1:1} == = ]]; then head+='='; fi
        fi
    fi
}

_convfilter_takes() {
    local entry
    takes=''
    for entry in "${switches[@]}"; do
        if [[ $entry == "$1|"* ]]; then
            takes=${entry#*|}
            return
        fi
    done
}

# What the argument at this place is → takes; '...' says that the last one can stand again.
_convfilter_position() {
    local last=$((${#positions[@]} - 1))
    if ((last > 0 && place >= last)) && [[ ${positions[last]} == ... ]]; then
        place=$((last - 1))
    fi
    takes=${positions[place]-}
}

# Finds the words for takes, and answers.
_convfilter_offer() {
    local value=${current#"$head"} answers=() files=() unfinished='' word escaped
    _convfilter_lists
    for word in $takes; do
        case $word in
        '<kernel>') _convfilter_kernels ;;
        '<kernel-file>') _convfilter_files "${kernel_suffixes[*]}" ;;
        '<picture>') _convfilter_files "${picture_suffixes[*]}" ;;
        '<file>') _convfilter_files '*' ;;
        '<folder>') _convfilter_files / ;;
        '<text>') ;;
        "$value"*) answers+=("$head$word") ;;
        esac
    done
    if ((${#answers[@]} + ${#files[@]} == 1)); then
        word=${answers[0]-${files[0]}}
        if [[ $word == *[:=/] || $word == "$unfinished" ]]; then
            compopt -o nospace
            # Of two words readline takes the common beginning, and leaves the quote open.
            if [[ $quote && $word != */ ]]; then answers+=("$word..."); fi
        fi
    fi
    if ((${#answers[@]} == 0)); then
        # Nothing but files: readline quotes them itself.
        compopt -o filenames
        if [[ $quote ]]; then files=("${files[@]%/}"); fi
        for word in "${files[@]}"; do COMPREPLY+=("${word:cut}"); done
        return
    fi
    for word in "${answers[@]}" "${files[@]}"; do
        _convfilter_escape "${word:cut}"
        COMPREPLY+=("$escaped")
    done
}

# NAME, FILE, NAME:parameter=word,…, one after the other with ' then ' between them.
_convfilter_kernels() {
    local head=$head value=$value entry name key piece given
    if [[ $value == *' then '* ]]; then
        head+=${value%"${value##*' then '}"}
        value=${value##*' then '}
    fi
    if [[ $value != *:* ]]; then
        _convfilter_kernel_names
        return
    fi
    name=${value%%:*} given=,${value#*:} piece=${value#*:}
    piece=${piece##*,} name=${name#preset/} name=${name,,} name=${name//_/-}
    head+=${value%"$piece"}
    if [[ $piece == *=* ]]; then
        key=${piece%%=*} piece=${piece#*=} head+=$key=
        for entry in "${steps[@]}"; do
            if [[ $entry != "$key|"* ]]; then continue; fi
            for word in ${entry#*|}; do
                if [[ $word == "$piece"* ]]; then answers+=("$head$word"); fi
            done
        done
        return
    fi
    for entry in "${kernels[@]}"; do
        if [[ $entry == "$name|"* ]]; then break; fi
        entry=''
    done
    for key in ${entry#*|} "${steps[@]%%|*}"; do
        if [[ $key == "$piece"* && $given != *",$key="* ]]; then answers+=("$head$key="); fi
    done
}

_convfilter_kernel_names() {
    local folder folders=$CONVFILTER_KERNEL_PATH: file
    folders+=${user_folder[0]:-${XDG_CONFIG_HOME:-$HOME/.config}/convfilter/kernels}:
    if [[ $value == preset/* ]]; then
        head+=preset/ value=${value#preset/} folders=''
    elif [[ $value == */* ]]; then # a path, and no name
        _convfilter_files "${kernel_suffixes[*]}"
        return
    else
        _convfilter_files "${kernel_suffixes[*]}"
    fi
    for entry in "${kernels[@]}"; do
        name=${entry%%|*}
        if [[ $name != "$value"* ]]; then continue; fi
        answers+=("$head$name")
        # ':' is as likely to follow as a blank.
        if [[ $entry == *'|'?* ]]; then unfinished=$head$name; fi
    done
    while [[ $folders ]]; do
        folder=${folders%%:*} folders=${folders#*:}
        if [[ ! $folder ]]; then continue; fi
        for file in "$folder/$value"*.*; do
            name=${file##*/} key=${file##*.} name=${name%.*}
            if [[ " ${kernel_suffixes[*]} " != *" ${key,,} "* || ! -e $file ]]; then continue; fi
            # Others can't be typed as a name.
            if [[ ! $name =~ ^[A-Za-z][A-Za-z0-9_-]*$ ]]; then continue; fi
            if [[ " ${answers[*]} " != *" $head$name "* ]]; then answers+=("$head$name"); fi
        done
    done
}

# Files that begin with value → files. $1: their suffixes, '*' for any; '/' only folders.
_convfilter_files() {
    local path=$value file suffix
    if [[ ! $quote && $path == \~/* ]]; then path=$HOME${path:1}; fi
    for file in "$path"*; do
        suffix=${file##*.}
        if [[ -d $file ]]; then
            files+=("$head$value${file#"$path"}/")
        elif [[ -e $file && ($1 == '*' || " $1 " == *" ${suffix,,} "*) ]]; then
            files+=("$head$value${file#"$path"}")
        fi
    done
}

# A word as it has to be typed at this place → escaped.
_convfilter_escape() {
    local special=$' \t"\'\\$`&|;<>()*?[]{}#!~' c i
    if [[ $quote ]]; then special='"\$`'; fi
    escaped=''
    for ((i = 0; i < ${#1}; i++)); do
        c=${1:i:1}
        if [[ $quote == "'" ]]; then
            escaped+=${c/\'/\'\\\'\'}
        elif [[ $special == *"$c"* ]]; then
            escaped+=\\$c
        else
            escaped+=$c
        fi
    done
}

complete -F _convfilter convfilter
