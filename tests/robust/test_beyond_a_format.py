"""Pictures larger than a format can say: one line that says so, or a file that is whole."""

import re

import numpy as np
import pytest
from judge import check_ending, complaint
from PIL import Image

from convfilter.images.formats import BY_NAME

LONG = (20_000, 40_000, 70_000)  # more than 14, 15 and 16 bits can count
FORMATS = [form for form in BY_NAME.values() if {"L", "RGB"} & set(form.modes)]


@pytest.mark.parametrize("side", LONG)
@pytest.mark.parametrize("across", [True, False], ids=["wide", "high"])
@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_a_side_longer_than_a_header_can_count(server, tmp_path, form, across, side):
    rows = np.resize(np.arange(251, dtype=np.uint8), (2, side) if across else (side, 2))
    Image.fromarray(rows).save(tmp_path / "a.png")
    (tmp_path / "out").mkdir()
    output = f"out/b{form.suffixes[0]}"
    words = ("-k", "identity", "-p", "same", "-o", output)
    done = server.run("apply", "a.png", *words, cwd=tmp_path)
    check_ending(done, tmp_path / "out", output)
    if done.status:
        assert re.search(r"\d{5}|large", complaint(done.err, output)), done.err  # what is allowed
