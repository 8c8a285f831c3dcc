"""What is imported when: --help and --version next to nothing, a warm apply no compiler."""

import json

import pytest
from running import COMMAND, run

import convfilter

MODULES = """
import json, sys
from convfilter.cli import main
end = main.os._exit
def tell(status):
    names = sorted({name.partition(".")[0] for name in sys.modules})
    with open("modules.json", "w") as file:
        json.dump(names, file)
    end(status)
main.os._exit = tell
try:
    main.run()
except SystemExit as stop:
    tell(stop.code or 0)
"""


def _imported(folder, *words):
    """The top-level modules that a run of the command had imported at its end."""
    script = [COMMAND[0], "-c", MODULES]
    done = run(*words, cwd=folder, command=script)
    assert done.status == 0, done.err
    return set(json.loads((folder / "modules.json").read_text()))


@pytest.mark.parametrize(
    "words",
    [
        ("--help",),
        ("-h",),
        ("--version",),
        ("apply", "--help"),
        ("kernels", "--help"),
        ("kernels", "list", "-h"),
        ("gallery", "--help"),
        ("shape", "--help"),
        ("explain", "--help"),
        ("animate", "--help"),
        ("cache", "--help"),
    ],
)
def test_help_and_version_import_nothing_heavy(folder, words):
    heavy = {"numpy", "PIL", "numba", "llvmlite", "rich", "yaml", "ctypes", "dask"}
    assert not _imported(folder, *words) & heavy


@pytest.mark.parametrize("words", [("-q",), (), ("--json",), ("--gray", "-s", "2")])
def test_a_warm_apply_imports_no_compiler_no_yaml_and_no_rich(folder, words):
    line = ("apply", "a.png", "-k", "sharpen", "-f", *words)
    run(*line, cwd=folder)
    imported = _imported(folder, *line)
    assert not imported & {"numba", "llvmlite", "yaml", "rich", "dask", "scipy", "platformdirs"}
    assert {"numpy", "PIL"} <= imported


def test_a_list_in_a_pipe_needs_no_rich(folder):
    run("kernels", "list", cwd=folder)
    assert not _imported(folder, "kernels", "list") & {"rich", "PIL", "numba", "yaml"}


def test_the_version_is_the_packages(folder):
    done = run("--version", cwd=folder)
    assert (done.status, done.err) == (0, "")
    assert done.text == f"convfilter, version {convfilter.__version__}\n"


@pytest.mark.parametrize("word", ["-h", "--help"])
def test_help_lists_the_commands_and_an_example(folder, word):
    done = run(word, cwd=folder)
    assert (done.status, done.err) == (0, "")
    assert "convfilter apply flower.jpg -k sharpen" in done.text
    listed = [line.split()[0] for line in done.text.split("Commands:")[1].splitlines() if line[:3]]
    assert {"apply", "kernels", "shape", "cache"} <= set(listed)


def test_the_help_of_apply_shows_every_option_and_the_borders(folder):
    text = run("apply", "--help", cwd=folder).text
    options = "-k --kernel -o --output --out -f --overwrite -s --stride -p --padding -d --dilation "
    options += "--border --bias --scale --normalize --flip-kernel --flip --gray --grey --range "
    options += "--alpha --exact --plan --quality --format -j --jobs --json -q --quiet -v --verbose "
    options += "--strip --compress --max-pixels -h --help"
    words = set(text.replace(",", " ").replace("/", " ").replace(";", " ").split())
    assert not set(options.split()) - words
    for pattern in ("0 0 | a b c d | 0 0", "c b | a b c d | c b", "b a | a b c d | d c"):
        assert pattern in text


def test_no_command_shows_the_help(folder):
    done = run(cwd=folder)
    assert done.status == 2
    assert "Commands:" in done.err + done.text
