"""Colour, signs and width: what a terminal, a pipe, or an old encoding gets."""

import re

import pytest
from running import run, run_on_terminal

from convfilter.report.heat import colour_of

APPLY = ("apply", "a.png", "-k", "sharpen", "-f", "-p", "same")
GALLERY = ("gallery", "a.png", "-k", "sharpen", "-k", "sharpn", "-f")
FAILING = {("apply", "none.png", "-k", "sharpen"): 1, ("aply",): 2, GALLERY: 1}
COMMANDS = [
    APPLY,
    ("kernels", "list"),
    ("kernels", "list", "--tag", "edges"),
    ("kernels", "show", "sobel-x"),
    ("shape", "459x612", "-k", "5x5", "-s", "2"),
    ("shape", "32x32x3", "-k", "16x3x3x3", "--cost", "--field", "--table"),
    (*APPLY, "--compare", "c.png"),
    ("cache", "show"),
    ("--help",),
    ("apply", "--help"),
    *FAILING,
]
ASCII = [
    {"PYTHONIOENCODING": "ascii"},
    {"PYTHONIOENCODING": "ascii:strict"},
    {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
    {"LC_ALL": "POSIX", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0", "LANG": None},
]


@pytest.mark.parametrize("words", COMMANDS)
def test_no_escape_codes_where_there_is_no_terminal(folder, words):
    done = run(*words, cwd=folder)
    assert b"\x1b" not in done.out
    assert "\x1b" not in done.err


@pytest.mark.parametrize("words", COMMANDS)
def test_no_colour_where_it_is_not_wanted(folder, words):
    done = run_on_terminal(*words, cwd=folder, NO_COLOR="1")
    codes = re.findall(r"\x1b\[([0-9;]*)m", done.terminal)
    assert not [
        code for code in codes if re.search(r"(^|;)(3[0-8]|4[0-8]|9[0-7]|10[0-7])(;|$)", code)
    ]


@pytest.mark.parametrize(
    "words", [APPLY, ("kernels", "show", "sobel-x"), ("shape", "9x9", "-k", "3x3")]
)
def test_a_terminal_gets_the_same_words_with_dimmed_labels(folder, words):
    plain = run_on_terminal(*words, cwd=folder, NO_COLOR="1").terminal
    assert "\x1b" not in plain
    styled = run_on_terminal(*words, cwd=folder).terminal
    assert "\x1b[2m" in styled
    picture = "\nfrequency response"  # drawn in half blocks where there is colour
    assert _without_codes(styled).partition(picture)[0] == plain.partition(picture)[0]


def _without_codes(text):
    pieces = text.split("\x1b[")
    return pieces[0] + "".join(piece.partition("m")[2] for piece in pieces[1:])


def test_weights_are_shown_blue_and_red_on_a_terminal(folder):
    done = run_on_terminal("kernels", "show", "sobel-x", cwd=folder, COLORTERM="truecolor")
    shown = done.terminal
    shown = shown.partition("frequency response")[0]
    colours = [piece.split("m")[0] for piece in shown.split("\x1b[") if "48;2;" in piece]
    assert len(colours) == 6
    reds = [tuple(map(int, colour.split("48;2;")[1].split(";")[:3])) for colour in colours]
    assert [red > blue for red, _, blue in reds] == [False, True] * 3


@pytest.mark.parametrize("words", COMMANDS)
def test_a_dumb_terminal_gets_no_escape_codes(folder, words):
    assert "\x1b" not in run_on_terminal(*words, cwd=folder, TERM="dumb").terminal


@pytest.mark.parametrize("said", [None, "", "yes"])
@pytest.mark.parametrize("kernel", ["sobel-x", "gaussian:sigma=3"])
def test_24_bits_of_colour_only_where_the_terminal_says_so(folder, kernel, said):
    words = ("kernels", "show", kernel)
    shown = run_on_terminal(*words, cwd=folder, COLORTERM=said).terminal
    assert re.findall(r"\x1b\[[34]8;5;[0-9]+m", shown)
    assert not re.findall(r"\x1b\[[34]8;2;", shown)
    for word in ("truecolor", "24bit"):
        shown = run_on_terminal(*words, cwd=folder, COLORTERM=word).terminal
        assert re.findall(r"\x1b\[[34]8;2;", shown)
        assert not re.findall(r"\x1b\[[34]8;5;", shown)


def test_positive_is_red_and_negative_blue_among_256_colours(monkeypatch):
    monkeypatch.setenv("COLORTERM", "")
    for share in (0.3, 0.6, 1.0):
        colours = [(colour_of(sign * share) - 16) for sign in (-1, 1)]
        parts = [(colour // 36, colour % 6) for colour in colours]  # of 5: red, blue
        assert [red > blue for red, blue in parts] == [False, True]
    assert colour_of(0) == 16


@pytest.mark.parametrize("columns", [40, 80, 120])
@pytest.mark.parametrize("colour", [{}, {"NO_COLOR": "1"}])
@pytest.mark.parametrize("kernel", ["log", "gaussian:sigma=3", "gaussian-7", "box:size=9x301"])
def test_weights_fit_the_terminal(folder, kernel, colour, columns):
    done = run_on_terminal("kernels", "show", kernel, cwd=folder, columns=columns, **colour)
    weights = _without_codes(done.terminal).partition("\n\n")[2].partition("  weights as")[0]
    weights = weights.partition("\n\n")[0].splitlines()
    assert len(weights) <= 48
    assert max(map(len, weights)) <= columns


REPORTS = [
    ("apply", "noise.png", "-k", "sobel", "--border", "edge", "-f"),
    ("apply", "noise.png", "-k", "gaussian:sigma=1,stride=2 then sobel-x", "-v", "-f"),
    ("shape", "459x612", "-k", "5x5", "-s", "7"),
    (*GALLERY[:4], "-f"),
]


@pytest.mark.parametrize("columns", [60, 80, 120])
@pytest.mark.parametrize("colour", [{}, {"NO_COLOR": "1"}, {"PYTHONIOENCODING": "ascii"}])
@pytest.mark.parametrize("words", REPORTS)
def test_reports_fit_the_terminal_and_lose_nothing(folder, words, colour, columns):
    def told(width):
        done = run_on_terminal(*words, cwd=folder, columns=width, **colour)
        return re.sub(r"time .* ms", "", _without_codes(done.terminal))

    text = told(columns)
    assert max(map(len, text.splitlines())) <= columns
    assert text.split() == told(400).split()


@pytest.mark.parametrize("columns", [80, 120, 200])
def test_the_table_of_kernels_fits_the_terminal(folder, columns):
    shown = _without_codes(run_on_terminal("kernels", "list", cwd=folder, columns=columns).terminal)
    assert max(map(len, shown.splitlines())) <= columns
    assert all(
        name in shown for name in ("sharpen", "prewitt-horizontal", "gaussian-7", "sobel-angle")
    )


@pytest.mark.parametrize("encoding", ASCII)
def test_formulas_are_spelt_out_where_signs_can_not_be_encoded(folder, encoding):
    done = run(*APPLY, "--border", "edge", cwd=folder, **encoding)
    assert done.status == 0
    assert done.out.isascii()
    lines = done.text.splitlines()
    assert lines[0] == ("a.png  24x31x3 RGB (highxwidexchannels)  ->  a_sharpen.png  24x31x3 RGB")
    assert lines[2] == "  height   floor((24 + 1 + 1 - 1*(3-1) - 1) / 1) + 1 = 24"
    assert lines[-1].startswith("  range    clip: nothing cut (")
    assert "..." in lines[-1]


@pytest.mark.parametrize("encoding", ASCII)
@pytest.mark.parametrize("words", COMMANDS)
def test_nothing_breaks_in_an_ascii_stream(folder, words, encoding):
    done = run(*words, cwd=folder, **encoding)
    assert done.status == FAILING.get(words, 0)
    assert done.out.isascii()
    assert done.err.isascii()


def test_signs_stay_where_only_the_locale_is_plain(folder):
    done = run("shape", "9x9", "-k", "3x3", cwd=folder, LC_ALL="C")
    formula = next(line for line in done.text.splitlines() if "height" in line)
    assert formula.endswith((" ⌊(9 + 0 + 0 − 1·(3−1) − 1) / 1⌋ + 1 = 7", "/ 1) + 1 = 7"))


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-8", "utf-16"])
def test_other_encodings_get_what_they_can_hold(folder, encoding):
    done = run(*APPLY, cwd=folder, PYTHONIOENCODING=encoding)
    assert done.status == 0
    text = done.out.decode(encoding)
    assert ("⌊" in text) == encoding.startswith("utf")
    assert "24×31×3 RGB" in text or "24x31x3 RGB" in text


def test_the_source_of_a_kernel_keeps_its_letters_or_escapes_them(folder):
    assert "B. Jähne" in run("kernels", "show", "gaussian-3", cwd=folder).text
    plain = run("kernels", "show", "gaussian-3", cwd=folder, PYTHONIOENCODING="ascii").text
    assert "sum " in plain
    assert "hne" in plain
