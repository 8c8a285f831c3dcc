#compdef convfilter
# Completion of convfilter for zsh. A line for ~/.zshrc, behind compinit if that stands there:
#
#     eval "$(convfilter completion zsh)"
#
# or, once and again after each upgrade, into a folder of $fpath:
#
#     convfilter completion zsh > ~/.zfunc/_convfilter
#
# All words stand in here: no process is started when TAB is pressed.

#: tables

# An entry of a table is a name, '|', the words that may follow it, '|', and what it is; a word in
# <> stands for names that are looked for: <kernel>, <kernel-file>, <picture>, <file>, <folder>,
# <text> (any).

_convfilter() {
    local -a subcommands switches positions kernels steps
    local -a picture_suffixes kernel_suffixes user_folder
    local command=convfilter head takes literal awaited word
    local current=${(Q)PREFIX}
    integer place=1 found=1
    _convfilter_table $command
    _convfilter_lists

    for word in "${(@Q)words[2,CURRENT-1]}"; do
        if [[ -n $awaited ]]; then
            awaited=
        elif [[ -n $literal || $word != -?* ]]; then
            if (( $#subcommands )); then
                command+=" $word" subcommands=() switches=() positions=()
                _convfilter_table $command
            else
                (( place += 1 ))
            fi
        elif [[ $word == -- ]]; then
            literal=1
        else
            _convfilter_switch $word
            [[ -n $head ]] || awaited=$takes
        fi
    done

    head= takes=
    if [[ -n $awaited ]]; then
        takes=$awaited
    elif [[ -z $literal && $current == -* ]]; then
        _convfilter_switch $current
        if [[ -z $head ]]; then
            _convfilter_describe options option $switches
            return
        fi
    elif (( $#subcommands )); then
        _convfilter_describe commands command $subcommands
        return
    else
        _convfilter_position
        if [[ -z $takes$current ]]; then
            _convfilter_describe options option $switches
            return
        fi
    fi

    compset -p $#head
    for word in ${=takes}; do
        case $word in
        '<kernel>') _convfilter_kernels && found=0 ;;
        '<kernel-file>') _files -g "*.(#i)(${(j:|:)kernel_suffixes})(-.)" && found=0 ;;
        '<picture>') _files -g "*.(#i)(${(j:|:)picture_suffixes})(-.)" && found=0 ;;
        '<file>') _files && found=0 ;;
        '<folder>') _files -/ && found=0 ;;
        '<text>') _message 'a value' ;;
        esac
    done
    _convfilter_words ${${=takes}:#'<'*'>'} && found=0
    return found
}

# What the option at the beginning of a word takes → takes; if its value begins in the same word,
# what stands before that → head.
_convfilter_switch() {
    local word=$1
    integer i
    head= takes=
    if [[ $word == --*=* ]]; then
        _convfilter_takes ${word%%=*}
        head=${word%%=*}=
    elif [[ $word == --* ]]; then
        _convfilter_takes $word
    else
        for (( i = 2; i <= $#word; i++ )); do # -fo FILE, -oFILE, -o=FILE
            _convfilter_takes -${word[i]}
            [[ -z $takes ]] || break
        done
        if (( i < $#word )); then
            head=${word[1,i]}
            [[ ${word[i+1]} != '=' ]] || head+='='
        fi
    fi
}

_convfilter_takes() {
    local entry=${switches[(r)${(b)1}\|*]}
    takes=${${entry#*\|}%%\|*}
}

# What the argument at this place is → takes; '...' says that the last one can stand again.
_convfilter_position() {
    if [[ $positions[-1] == ... ]] && (( place >= $#positions )); then
        (( place = $#positions - 1 ))
    fi
    takes=$positions[place]
}

# Words that end with ':' or '=' go on without a blank.
_convfilter_words() {
    local -a unfinished=(${(M)@:#*[:=]}) whole=(${@:#*[:=]})
    integer found=1
    compadd -S '' -- $unfinished && found=0
    compadd -- $whole && found=0
    return found
}

# Names with what they are: _convfilter_describe TAG DESCRIPTION ENTRY…
_convfilter_describe() {
    local tag=$1 description=$2 entry
    local -a described
    for entry in "${@[3,-1]}"; do
        described+=("${${entry%%\|*}//:/\\:}:${entry#*\|*\|}")
    done
    _describe -t $tag $description described
}

# NAME, FILE, NAME:parameter=word,…, one after the other with ' then ' between them.
_convfilter_kernels() {
    local name given entry key
    compset -P '*( |\\ )then( |\\ )'
    if [[ $PREFIX != *:* ]]; then
        _alternative 'kernels:kernel:_convfilter_kernel_names' \
            "files:kernel file:_files -g '*.(#i)(${(j:|:)kernel_suffixes})(-.)'"
        return
    fi
    name=${${(L)PREFIX%%:*}//_/-} given=,${PREFIX#*:}
    compset -P '[^:]#:'
    compset -P '*,'
    if [[ $PREFIX == *=* ]]; then
        key=${PREFIX%%=*}
        compset -P '[^=]#='
        entry=${steps[(r)${(b)key}\|*]}
        _convfilter_words ${=${entry#*\|}%%\|*}
        return
    fi
    entry=${kernels[(r)${(b)name#preset/}\|*]}
    local -a keys=(${=${entry#*\|}%%\|*} ${steps%%\|*})
    for key in $keys; do
        [[ $given != *,$key=* ]] || keys=(${keys:#$key})
    done
    _convfilter_words ${^keys}=
}

_convfilter_kernel_names() {
    local -a own described expl
    local config=${XDG_CONFIG_HOME:-$HOME/.config} folder entry
    integer found=1
    if ! compset -P preset/; then
        for folder in ${(s.:.)CONVFILTER_KERNEL_PATH} ${user_folder:-$config/convfilter/kernels}; do
            own+=($folder/*.(#i)(${(j:|:)~kernel_suffixes})(N-.:t:r))
        done
        own=(${(M)own:#[A-Za-z][A-Za-z0-9_-]#}) # others can't be typed as a name
    fi
    for entry in $kernels; do
        described+=("${entry%%\|*}:${entry#*\|*\|}")
    done
    # The blank behind a name goes away for a ':'.
    _describe -t kernels kernel described -S ' ' -r ': ' && found=0
    _wanted own-kernels expl 'kernel of your own' compadd -S ' ' -r ': ' -- $own && found=0
    return found
}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _convfilter "$@"
else
    (( $+functions[compdef] )) || { autoload -Uz compinit && compinit; }
    compdef _convfilter convfilter
fi
