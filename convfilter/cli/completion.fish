# Completion of convfilter for fish. Once, and again after each upgrade:
#
#     convfilter completion fish > ~/.config/fish/completions/convfilter.fish
#
# or a line for ~/.config/fish/config.fish:
#
#     convfilter completion fish | source
#
# All words stand in here: no process is started when TAB is pressed.

#: tables

# An entry of a table is a name, '|', the words that may follow it, '|', and what it is; a word in
# <> stands for names that are looked for: <kernel>, <kernel-file>, <picture>, <file>, <folder>,
# <text> (any).

# Prints the words that may stand at the cursor, each whole, with a tab and what it is.
function __convfilter
    set -l words (commandline -opc)
    set -l current (__convfilter_plain (commandline -ct))
    set -l command convfilter
    set -l subcommands
    set -l switches
    set -l positions
    set -l place 1
    set -l literal
    set -l awaited
    set -l head
    set -l takes
    while string match -q -- '*=*' "$words[1]" # variables before the command
        set -e words[1]
    end
    __convfilter_table

    for word in $words[2..]
        if test -n "$awaited"
            set awaited
        else if test -n "$literal"; or not string match -q -- '-?*' $word
            if set -q subcommands[1]
                set command "$command $word"
                set subcommands
                set switches
                set positions
                __convfilter_table
            else
                set place (math $place + 1)
            end
        else if test $word = --
            set literal 1
        else
            __convfilter_switch $word
            if test -z "$head"
                set awaited $takes
            end
        end
    end

    set head
    set takes
    if test -n "$awaited"
        set takes $awaited
    else if test -z "$literal"; and string match -q -- '-*' $current
        __convfilter_switch $current
        if test -z "$head"
            __convfilter_describe $switches
            return
        end
    else if set -q subcommands[1]
        __convfilter_describe $subcommands
        return
    else
        __convfilter_position
        if test -z "$takes$current"
            __convfilter_describe $switches
            return
        end
    end
    __convfilter_offer
end

# A word without its quotes, one of which may still be open.
function __convfilter_plain
    string unescape -- "$argv"
    or string unescape -- "$argv'"
    or string unescape -- "$argv\""
    or echo -- "$argv"
end

# What the option at the beginning of a word takes → takes; if its value begins in the same word,
# what stands before that → head.
function __convfilter_switch --no-scope-shadowing
    set -l word $argv[1]
    set head ''
    set takes ''
    switch $word
        case '--*=*'
            set head (string match -r '^[^=]*=' -- $word)
            __convfilter_takes (string match -r '^[^=]*' -- $word)
        case '--*'
            __convfilter_takes $word
        case '*'
            # -fo FILE, -oFILE, -o=FILE
            set -l read -
            for letter in (string split '' -- (string sub -s 2 -- $word))
                set read $read$letter
                __convfilter_takes -$letter
                if test -n "$takes"
                    break
                end
            end
            if test "$read" != "$word"
                set head $read
                if string match -q -- "$read=*" $word
                    set head $read=
                end
            end
    end
end

function __convfilter_takes --no-scope-shadowing
    set takes ''
    for entry in $switches
        set -l fields (string split '|' -m 2 -- $entry)
        if test "$fields[1]" = "$argv[1]"
            set takes $fields[2]
            return
        end
    end
end

# What the argument at this place is → takes; '...' says that the last one can stand again.
function __convfilter_position --no-scope-shadowing
    set -l last (count $positions)
    if test $last -gt 1; and test "$positions[-1]" = ...; and test $place -ge $last
        set place (math $last - 1)
    end
    set takes $positions[$place]
end

function __convfilter_describe
    for entry in $argv
        set -l fields (string split '|' -m 2 -- $entry)
        printf '%s\t%s\n' "$fields[1]" "$fields[3]"
    end
end

# Prints the words for takes.
function __convfilter_offer --no-scope-shadowing
    set -l value (__convfilter_behind "$head" "$current")
    set -l kernels
    set -l steps
    set -l picture_suffixes
    set -l kernel_suffixes
    set -l user_folder
    __convfilter_lists
    for word in (string split -n ' ' -- $takes)
        switch $word
            case '<kernel>'
                __convfilter_kernels
            case '<kernel-file>'
                __convfilter_files $kernel_suffixes
            case '<picture>'
                __convfilter_files $picture_suffixes
            case '<file>'
                __convfilter_files
            case '<folder>'
                __convfilter_files /
            case '<text>'
            case '*'
                printf '%s\n' "$head$word"
        end
    end
end

# What stands in a text behind its beginning.
function __convfilter_behind
    string sub -s (math (string length -- $argv[1]) + 1) -- $argv[2]
end

# What stands in a text before its end.
function __convfilter_before
    string sub -l (math (string length -- $argv[2]) - (string length -- $argv[1])) -- $argv[2]
end

# NAME, FILE, NAME:parameter=word,…, one after the other with ' then ' between them.
function __convfilter_kernels --no-scope-shadowing
    set -l spec (string replace -r '.* then ' '' -- "$value")
    set -l head "$head"(__convfilter_before "$spec" "$value")
    if not string match -q -- '*:*' $spec
        __convfilter_kernel_names
        return
    end
    set -l name (string replace -r '^preset/' '' -- (string replace -r ':.*' '' -- $spec))
    set name (string replace -a _ - -- (string lower -- $name))
    set -l given ,(string replace -r '^[^:]*:' '' -- $spec)
    set -l piece (string replace -r '.*,' '' -- $given)
    set head "$head"(__convfilter_before "$piece" $spec)
    if string match -q -- '*=*' $piece
        set -l key (string replace -r '=.*' '' -- $piece)
        for entry in $steps
            set -l fields (string split '|' -m 2 -- $entry)
            if test $fields[1] = "$key"
                printf '%s\n' "$head$key="(string split -n ' ' -- $fields[2])
            end
        end
        return
    end
    set -l keys
    for entry in $kernels
        set -l fields (string split '|' -m 2 -- $entry)
        if test $fields[1] = $name
            set keys (string split -n ' ' -- $fields[2])
        end
    end
    for key in $keys (string replace -r '\|.*' '' -- $steps)
        if not string match -q -- "*,$key=*" $given
            printf '%s\n' "$head$key="
        end
    end
end

function __convfilter_kernel_names --no-scope-shadowing
    if string match -q -- 'preset/*' $spec
        set head "$head"preset/
    else
        set -l value $spec
        __convfilter_files $kernel_suffixes
        if not set -q user_folder[1]
            set -l config $HOME/.config $XDG_CONFIG_HOME
            set user_folder $config[-1]/convfilter/kernels
        end
        for folder in (string split -n : -- $CONVFILTER_KERNEL_PATH) $user_folder
            for file in $folder/*.*
                set -l parts (string match -r '([^/]*)\.([^./]*)$' -- $file)
                # Others can't be typed as a name.
                if contains -- (string lower -- $parts[3]) $kernel_suffixes
                    and string match -qr '^[A-Za-z][A-Za-z0-9_-]*$' -- $parts[2]
                    printf '%s\tyour own\n' "$head$parts[2]"
                end
            end
        end
    end
    for line in (__convfilter_describe $kernels)
        printf '%s\n' "$head$line"
    end
end

# Prints files that begin with value, after head; of some suffixes, '/': only folders.
function __convfilter_files --no-scope-shadowing
    set -l path $value
    if string match -q -- '~/*' $path
        set path $HOME(string sub -s 2 -- $path)
    end
    for file in "$path"*
        set -l found "$head$value"(__convfilter_behind "$path" $file)
        set -l suffix (string lower -- (string replace -r '.*\.' '' -- $file))
        if test -d $file
            printf '%s\n' $found/
        else if not set -q argv[1]; or contains -- $suffix $argv
            printf '%s\n' $found
        end
    end
end

complete -c convfilter -f -a '(__convfilter)'
