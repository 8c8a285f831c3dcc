"""The course's numbers stand in the tutorial, its pictures are made by it, PyTorch has the same."""

import json
import re
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from generator.page import PICTURE, make_page

import convfilter

ROOT = Path(__file__).resolve().parents[2]
TUTORIAL = ROOT / "docs/tutorial"
LARGEST_BYTES = 2 * 2**20

# What docs/generate.py --check proves to be printed today has to be this.
NUMBERS = {
    "kernel": [
        r"\[28\] 20  13\n.* 28  25  22\n.* 22  39  35\n",
        r"28/9  20/9  13/9\n.*28/9  25/9  22/9\n.*22/9 \[13/3\] 35/9\n",
        r"= 39 / 9 ≈ 4\.33333\n",
    ],
    "flip": [r"\[29\] 25  15\n.* 30  27  23\n.* 17  32  38\n"],
    "padding": [
        r"-k 3x3\n459×612 \(high×wide\)  →  457×610\n",
        r"-k 5x5\n459×612 \(high×wide\)  →  455×608\n",
        r"-k 5x5 --padding 2\n459×612 \(high×wide\)  →  459×612\n",
    ],
    "stride": [r"-k 5x5 --padding 2 --stride 2\n459×612 \(high×wide\)  →  230×306\n"],
    "channels": [
        r"-k 16x3x3x3 --padding 1 --cost\n32×32×3 \(.*\)  →  32×32×16\n",
        r"16·3·3·3 = 432, and 16 biases: 448 parameters\n",
    ],
    "pytorch": [
        r"tensor\(\[\[28\., 20\., 13\.\],\n +\[28\., 25\., 22\.\],\n +\[22\., 39\., 35\.\]\]\)\n",
        r"torch\.Size\(\[1, 1, 230, 306\]\)\n",
        r"torch\.Size\(\[1, 16, 32, 32\]\)\n.*\n448\n",
    ],
}


# Numbers of two and more digits between the examples that no example has printed.
SAID = {
    "index": {"10"},  # a way to count pages
    "pixels": {"255", "256"},  # the levels of 8 bits
    "kernel": {"278770", "39/9"},  # 457·610; printed as 39 / 9 and 13/3
    "flip": {"180", "28"},  # degrees; the page before
    "blur": {"1/9", "15", "15×15", "36", "256"},  # asked below
    "edges": {"128"},  # what --range offset adds
    "sharpen": {"240", "460", "50"},  # asked below; a percentage
    "pytorch": {"29", "2016", "3.2"},  # the page on flipping; a year, a section
}


def text_of(name):
    return (TUTORIAL / f"{name}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NUMBERS)
def test_the_courses_numbers_stand_in_it(name):
    for number in NUMBERS[name]:
        assert re.search(number, text_of(name)), number


@pytest.mark.parametrize("page", sorted(TUTORIAL.glob("*.md")), ids=lambda page: page.stem)
def test_every_number_between_the_examples_stands_in_one_of_them(page):
    text = page.read_text(encoding="utf-8")
    examples = re.findall(r"^```.*?^```$|^    .*?$", text, re.MULTILINE | re.DOTALL)
    between = re.sub(
        r"^```.*?^```$|<!--.*?-->|\]\([^)]*\)|^    .*?$", "", text, flags=re.MULTILINE | re.DOTALL
    )
    numbers = set(re.findall(r"(?<![\d.])\d+(?:[./×]\d+)*", between))
    missing = {each for each in numbers if len(each) > 1 and each not in "\n".join(examples)}
    assert missing == SAID.get(page.stem, set())


def test_what_the_text_says_of_kernels_and_edges_is_so():
    weights = convfilter.load_kernel("gaussian-5").weights
    assert (weights.max(), weights[0, 0], weights.sum()) == (36, 1, 256)
    assert convfilter.load_kernel("box:size=15").shape == (15, 15)
    step = np.array([[20, 20, 240, 240]] * 3, np.uint8)
    assert convfilter.correlate(step, convfilter.load_kernel("sharpen")).tolist() == [[-200, 460]]
    assert convfilter.output_shape((459, 612), (3, 3)) == (457, 610)
    assert 457 * 610 == 278770


def test_every_picture_is_made_by_a_command_of_its_page():
    found = 0
    for page in TUTORIAL.glob("*.md"):
        text = page.read_text(encoding="utf-8")
        for target in PICTURE.findall(text):
            found += 1
            written = rf'-o {Path(target).name}$|save\("{Path(target).name}"\)'
            assert re.search(written, text, re.MULTILINE), f"{page.name}: {target}"
            assert (TUTORIAL / target).is_file()
    assert found >= 9
    assert len(list((TUTORIAL / "pictures").iterdir())) == found, "one is shown nowhere"


def test_pictures_of_all_docs_are_small_together():
    kinds = {".jpg", ".png", ".gif", ".svg", ".webp"}
    sizes = [path.stat().st_size for path in (ROOT / "docs").rglob("*") if path.suffix in kinds]
    assert sum(sizes) < LARGEST_BYTES


def test_each_page_leads_to_the_next():
    order = re.findall(r"^\d+\. \[([^\]]+)\]\((.+)\.md\)", text_of("index"), re.MULTILINE)
    for (_, name), (title, following) in pairwise(order):
        assert text_of(name).endswith(f"Next: [{title}]({following}.md)\n")
    for title, name in order:
        assert text_of(name).startswith(f"# {title}\n")


def test_what_pytorch_gave_is_what_convfilter_gives():
    """Without PyTorch: the numbers that it printed stand in the page."""
    blocks = re.findall(r"```pycon\n(.*?)```", text_of("pytorch"), re.DOTALL)
    block = next(block for block in blocks if "conv2d(" in block)
    given = json.loads(block.strip().split("\n")[-1])
    picture = (np.arange(32 * 32 * 3).reshape(32, 32, 3) * 7 % 256).astype(np.uint8)
    bank = np.arange(16 * 3 * 3 * 3).reshape(16, 3, 3, 3) * 5 % 11 - 5
    maps = convfilter.correlate(picture, bank, bias=np.arange(16), padding=1)
    assert len(given) == 16
    assert maps[10, 20].tolist() == given


@pytest.mark.skipif(find_spec("torch") is None, reason="no PyTorch here")
def test_pytorch_itself_gives_them():
    assert make_page(TUTORIAL / "pytorch.md").text == text_of("pytorch")
