"""`apply --preview`: the result drawn on the terminal, and nothing at all elsewhere."""

import json
import os
import pty
import re
import subprocess
import termios

import numpy as np
import pytest
from PIL import Image
from running import COMMAND, run, run_in_shell, run_on_terminal, save, settings

APPLY = ("apply", "a.png", "-k", "identity", "-p", "same", "-f", "-o", "b.png")
# What a terminal answers when it is asked what it is, and whether it knows Kitty's protocol.
PLAIN, SIXEL = b"\x1b[?62;22c", b"\x1b[?62;4;22c"
QUERY, KITTY_QUERY, KITTY = b"\x1b[c", b"a=q", b"\x1b_Gi=1;OK\x1b\\"


def drawn(text):
    """The pixels of half blocks in 24 bits, (H, W, 3); −1 where the terminal's own ground shows."""
    rows = []
    for line in text.splitlines():
        if "▀" not in line:
            continue
        upper, lower = [], []
        for cell in line.split("▀")[:-1]:
            fore = re.search(r"38;2;(\d+);(\d+);(\d+)", cell)
            back = re.search(r"48;2;(\d+);(\d+);(\d+)", cell)
            upper.append([int(part) for part in fore.groups()])
            lower.append([int(part) for part in back.groups()] if back else [-1] * 3)
        rows += [upper, lower]
    return np.array(rows)


def test_two_pixels_stand_in_the_place_of_a_sign(folder):
    done = run_on_terminal(*APPLY, "--preview", cwd=folder, COLORTERM="truecolor")
    assert done.status == 0
    with Image.open(folder / "a.png") as image:
        want = np.asarray(image)
    assert (drawn(done.terminal) == want).all()
    assert done.terminal.startswith("a.png  24×31×3 RGB")


def test_below_an_odd_number_of_rows_there_is_nothing(folder):
    save(folder / "a.png", np.full((3, 5), 90, np.uint8))
    shown = drawn(run_on_terminal(*APPLY, "--preview", cwd=folder, COLORTERM="24bit").terminal)
    assert shown.shape == (4, 5, 3)
    assert (shown[:3] == 90).all()
    assert (shown[3] == -1).all()


def test_where_the_terminal_knows_no_more_256_colours_do(folder):
    shown = run_on_terminal(*APPLY, "--preview", cwd=folder).terminal
    assert "38;5;" in shown
    assert "38;2;" not in shown


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_large_pictures_fit_the_terminal(folder, columns):
    save(folder / "a.png", np.full((900, 1600), 90, np.uint8))
    done = run_on_terminal(*APPLY, "--preview", cwd=folder, columns=columns, COLORTERM="truecolor")
    height, width = drawn(done.terminal).shape[:2]
    assert width == min(columns - 1, 120)
    assert height <= 2 * 36
    assert abs(width / height - 16 / 9) < 0.1


def test_every_line_ends_in_the_terminals_own_colours(folder):
    shown = run_on_terminal(*APPLY, "--preview", cwd=folder, COLORTERM="truecolor").terminal
    lines = [line for line in shown.splitlines() if "▀" in line]
    assert all(line.endswith("▀\x1b[0m") for line in lines)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"TERM": "dumb"}, "no preview: TERM=dumb"),
        ({"NO_COLOR": "1"}, "no preview: NO_COLOR is set"),
        ({"PYTHONIOENCODING": "ascii"}, "no preview: the terminal's encoding, ascii"),
    ],
)
def test_a_terminal_that_can_not_draw_is_told_why(folder, changes, said):
    done = run_on_terminal(*APPLY, "--preview", cwd=folder, **changes)
    assert done.status == 0
    assert f"convfilter: {said}" in done.terminal
    assert "▀" not in done.terminal


def test_a_pipe_gets_what_it_always_gets(folder):
    plain = run(*APPLY, cwd=folder)
    done = run(*APPLY, "--preview", cwd=folder)
    assert (done.status, done.out) == (0, plain.out)
    assert done.err == "convfilter: no preview: standard output is no terminal\n" + plain.err
    done = run_in_shell("$CONVFILTER apply a.png -k blur -o - --preview | cat > b.png", folder)
    assert done.status == 0
    assert "no preview: standard error is no terminal" in done.err
    with Image.open(folder / "b.png") as image:
        assert image.size == (27, 20)


def test_a_variable_draws_on_terminals_and_is_silent_elsewhere(folder):
    done = run(*APPLY, cwd=folder, CONVFILTER_PREVIEW="1")
    assert done.err == ""
    assert "set by   CONVFILTER_PREVIEW=1" in done.text
    shown = run_on_terminal(*APPLY, cwd=folder, CONVFILTER_PREVIEW="1").terminal
    assert "▀" in shown
    assert (
        "▀"
        not in run_on_terminal(*APPLY, "--no-preview", cwd=folder, CONVFILTER_PREVIEW="1").terminal
    )


def test_json_stays_one_line(folder):
    done = run(*APPLY, "--preview", "--json", cwd=folder)
    assert json.loads(done.out)["output"]["path"] == "b.png"
    assert "no preview: standard error is no terminal" in done.err


def test_quiet_draws_all_the_same(folder):
    shown = run_on_terminal(*APPLY, "--preview", "-q", cwd=folder, COLORTERM="truecolor").terminal
    assert drawn(shown).shape == (24, 31, 3)
    assert "a.png" not in shown


@pytest.mark.parametrize("kind", ["LA", "I;16", "float", "bank", "frames"])
def test_results_of_every_kind_are_drawn(folder, kind):
    words = {
        "float": ("--range", "float", "-o", "b.npy"),
        "bank": ("-k", "opponent", "-o", "b.npy"),
    }
    grey = Image.fromarray(np.arange(0, 240, 2, dtype=np.uint8).reshape(10, 12))
    if kind == "frames":
        grey.save(folder / "a.gif", save_all=True, append_images=[grey.rotate(180)])
        words[kind] = ("apply", "a.gif", *APPLY[2:-1], "c.gif")
    elif kind == "I;16":
        save(folder / "a.png", np.asarray(grey).astype(np.uint16) * 200)
    elif kind == "LA":
        grey.convert("LA").save(folder / "a.png")
    more = words.get(kind, ())
    line = more if kind == "frames" else (*APPLY, *more)
    done = run_on_terminal(*line, "--preview", cwd=folder, COLORTERM="truecolor")
    assert done.status == 0
    assert drawn(done.terminal).size


def answered(folder, *words, what_i_am, kitty=False):
    """What the command writes to a terminal that answers when it is asked."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (40, 100))
    process = subprocess.Popen(
        [*COMMAND, *words], stdin=theirs, stdout=theirs, stderr=theirs, cwd=folder, env=settings()
    )
    os.close(theirs)
    content = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:
            break
        content += piece
        if QUERY in piece:
            os.write(ours, what_i_am)
        if KITTY_QUERY in piece and kitty:
            os.write(ours, KITTY)
    os.close(ours)
    assert process.wait(60) == 0, content
    return content


def test_sixel_and_kitty_draw_in_full_where_the_terminal_says_so(folder):
    pytest.importorskip("textual_image")
    sixel = answered(folder, *APPLY, "--preview", what_i_am=SIXEL)
    assert re.search(rb"\x1bP[0-9;]*q", sixel)
    assert "▀".encode() not in sixel
    kitty = answered(folder, *APPLY, "--preview", what_i_am=PLAIN, kitty=True)
    assert b"\x1b_Gi=" in kitty.replace(KITTY, b"")
    assert "▀".encode() not in kitty
    plain = answered(folder, *APPLY, "--preview", what_i_am=PLAIN)
    assert "▀".encode() in plain


def test_without_the_extra_there_are_half_blocks(folder):
    (folder / "textual_image.py").write_text("raise ImportError('not installed')\n")
    shown = run_on_terminal(*APPLY, "--preview", cwd=folder, COLORTERM="truecolor",
                            PYTHONPATH=str(folder)).terminal  # fmt: skip
    assert drawn(shown).shape == (24, 31, 3)
