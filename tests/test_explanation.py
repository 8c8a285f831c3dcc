"""Explanations without a process around them: they end where `apply` does, and are read on any terminal."""

import re

import numpy as np
import pytest
from pictures import noise
from PIL import Image

from convfilter.core.kernel import make_kernel
from convfilter.core.spec import make_spec
from convfilter.core.steps import make_steps
from convfilter.explanation import explain_picture
from convfilter.images.picture import Picture
from convfilter.images.wanted import Wanted
from convfilter.job import Job
from convfilter.parts import parse_region
from convfilter.presets.load import load_steps
from convfilter.report.explain import lines
from convfilter.report.screen import Screen

COLOURS = noise((24, 31, 3))
ALPHA = np.where(noise((24, 31), seed=3) < 100, 0, noise((24, 31), seed=4))
PICTURES = {
    "colour": Picture(COLOURS, format="PNG"),
    "clear": Picture(COLOURS, ALPHA, format="PNG"),
    "grey": Picture(COLOURS[:, :, 0], format="PNG"),
    "deep": Picture(noise((24, 31), "uint16"), format="PNG"),
    "inks": Picture(noise((24, 31, 4)), format="TIFF", cmyk=True),
    "floats": Picture(noise((24, 31), "float32") / np.float32(100), format="TIFF"),
}


def explained(picture, spec, at=None, job=None, **options):
    """A picture's pixel; `job` are fields of the job, `options` those of a spec."""
    steps = make_steps(load_steps(spec), make_spec(**options))
    return explain_picture(PICTURES[picture], Job("a.png", steps, **(job or {})), at)


def text_of(explanation, width=80, *, colour=False, boxes=True):
    return lines(explanation, {}, Screen(width, colour, boxes))


CASES = [
    ("sharpen", {}, {}),
    ("sharpen", {"padding": "same", "border": "edge"}, {}),
    ("gaussian:sigma=1.5", {"padding": "same", "border": "wrap", "exact": True}, {}),
    ("sobel", {"stride": 2, "dilation": 2}, {}),
    ("sobel-x", {"range_policy": "offset"}, {}),
    ("sobel-x", {"range_policy": "rescale"}, {}),
    ("box-3 then sobel", {"padding": "same", "border": "reflect"}, {}),
    ("sharpen", {"padding": "same"}, {"region": parse_region("2,3,10,12")}),
    ("sharpen", {"padding": "same"}, {"mask": "mask.png"}),
    ("blur", {"padding": "same"}, {"linear": True}),
    ("blur", {"padding": "same"}, {"linear": True, "mask": "mask.png"}),
    ("sharpen", {"padding": "same"}, {"alpha": "straight"}),
    ("sharpen", {"padding": "same"}, {"alpha": "keep"}),
    ("sharpen", {"padding": "same"}, {"wanted": Wanted(bits=8)}),
    ("sharpen", {"range_policy": "float"}, {}),
]


@pytest.mark.parametrize("case", range(len(CASES)), ids=lambda n: f"{CASES[n][0]}-{n}")
@pytest.mark.parametrize("name", PICTURES)
def test_what_is_explained_is_what_is_written(tmp_path, name, case):
    spec, options, job = CASES[case]
    if job.get("linear") and name in ("inks", "floats"):
        pytest.skip("neither inks nor floats are decoded")
    if job.get("region") and name == "clear":
        job = job | {"alpha": "keep"}
    if "mask" in job:
        job = job | {"mask": str(tmp_path / "mask.png")}
        Image.fromarray(noise((24, 31), seed=7)).save(tmp_path / "mask.png")
    for at in ((3, 5), (9, 12), None):
        found = explained(name, spec, at, job, **options)
        off = np.abs(np.array(found.values, float) - np.array(found.written, float)).max()
        assert off <= (1e-3 if "float" in found.prepared.pixel.name else 0)
        assert found.agrees or off > 0


def test_a_float_kernel_that_rounds_otherwise_is_told():
    found = explained("colour", "gaussian:sigma=1")
    different = found._replace(written=(found.written[0] + 1, *found.written[1:]))
    assert not different.agrees
    assert "it adds up in float32, which rounds otherwise" in " ".join(text_of(different, 120))
    assert text_of(found)[-1].startswith("  apply writes ")
    assert "rounds otherwise" not in " ".join(text_of(found, 120))


KERNELS = ["sharpen", "gaussian-7", "sobel", "gaussian:sigma=1 then sobel-x", "gaussian:sigma=4"]


@pytest.mark.parametrize("width", [40, 80, 120])
@pytest.mark.parametrize("colour", [False, True])
@pytest.mark.parametrize("spec", [*KERNELS, "opponent", "kirsch"])
def test_tables_fit_the_terminal(spec, width, colour):
    for at in ((0, 0), (9, 20)):
        found = explained("colour", spec, at, padding="same", border="edge")
        text = text_of(found, width, colour=colour)
        shown = [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in text]
        assert any("\x1b" in line for line in text) == colour
        assert max(map(len, shown[shown.index("") :])) <= width  # the head is `apply`'s


@pytest.mark.parametrize("spec", [*KERNELS, "opponent", "kirsch", "gabor-bank"])
@pytest.mark.parametrize("name", ["colour", "clear"])
def test_a_colour_picture_does_not_flood_the_terminal(spec, name):
    found = explained(name, spec, padding="same")
    assert len(text_of(found)) <= (84 if "then" in spec else 74)


def test_large_kernels_show_what_counts_most():
    text = text_of(explained("grey", "gaussian:sigma=5,size=31", padding="same"))
    assert "  the 8 strongest of 961 products" in text
    more = next(line for line in text if "more add up to" in line)
    assert more.startswith("   … 953 more add up to ")
    weights = [float(line.split()[3]) for line in text if re.match(r" +\(?-?\d+ +-?\d+ +", line)]
    assert len(weights) == 8


def test_of_many_maps_the_strongest_is_shown():
    bank = np.array([1, 9, 2, 3, -4]).reshape(5, 1, 1, 1)
    steps = ((make_kernel(bank), make_spec(range_policy="float")),)
    text = text_of(explain_picture(PICTURES["grey"], Job("a.npy", steps), None))
    assert "  map 1" in text
    assert "  4 more tables are not shown; the sums follow, --json has every product" in text
    assert any(
        line.split() == ["map", "0", "map", "1", "map", "2", "map", "3", "map", "4"]
        for line in text
    )
