"""Completion with TAB: the scripts in real shells, on lines as they are typed."""

import os
import pty
import re
import select
import shutil
import subprocess
import sys
import termios

import pytest
from running import TIMEOUT_S, run

from convfilter.cli.completion import (
    FILE,
    FOLDER,
    KERNEL,
    KERNEL_FILE,
    PICTURE,
    SHELLS,
    TEXT,
    Entry,
    Place,
    Vocabulary,
    script,
    vocabulary,
)
from convfilter.cli.main import COMMANDS, main

BORDERS = ("zero", "constant:", "edge", "reflect", "symmetric", "wrap", "resize")
PADDING = ("valid", "same", "same-lower", "full")
RANGES = ("auto", "clip", "abs", "offset", "rescale", "float")
HELP = (Entry("-h", (), "Help"), Entry("--help", (), "Help"))
# A small program: what the scripts do doesn't hang on what convfilter has at present.
WORDS = Vocabulary(
    (
        Place(
            "convfilter",
            (
                Entry("apply", (), r"Filter one picture: it's 'quick' | \ $easy `x`"),
                Entry("kernels", (), "List and show kernels"),
                Entry("completion"),
            ),
            (Entry("--version"), *HELP),
        ),
        Place(
            "convfilter apply",
            options=(
                Entry("-k", (KERNEL,), "A kernel"),
                Entry("--kernel", (KERNEL,), "A kernel"),
                Entry("-s", (TEXT,)),
                Entry("--stride", (TEXT,)),
                Entry("--border", BORDERS),
                Entry("--range", RANGES),
                Entry("--gray", (), "Turn colour to grey first"),
                Entry("--no-gray"),
                Entry("-o", (FOLDER,)),
                Entry("--output", (FOLDER,)),
                Entry("-f"),
                Entry("--log", (FILE,)),
                *HELP,
            ),
            arguments=(PICTURE,),
        ),
        Place("convfilter kernels", (Entry("list"), Entry("show"), Entry("check")), HELP),
        Place("convfilter kernels list", options=(Entry("--tag", ("edges", "blur")),)),
        Place("convfilter kernels show", options=HELP, arguments=(KERNEL,)),
        Place("convfilter kernels check", options=HELP, arguments=(KERNEL_FILE, "...")),
        Place("convfilter completion", arguments=("bash zsh fish",)),
    ),
    (
        Entry("gaussian", ("sigma", "size"), "Soft: a bell"),
        Entry("gaussian-3"),
        Entry("sharpen"),
        Entry("sobel"),
        Entry("sobel-x"),
        Entry("unsharp", ("amount",)),
    ),
    (
        Entry("stride"),
        Entry("padding", PADDING),
        Entry("border", BORDERS),
        Entry("flip", ("yes", "no")),
        Entry("range", RANGES),
    ),
)
FILES = (
    "x.jpg", "Y.PNG", "a b.png", "it's.tif", "do$ll.bmp", "notes.md", "my.yaml", "my kernel.csv",
    "sub/k.npy", "my dir/p q.png", "home/z.jpg",
    "own kernels/Special.npy", "own kernels/twice.yaml", "own kernels/not this.csv",
    "own kernels/readme.md", "config/convfilter/kernels/mine.yaml",
    "config/convfilter/kernels/twice.txt",
)  # fmt: skip
FOLDERS = ("config/", "home/", "my dir/", "own kernels/", "sub/")
STEPS = ("stride=", "padding=", "border=", "flip=", "range=")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with pictures, kernels, and the scripts as script.bash, script.zsh, script.fish."""
    folder = tmp_path_factory.mktemp("completion")
    for name in FILES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    scripts = tmp_path_factory.mktemp("scripts")
    for shell in SHELLS:
        (scripts / f"script.{shell}").write_text(script(shell, WORDS), encoding="utf-8")
    (scripts / "nothing").mkdir()
    return folder, scripts


def surroundings(place):
    """The environment of a shell that finds no program: none is needed when TAB is pressed."""
    folder, scripts = place
    return {
        "PATH": str(scripts / "nothing"),
        "HOME": str(folder / "home"),
        "XDG_CONFIG_HOME": str(folder / "config"),
        "CONVFILTER_KERNEL_PATH": f"{folder / 'own kernels'}:{folder / 'missing'}",
        "TERM": "dumb",
        "LC_ALL": "C.UTF-8",
    }


def has(shell):
    """Marks tests that need a shell; bash is old on some systems."""
    path = shutil.which(shell)
    if path is not None and shell == "bash":
        test = [path, "-c", "((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 404))"]
        path = path if subprocess.run(test, check=False).returncode == 0 else None
    return pytest.mark.skipif(path is None, reason=f"no {shell} here, or an old one")


needs_bash, needs_zsh, needs_fish = map(has, SHELLS)


def said(place, words):
    """What a shell prints, line by line; nothing may go to standard error."""
    done = subprocess.run(
        [shutil.which(words[0]), *words[1:]],
        cwd=place[0],
        env=surroundings(place),
        capture_output=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert done.stderr.decode() == ""
    return done.stdout.decode().splitlines()


CALL = """
compopt() { echo "compopt $*"; }
source "$1"
COMP_LINE=$2 COMP_POINT=${3:-${#2}}
_convfilter convfilter "" ""
if ((${#COMPREPLY[@]})); then printf '%s\\n' "${COMPREPLY[@]}"; fi
"""


def in_bash(place, line, *, before="", point=""):
    """The answers to TAB at a line's end, and what readline is told about them."""
    path = str(place[1] / "script.bash")
    lines = said(place, ["bash", "--norc", "-c", before + CALL, "bash", path, line, str(point)])
    told = {line.removeprefix("compopt -o ") for line in lines if line.startswith("compopt")}
    return [line for line in lines if not line.startswith("compopt")], told


# What is typed → the answers. Behind '=' and ':' readline takes only what follows them.
ANSWERS = {
    # commands
    "convfilter ": ("apply", "kernels", "completion"),
    "convfilter ap": ("apply",),
    "convfilter -": ("--version", "-h", "--help"),
    "convfilter kernels ": ("list", "show", "check"),
    "convfilter kernels s": ("show",),
    "convfilter kernels list --tag ": ("edges", "blur"),
    "convfilter completion ": ("bash", "zsh", "fish"),
    "convfilter completion f": ("fish",),
    "convfilter completion fish ": (),
    "convfilter unheard ": (),
    # options
    "convfilter apply x.jpg --bor": ("--border",),
    "convfilter apply x.jpg --g": ("--gray",),
    "convfilter apply x.jpg --gray --no": ("--no-gray",),
    "convfilter apply x.jpg -s 2 --border edge --ra": ("--range",),
    "convfilter apply --gray -f --st": ("--stride",),
    "convfilter apply x.jpg -- --bor": (),
    "convfilter kernels show -": ("-h", "--help"),
    "convfilter kernels show sobel ": ("-h", "--help"),
    # their words
    "convfilter apply x.jpg --border ": BORDERS,
    "convfilter apply x.jpg --border re": ("reflect", "resize"),
    "convfilter apply x.jpg --border=re": ("reflect", "resize"),
    "convfilter apply x.jpg --border=": BORDERS,
    "convfilter apply x.jpg --border constant": ("constant:",),
    "convfilter apply x.jpg --border=cons": ("constant:",),
    "convfilter apply x.jpg --range resc": ("rescale",),
    "convfilter apply x.jpg --stride ": (),
    "convfilter apply x.jpg --stride=": (),
    # kernels
    "convfilter apply x.jpg -k gau": ("gaussian", "gaussian-3"),
    "convfilter apply x.jpg --kernel gau": ("gaussian", "gaussian-3"),
    "convfilter apply x.jpg --kernel=gau": ("gaussian", "gaussian-3"),
    "convfilter apply x.jpg -k=gau": ("gaussian", "gaussian-3"),
    "convfilter apply x.jpg -kgau": ("-kgaussian", "-kgaussian-3"),
    "convfilter apply x.jpg -fk gau": ("gaussian", "gaussian-3"),
    "convfilter apply x.jpg -fkgau": ("-fkgaussian", "-fkgaussian-3"),
    "convfilter kernels show sob": ("sobel", "sobel-x"),
    "convfilter apply x.jpg -k preset/sob": ("preset/sobel", "preset/sobel-x"),
    # their parameters, and the options of a step
    "convfilter apply x.jpg -k gaussian:": ("sigma=", "size=", *STEPS),
    "convfilter apply x.jpg -k Gaussian:si": ("sigma=", "size="),
    "convfilter apply x.jpg -k gaussian:sigma=2,s": ("2,size=", "2,stride="),
    "convfilter apply x.jpg -k gaussian:sigma=": (),
    "convfilter apply x.jpg -k gaussian:sigma=2,size=5,b": ("5,border=",),
    "convfilter apply x.jpg -k gaussian:padding=1,2,si": ("1,2,sigma=", "1,2,size="),
    "convfilter apply x.jpg -k sharpen:": STEPS,
    "convfilter apply x.jpg -k my.yaml:st": ("stride=",),
    "convfilter apply x.jpg -k preset/unsharp:a": ("amount=",),
    "convfilter apply x.jpg -k sobel:border=re": ("reflect", "resize"),
    "convfilter apply x.jpg -k sobel:border=con": ("constant:",),
    "convfilter apply x.jpg -k sobel:range=": RANGES,
    "convfilter apply x.jpg -k sobel:stride=2,padding=sa": ("same", "same-lower"),
    "convfilter apply x.jpg --kernel=sobel:flip=": ("yes", "no"),
    'convfilter apply x.jpg -k "gaussian then sob': (
        "gaussian then sobel",
        "gaussian then sobel-x",
    ),
    "convfilter apply x.jpg -k 'gaussian:size=3 then sobel:border=re": (
        "gaussian:size=3 then sobel:border=reflect",
        "gaussian:size=3 then sobel:border=resize",
    ),
    # kernels of the user's own; what can't be typed as a name is none
    "convfilter apply x.jpg -k mi": ("mine",),
    "convfilter apply x.jpg -k Sp": ("Special",),
    "convfilter apply x.jpg -k tw": ("twice",),
    "convfilter apply x.jpg -k no": (),
    "convfilter apply x.jpg -k rea": (),
    # files
    "convfilter apply ": ("Y.PNG", "a b.png", "do$ll.bmp", "it's.tif", "x.jpg", *FOLDERS),
    "convfilter apply x": ("x.jpg",),
    "convfilter apply Y": ("Y.PNG",),
    "convfilter apply ./x": ("./x.jpg",),
    "convfilter apply ~/": ("~/z.jpg",),
    "convfilter apply sub": ("sub/",),
    "convfilter apply sub/": ("sub/k.npy",),
    "convfilter apply -- x": ("x.jpg",),
    "convfilter apply -k sobel x": ("x.jpg",),
    "convfilter apply -ksobel x": ("x.jpg",),
    "convfilter apply my\\ dir/": ("my dir/p q.png",),
    'convfilter apply "my dir/p': ("my dir/p q.png",),
    "convfilter apply 'my dir'/p": ("my dir/p q.png",),
    "convfilter apply it\\'": ("it's.tif",),
    "convfilter apply x.jpg -k my.": ("my.yaml",),
    "convfilter apply x.jpg -k sub/": ("sub/k.npy",),
    "convfilter apply x.jpg -k ./m": ("./my kernel.csv", "./my.yaml", "./my dir/"),
    "convfilter apply x.jpg -k sub/../m": (
        "sub/../my kernel.csv",
        "sub/../my.yaml",
        "sub/../my dir/",
    ),
    "convfilter apply x.jpg -k ~/z": (),
    "convfilter kernels check my": ("my kernel.csv", "my.yaml", "my dir/"),
    "convfilter kernels check my.yaml sub/k.npy my.": ("my.yaml",),
    "convfilter apply x.jpg -o ": FOLDERS,
    "convfilter apply x.jpg -fo su": ("sub/",),
    "convfilter apply x.jpg --output=su": ("sub/",),
    "convfilter apply x.jpg --log n": ("notes.md",),
    "convfilter apply x.jpg -k sobel > no": ("notes.md",),
    "convfilter apply x.jpg -k sobel 2>no": ("notes.md",),
    "convfilter apply 2> notes.md x": ("x.jpg",),
}


@needs_bash
@pytest.mark.parametrize("line", ANSWERS)
def test_bash_answers(place, line):
    found, _ = in_bash(place, line)
    assert sorted(found) == sorted(ANSWERS[line])


@needs_bash
@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("convfilter apply x.jpg --bor", set()),
        ("convfilter apply x.jpg --border constant", {"nospace"}),
        ("convfilter apply x.jpg --border c", {"nospace"}),
        ("convfilter apply x.jpg --border ed", set()),
        ("convfilter apply x.jpg -k gaussian:sig", {"nospace"}),
        ("convfilter apply x.jpg -k uns", {"nospace"}),
        ("convfilter apply x.jpg -k sha", set()),
        ("convfilter apply x", {"filenames"}),
        ("convfilter apply su", {"filenames", "nospace"}),
    ],
)
def test_bash_adds_a_blank_only_where_a_word_is_whole(place, line, told):
    assert in_bash(place, line)[1] == told


@needs_bash
def test_words_that_stand_beside_files_are_quoted_for_bash(place):
    found, told = in_bash(place, "convfilter apply x.jpg -k ")
    assert {"sharpen", "Special", "mine", "my.yaml", "my\\ kernel.csv", "my\\ dir/"} <= set(found)
    assert len(found) == len(set(found))
    assert "filenames" not in told


@needs_bash
def test_bash_answers_whole_words_where_colon_and_equals_break_none(place):
    before = "COMP_WORDBREAKS=$' \\t\\n\"\\'<>;|&('\n"
    found, _ = in_bash(place, "convfilter apply x.jpg --kernel=sobel:border=re", before=before)
    assert found == ["--kernel=sobel:border=reflect", "--kernel=sobel:border=resize"]


@needs_bash
def test_bash_completes_where_the_cursor_is(place):
    line = "convfilter apply x.jpg --bor --gray -k sobel"
    assert in_bash(place, line, point=len("convfilter apply x.jpg --bor"))[0] == ["--border"]


@needs_bash
def test_bash_s_own_settings_stay_and_do_no_harm(place):
    settings = "set -uf; shopt -s failglob; IFS=:; before=$(set +o; shopt -p; echo $IFS)\n"
    after = '\n[[ $before == "$(set +o; shopt -p; echo $IFS)" ]] && echo same'
    path = str(place[1] / "script.bash")
    line = "convfilter apply x.jpg -k zzz"
    words = ["bash", "--norc", "-c", settings + CALL + after, "bash", path, line]
    assert said(place, words) == ["compopt -o filenames", "same"]
    assert in_bash(place, "convfilter apply Y", before="set -uf; shopt -s failglob; IFS=:\n")[
        0
    ] == ["Y.PNG"]


# Page faults of children that have ended: the eleventh number of /proc/PID/stat.
CHILDREN = """
compopt() { :; }
source "$1"
of_children() { local stat; read -ra stat < /proc/$$/stat; echo "${stat[10]}"; }
for COMP_LINE in "${@:2}"; do COMP_POINT=${#COMP_LINE}; _convfilter; done
of_children
one=$(:)
of_children
"""


@needs_bash
@pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="no /proc here")
def test_bash_starts_no_process_when_tab_is_pressed(place):
    path = str(place[1] / "script.bash")
    before, after_one = said(place, ["bash", "--norc", "-c", CHILDREN, "bash", path, *ANSWERS])
    assert int(before) == 0 < int(after_one)


class Typist:
    """An interactive shell on a terminal, whose line can be read after keys were pressed."""

    def __init__(self, words, place, settings):
        ours, theirs = pty.openpty()
        termios.tcsetwinsize(theirs, (40, 200))
        self.terminal = ours
        self.process = subprocess.Popen(
            [shutil.which(words[0]), *words[1:]],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            cwd=place[0],
            env=surroundings(place),
            start_new_session=True,
        )
        os.close(theirs)
        os.write(ours, f"{settings}\nprintf '%s-%s\\n' now ready\n".encode())
        self._until(rb"now-ready")

    def line_after(self, keys):
        """The line as it stands when the keys were pressed."""
        os.write(self.terminal, f"{keys}\x0f".encode())
        line = self._until(rb"<<(.*?)>>")[1].decode()
        os.write(self.terminal, b"\x05\x15")  # Control-E, Control-U: an empty line again
        return line

    def _until(self, pattern):
        seen = b""
        while not (match := re.search(pattern, seen)):
            assert select.select([self.terminal], [], [], TIMEOUT_S)[0], seen
            seen += os.read(self.terminal, 65536)
        return match

    def close(self):
        """Ends the shell."""
        self.process.kill()
        self.process.wait()
        os.close(self.terminal)


@pytest.fixture(scope="module")
def typed_in_bash(place):
    settings = f"""source {place[1]}/script.bash
bind 'set bell-style none'; bind 'set enable-bracketed-paste off'
bind -x '"\\C-o": printf "<%s%s>>\\n" "<" "$READLINE_LINE"'"""
    typist = Typist(["bash", "--noprofile", "--norc", "-i"], place, settings)
    yield typist
    typist.close()


@pytest.fixture(scope="module")
def typed_in_zsh(place):
    settings = f"""unsetopt beep; unset zle_bracketed_paste
autoload -Uz compinit; compinit -u -D; source {place[1]}/script.zsh
show() {{ print -r -- "<""<$BUFFER>>" }}; zle -N show; bindkey '^O' show
zle -C all-matches complete-word _generic; bindkey '^T' all-matches
zstyle ':completion:all-matches:*' completer _all_matches _complete
zstyle ':completion:all-matches:*' insert true"""
    typist = Typist(["zsh", "-f", "-i"], place, settings)
    yield typist
    typist.close()


# A line, and the same after TAB: the same in bash and in zsh.
AFTER_TAB = {
    "convfilter a": "convfilter apply ",
    "convfilter kernels sh": "convfilter kernels show ",
    "true; convfilter k": "true; convfilter kernels ",
    "CONVFILTER_PADDING=same convfilter k": "CONVFILTER_PADDING=same convfilter kernels ",
    "convfilter apply x": "convfilter apply x.jpg ",
    "convfilter apply Y": "convfilter apply Y.PNG ",
    "convfilter apply a": "convfilter apply a\\ b.png ",
    "convfilter apply it": "convfilter apply it\\'s.tif ",
    "convfilter apply do": "convfilter apply do\\$ll.bmp ",
    "convfilter apply my": "convfilter apply my\\ dir/",
    "convfilter apply my\\ dir/": "convfilter apply my\\ dir/p\\ q.png ",
    'convfilter apply "my dir/': 'convfilter apply "my dir/p q.png" ',
    "convfilter apply 'my dir/p": "convfilter apply 'my dir/p q.png' ",
    "convfilter apply ~/": "convfilter apply ~/z.jpg ",
    "convfilter apply -f --bo": "convfilter apply -f --border ",
    "convfilter apply x.jpg --border con": "convfilter apply x.jpg --border constant:",
    "convfilter apply x.jpg --border=con": "convfilter apply x.jpg --border=constant:",
    "convfilter apply x.jpg --border=wr": "convfilter apply x.jpg --border=wrap ",
    "convfilter apply x.jpg -k gau": "convfilter apply x.jpg -k gaussian",
    "convfilter apply x.jpg -kgau": "convfilter apply x.jpg -kgaussian",
    "convfilter apply x.jpg -k gaussian:sig": "convfilter apply x.jpg -k gaussian:sigma=",
    "convfilter apply x.jpg -k gaussian:sigma=2,si": (
        "convfilter apply x.jpg -k gaussian:sigma=2,size="
    ),
    "convfilter apply x.jpg -k sobel:border=res": (
        "convfilter apply x.jpg -k sobel:border=resize "
    ),
    'convfilter apply x.jpg -k "gaussian then sobel:bor': (
        'convfilter apply x.jpg -k "gaussian then sobel:border='
    ),
    "convfilter apply x.jpg -k mi": "convfilter apply x.jpg -k mine ",
    "convfilter apply x.jpg -k my\\ k": "convfilter apply x.jpg -k my\\ kernel.csv ",
    'convfilter apply x.jpg -k "my k': 'convfilter apply x.jpg -k "my kernel.csv" ',
    "convfilter apply x.jpg -o su": "convfilter apply x.jpg -o sub/",
    "convfilter apply x.jpg --output=su": "convfilter apply x.jpg --output=sub/",
    "convfilter apply x.jpg -k sobel > no": "convfilter apply x.jpg -k sobel > notes.md ",
    "convfilter completion zsh ": "convfilter completion zsh ",
}


@needs_bash
@pytest.mark.parametrize("line", AFTER_TAB)
def test_tab_in_an_interactive_bash(typed_in_bash, line):
    assert typed_in_bash.line_after(line + "\t") == AFTER_TAB[line]


@needs_zsh
@pytest.mark.parametrize("line", AFTER_TAB)
def test_tab_in_an_interactive_zsh(typed_in_zsh, line):
    assert typed_in_zsh.line_after(line + "\t") == AFTER_TAB[line]


@needs_zsh
@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("convfilter ", "apply completion kernels"),
        ("convfilter apply --border ", " ".join(sorted(BORDERS))),
        ("convfilter apply -k sob", "sobel sobel-x"),
        ("convfilter kernels show sob", "sobel sobel-x"),
        ("convfilter kernels check my.yaml my.", "my.yaml"),
        ("convfilter kernels list --tag ", "blur edges"),
    ],
)
def test_zsh_finds_all_words(typed_in_zsh, line, words):
    head = line.rpartition(" ")[0].split()
    found = typed_in_zsh.line_after(line + "\x14").split()
    assert found[: len(head)] == head
    assert sorted(found[len(head) :]) == sorted(words.split())


@needs_zsh
def test_zsh_takes_the_blank_behind_a_kernel_back_for_its_parameters(typed_in_zsh):
    assert typed_in_zsh.line_after("convfilter apply -k uns\t:am\t") == (
        "convfilter apply -k unsharp:amount="
    )
    assert typed_in_zsh.line_after("convfilter apply -k uns\t -f") == (
        "convfilter apply -k unsharp -f"
    )


@needs_zsh
def test_the_zsh_script_works_from_a_folder_of_fpath_too(place, tmp_path):
    shutil.copy(place[1] / "script.zsh", tmp_path / "_convfilter")
    settings = f"""unsetopt beep; unset zle_bracketed_paste; fpath+={tmp_path}
autoload -Uz compinit; compinit -u -D
show() {{ print -r -- "<""<$BUFFER>>" }}; zle -N show; bindkey '^O' show"""
    typist = Typist(["zsh", "-f", "-i"], place, settings)
    try:
        assert typist.line_after("convfilter ap\t") == "convfilter apply "
        assert typist.line_after("convfilter kernels l\t") == "convfilter kernels list "
    finally:
        typist.close()


def in_fish(place, line):
    """What fish offers at a line's end: word → description."""
    code = f"source {place[1]}/script.fish; complete -C $argv[1]"
    lines = [
        found.partition("\t") for found in said(place, ["fish", "--no-config", "-c", code, line])
    ]
    return {word: description for word, _, description in lines}


# Behind '=' and ':' bash answers with the end of a word, fish with the whole.
BEGUN = re.compile(r"[^'\"]* ([^ '\"]*[=:])[^=:'\"]*")
# Redirections are fish's own business.
IN_FISH = [line for line in ANSWERS if ">" not in line]


@needs_fish
@pytest.mark.parametrize("line", IN_FISH)
def test_fish_offers_what_bash_answers(place, line):
    begun = BEGUN.fullmatch(line)
    expected = {(begun[1] if begun else "") + word for word in ANSWERS[line]}
    assert expected <= set(in_fish(place, line))


@needs_fish
def test_fish_tells_what_words_are(place):
    assert in_fish(place, "convfilter a")["apply"] == WORDS.places[0].commands[0].help
    assert in_fish(place, "convfilter apply -k gauss")["gaussian"] == "Soft: a bell"
    assert in_fish(place, "convfilter apply --gr") == {"--gray": "Turn colour to grey first"}


@needs_fish
@pytest.mark.parametrize("line", ["convfilter apply x.jpg -k rea", "convfilter kernels nothing "])
def test_fish_offers_nothing_where_there_is_nothing(place, line):
    assert in_fish(place, line) == {}


@needs_fish
def test_fish_knows_the_command_behind_variables(place):
    assert "kernels" in in_fish(place, "CONVFILTER_PADDING=same convfilter k")


@pytest.mark.parametrize("shell", [pytest.param(s, marks=has(s)) for s in ("bash", "fish")])
def test_the_user_s_folder_may_be_elsewhere(place, tmp_path, shell):
    """As on systems that have another place for settings."""
    elsewhere = tmp_path / "it's elsewhere"
    elsewhere.mkdir()
    (elsewhere / "remote.csv").touch()
    words = WORDS._replace(user_folder=str(elsewhere))
    (tmp_path / f"script.{shell}").write_text(script(shell, words), encoding="utf-8")
    place = place[0], tmp_path
    line = "convfilter apply x.jpg -k remo"
    found = in_bash(place, line)[0] if shell == "bash" else in_fish(place, line)
    assert "remote" in found


# The real vocabulary.


@pytest.fixture(scope="module")
def words():
    return vocabulary(main)


def entries_of(words, path):
    return {entry.name: entry for p in words.places if p.path == path for entry in p.options}


def test_every_command_is_known_with_its_options(words):
    paths = {place.path for place in words.places}
    assert {f"convfilter {name}" for name in COMMANDS} < paths
    assert {"convfilter kernels show", "convfilter cache clear"} < paths
    apply = entries_of(words, "convfilter apply")
    assert {"-k", "--kernel", "--no-gray", "--grey", "-o", "--out", "-h", "--help"} < set(apply)
    assert apply["-k"].takes == (KERNEL,)
    assert apply["--out"].takes == (FOLDER,)
    assert apply["--border"].takes == BORDERS
    assert apply["--padding"].takes == PADDING
    assert apply["--range"].takes == RANGES
    assert apply["--normalize"].takes == ("none", "sum", "abs-sum", "size")
    assert {"jpg", "png", "tif", "npy"} < set(apply["--format"].takes)
    assert apply["--stride"].takes == (TEXT,)
    assert apply["--gray"].takes == ()
    assert apply["--gray"].help == "Turn colour to grey first (Rec. 601 luma)"


def test_every_option_that_a_help_shows_is_known(words, tmp_path):
    for place in words.places:
        text = run(*place.path.split()[1:], "--help", cwd=tmp_path).text
        shown = set(re.findall(r"(?m)(?:^  |, | / )(--?[a-z][a-z-]*)", text))
        assert shown <= set(entries_of(words, place.path)), place.path


def test_arguments_are_what_they_take(words):
    arguments = {place.path: place.arguments for place in words.places}
    assert arguments["convfilter apply"] == (PICTURE,)
    assert arguments["convfilter kernels show"] == (KERNEL,)
    assert arguments["convfilter"] == ()


def test_kernels_and_aliases_are_known(words):
    kernels = {entry.name: entry for entry in words.kernels}
    assert {"sharpen", "sobel-x", "vertical-edge"} < set(kernels)
    assert kernels["sharpen"].help
    assert kernels["vertical-edge"].takes == ()


def test_options_of_a_step_have_the_words_of_their_options(words):
    steps = {entry.name: entry.takes for entry in words.steps}
    assert steps["border"] == BORDERS
    assert steps["padding"] == PADDING
    assert steps["range"] == RANGES
    assert steps["flip"] == ("yes", "no")
    assert steps["stride"] == ()


@pytest.mark.parametrize("shell", [pytest.param(s, marks=has(s)) for s in SHELLS])
def test_the_command_prints_a_script_that_the_shell_reads(words, shell, tmp_path):
    done = run("completion", shell, cwd=tmp_path)
    assert (done.status, done.err) == (0, "")
    assert done.text == script(shell, words)
    path = tmp_path / "script"
    path.write_bytes(done.out)
    check = [shutil.which(shell), "-n", path]
    assert subprocess.run(check, capture_output=True, check=False).stderr == b""


@needs_bash
def test_the_real_script_answers(words, place, tmp_path):
    folder, _ = place
    (tmp_path / "script.bash").write_text(script("bash", words), encoding="utf-8")
    (tmp_path / "nothing").mkdir()
    assert in_bash((folder, tmp_path), "convfilter completion z")[0] == ["zsh"]
    assert in_bash((folder, tmp_path), "convfilter apply x.jpg --normalize ab")[0] == ["abs-sum"]
    assert "sharpen" in in_bash((folder, tmp_path), "convfilter kernels show sha")[0]


def test_a_slip_in_the_shell_s_name_is_answered(tmp_path):
    done = run("completion", "fsh", cwd=tmp_path)
    assert done.status == 2
    assert "Did you mean 'fish'?" in done.err


@pytest.mark.parametrize("shell", SHELLS)
def test_printing_a_script_imports_nothing_heavy(shell, tmp_path):
    code = (
        "import sys\n"
        "from convfilter.cli.main import main\n"
        f"main(['completion', '{shell}'], standalone_mode=False)\n"
        "print(*({'numpy', 'PIL', 'numba', 'rich'} & set(sys.modules)), file=sys.stderr)\n"
    )
    done = run("-c", code, cwd=tmp_path, command=[sys.executable])
    assert (done.status, done.err.strip()) == (0, "")
    assert "convfilter" in done.text
