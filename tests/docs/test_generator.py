"""Pages whose examples run: outputs are replaced, pictures published, faults told."""

import io
from pathlib import Path

import pytest
from generator.command_line import variables
from generator.page import make_page, typed_commands
from generator.pictures import same
from generator.shell import Unexpected, convfilter
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]


def page(folder, text):
    path = folder / "page.md"
    path.write_text(text, encoding="utf-8")
    return make_page(path)


def test_what_was_printed_before_is_replaced(tmp_path):
    made = page(
        tmp_path,
        "Before.\n\n```console\n$ convfilter shape 459x612 \\\n    -k 5x5\nold\n\nolder\n```\n\nAfter.\n",
    )
    assert made.text.startswith(
        "Before.\n\n```console\n$ convfilter shape 459x612 \\\n    -k 5x5\n"
        "459×612 (high×wide)  →  455×608\n"
    )
    assert made.text.endswith(" + 1 = 608\n```\n\nAfter.\n")
    assert "old" not in made.text


def test_a_page_that_is_up_to_date_stays_as_it_is(tmp_path):
    once = page(
        tmp_path, "```console\n$ convfilter shape 9x9 -k 3x3\n$ convfilter shape 9x9 -k 5x5\n```\n"
    )
    assert page(tmp_path, once.text).text == once.text


def test_python_is_one_session_and_its_answers_are_replaced(tmp_path):
    made = page(
        tmp_path,
        "```pycon\n>>> a = [1,\n...      2]\n7\n```\n\nText.\n\n```pycon\n>>> sum(a)\n4\n>>> a[0]\n```\n",
    )
    assert made.text == (
        "```pycon\n>>> a = [1,\n...      2]\n```\n\nText.\n\n```pycon\n>>> sum(a)\n3\n>>> a[0]\n1\n```\n"
    )
    assert page(tmp_path, made.text).text == made.text


def test_pictures_that_commands_make_are_published_where_the_page_shows_them(tmp_path):
    made = page(
        tmp_path,
        "<!-- run:\nconvfilter apply page.png -k blur \\\n-q -o soft.png\n-->\n"
        "![soft](pictures/soft.png) ![as it is](page.png) ![another's](other.png)\n",
    )
    assert list(made.pictures) == [tmp_path / "pictures/soft.png"]
    with Image.open(io.BytesIO(made.pictures[tmp_path / "pictures/soft.png"])) as picture:
        assert picture.size == (596, 796)


@pytest.mark.parametrize(
    ("block", "told"),
    [
        ("```console\n$ convfilter shape 3x3 -k 5x5\n```\n", "5"),
        ("```console\n$ rm -r nothing\n```\n", "only convfilter is run on pages, not rm"),
        ("```pycon\n>>> 1 / 0\n```\n", "ZeroDivisionError"),
    ],
)
def test_an_example_that_fails_is_an_error(tmp_path, block, told):
    with pytest.raises(Unexpected, match=told):
        page(tmp_path, block)


def test_hidden_commands_are_read_line_by_line():
    assert list(typed_commands("\nconvfilter a \\\n-k b\n\nconvfilter c\n", "")) == [
        "convfilter a \\\n-k b",
        "convfilter c",
    ]


def slide(folder, numbers):
    target = folder / "slide.gif"
    convfilter("animate", "--matrix", numbers, "-k", "1 0; 0 2", "-q", "-f", "-o", str(target))
    return target.read_bytes()


def test_a_picture_coded_another_way_is_the_same_and_one_with_another_digit_is_not(tmp_path):
    strip = (ROOT / "docs/strip.jpg").read_bytes()
    again = io.BytesIO()
    with Image.open(io.BytesIO(strip)) as picture:
        picture.save(again, "JPEG", quality=80)
        mirrored = io.BytesIO()
        picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(mirrored, "JPEG")
    assert again.getvalue() != strip
    assert same(strip, again.getvalue())
    assert not same(strip, mirrored.getvalue())
    film = slide(tmp_path, "1 2 4; 4 7 3; 4 5 2")
    assert same(film, slide(tmp_path, "1 2 4; 4 7 3; 4 5 2"))
    assert not same(film, slide(tmp_path, "1 2 4; 4 7 8; 4 5 2"))
    assert not same(film, slide(tmp_path, "1 2 4; 4 7 3"))


def test_the_variables_of_all_commands_are_told_with_the_commands_that_read_them():
    told = variables()
    for line in (
        "| `CONVFILTER_TILE` | `--tile` | `gallery` |",
        "| `CONVFILTER_SCHEDULER` | `--scheduler` | `batch` |",
        "| `CONVFILTER_FLIP_KERNEL`, `CONVFILTER_FLIP` | `--flip-kernel`, `--flip` | `apply`, `batch`,",
        "| `CONVFILTER_KERNEL_PATH` | folders",
    ):
        assert line in told
    json = next(line for line in told.splitlines() if "CONVFILTER_JSON" in line)
    assert "`cache show`" in json
    assert "`kernels list`" in json
