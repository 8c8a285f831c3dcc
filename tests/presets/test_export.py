"""Exports are run, on a photograph, and have to give convfilter's pixels."""

import ast
import re
import shlex
from fractions import Fraction

import numpy as np
import pytest
from PIL import Image
from programs import (
    ffmpeg_divides,
    furthest,
    needs,
    photograph,
    run_convfilter,
    run_python,
    run_shell,
    saved,
)

import convfilter
from convfilter.core.kernel import Amount, make_exact_kernel, make_kernel
from convfilter.core.spec import parse_bias
from convfilter.errors import OptionError
from convfilter.presets.exchange import TARGETS
from convfilter.presets.exchange.export_text import export_kernel
from convfilter.presets.write_yaml import yaml_text

KERNELS = {
    "sharpen": "sharpen",
    "a blur by 256": "gaussian-5",
    "no symmetry": "1 2 -3; 0 5 1; -1 2 -2 / 5",
    "an even size": "1 2 3 4; 5 6 7 4 / 32",
    "absolute values": "sobel-x",
    "middle grey for 0": "relief",
    "cut at 0": "outline",
    "negative over negative": "unsharp-5",
    "ninths": "box-3",
    "one row": "1 2 3 4 -8 1 / 3",
    "one column": "[[3],[2],[1]] / 6",
    "one even row": "1 2 3 2 / 8",
    "7x7": "gaussian-7",
}
# How far a pixel may be off where a sum is no whole number; whole sums are exact in all of them.
ROUNDING = {
    "opencv": 0,
    "scipy": 0,
    "torch": 0,
    "numpy": 0,
    "vips": 0,
    "imagemagick": 1,
    "ffmpeg": 1,
}
CODE = ("opencv", "scipy", "torch", "numpy")
programs = pytest.mark.parametrize(
    "program",
    [
        *("opencv", "scipy", "numpy"),
        "torch",
        *(pytest.param(name, marks=needs(name)) for name in ("imagemagick", "vips", "ffmpeg")),
    ],
)
kernels = pytest.mark.parametrize("spec", KERNELS.values(), ids=KERNELS.keys())


def _export(program, kernel):
    if program == "torch":
        pytest.importorskip("torch")
    return export_kernel(kernel, program)


def _run(program, text, picture, tmp_path, monkeypatch):
    """The pixels that an exported text makes of a picture."""
    Image.fromarray(picture).save(tmp_path / "in.png")
    if program in CODE:
        run_python(text, tmp_path, monkeypatch)
    else:
        run_shell(text, tmp_path)
    found = [path for path in (tmp_path / "out.png", tmp_path / "out.npy") if path.exists()]
    return saved(found[0], picture)


def _words(text):
    """The convfilter command in an export's first line."""
    line = text.splitlines()[0]
    assert line.startswith("# the same as: convfilter apply in.png ")
    return shlex.split(line.removeprefix("# the same as: "))[1:]


def _ours(text, picture):
    """The pixels that the command in an export's first line makes of a picture."""
    words = _words(text)[2:]
    options = dict(zip(words[::2], words[1::2], strict=True))
    return convfilter.correlate(
        picture,
        convfilter.load_kernel(options.pop("-k")),
        parse_bias(options.pop("--bias", None)),
        padding="same",
        border=options.pop("--border"),
        range_policy=options.pop("--range", "auto"),
    )


# ── the same pixels ──


@programs
@kernels
def test_an_export_gives_the_pixels_of_its_first_line(program, spec, tmp_path, monkeypatch):
    _check_pixels(program, spec, "colour", tmp_path, monkeypatch)


@programs
@pytest.mark.parametrize("name", ["sharpen", "an even size", "absolute values"])
def test_grey_pictures_stay_grey(program, name, tmp_path, monkeypatch):
    _check_pixels(program, KERNELS[name], "grey", tmp_path, monkeypatch)


def _check_pixels(program, spec, kind, tmp_path, monkeypatch):
    kernel, picture = convfilter.load_kernel(spec), photograph(kind)
    text = _export(program, kernel)
    if "not for ffmpeg 5.1" in text and not ffmpeg_divides():
        pytest.skip("this ffmpeg ignores rdiv, as the export says")
    got = _run(program, text, picture, tmp_path, monkeypatch)
    whole = kernel.denominator == 1
    assert furthest(got, _ours(text, picture)) <= (0 if whole else ROUNDING[program])


@kernels
def test_a_border_or_a_direction_that_is_wrong_would_show(spec):
    kernel, picture = convfilter.load_kernel(spec), photograph("grey")
    options = {"padding": "same", "range_policy": "auto"}
    right = convfilter.correlate(picture, kernel, border="edge", **options)
    others = [convfilter.correlate(picture, kernel, border="zero", **options)]
    if not np.array_equal(np.abs(kernel.values), np.abs(kernel.flipped().values)):
        others.append(convfilter.correlate(picture, kernel, border="edge", flip=True, **options))
    if 0 in (size % 2 for size in kernel.size):
        options["padding"] = "same-lower"
        others.append(convfilter.correlate(picture, kernel, border="edge", **options))
    assert all(furthest(other, right) > 1 for other in others)


@pytest.mark.parametrize("program", ["opencv", "scipy", "torch", "numpy"])
@pytest.mark.parametrize("spec", ["gaussian-5", "relief", "sobel-x"])
def test_scripts_take_16_bits_too(program, spec, tmp_path, monkeypatch):
    picture = photograph("grey, 16 bits")
    text = _export(program, convfilter.load_kernel(spec))
    got = _run(program, text, picture, tmp_path, monkeypatch)
    assert got.dtype == np.uint16
    assert furthest(got, _ours(text, picture)) == 0


@programs
def test_numbers_that_are_no_fractions(program, tmp_path, monkeypatch):
    kernel, picture = (
        make_kernel(np.array([[0.1, np.pi, -1e-5], [np.e, -3, 0.3]]) / 4),
        photograph("grey"),
    )
    if program == "ffmpeg":
        with pytest.raises(OptionError, match="whole numbers over one divisor"):
            export_kernel(kernel, program)
        return
    text = _export(program, kernel)
    got = _run(program, text, picture, tmp_path, monkeypatch)
    assert furthest(got, _ours(text, picture)) <= 1


@programs
@pytest.mark.parametrize("bias", ["20", "12.5%", "-9.5"])
def test_a_bias_is_added(program, bias, tmp_path, monkeypatch):
    kernel = make_kernel([[1, 2, 1]], 4, bias=parse_bias(bias))
    if program == "ffmpeg" and bias.startswith("-"):
        with pytest.raises(OptionError, match="no negative bias"):
            export_kernel(kernel, program)
        return
    picture = photograph("grey")
    text = _export(program, kernel)
    assert f"--bias {bias}" in text.splitlines()[0] or f"--bias={bias}" in text.splitlines()[0]
    got = _run(program, text, picture, tmp_path, monkeypatch)
    assert furthest(got, _ours(text, picture)) <= ROUNDING[program]
    unbiased = convfilter.correlate(
        picture, kernel, 0, padding="same", border="edge", range_policy="clip"
    )
    assert furthest(got, unbiased) > 1


@pytest.mark.parametrize(
    "program", ["scipy", "torch", "numpy", pytest.param("vips", marks=needs("vips"))]
)
def test_absolute_values_come_after_the_bias(program, tmp_path, monkeypatch):
    kernel = make_kernel([[1, 0, -2]], bias=(Amount(-30),), range_policy="abs")
    picture = photograph("grey")
    text = _export(program, kernel)
    got = _run(program, text, picture, tmp_path, monkeypatch)
    assert furthest(got, _ours(text, picture)) == 0


@pytest.mark.parametrize("program", ["opencv", "scipy", "torch", "numpy"])
def test_results_are_stretched_over_the_full_range(program, tmp_path, monkeypatch):
    kernel, picture = make_kernel([[1, 0, -2]], 3, range_policy="rescale"), photograph("colour")
    text = _export(program, kernel)
    got = _run(program, text, picture, tmp_path, monkeypatch)
    assert (got.min(), got.max()) == (0, 255)
    assert furthest(got, _ours(text, picture)) <= 1


@pytest.mark.parametrize("program", ["scipy", "torch", "numpy"])
@pytest.mark.parametrize("kind", ["colour", "grey"])
def test_results_are_kept_as_numbers(program, kind, tmp_path, monkeypatch):
    kernel, picture = make_kernel([[1, 0, -2]], 3, range_policy="float"), photograph(kind)
    text = _export(program, kernel)
    got = _run(program, text, picture, tmp_path, monkeypatch)
    want = _ours(text, picture)
    assert _words(text)[-2:] == ["-o", "out.npy"]
    assert got.dtype == want.dtype
    assert got.shape == want.shape
    assert np.abs(got - want).max() < 1e-4


DEEP = {
    "one map": (make_kernel([[[1, 2], [0, 1]], [[0, 1], [1, 1]], [[-1, 0], [2, 1]]], 9), "out.png"),
    "two maps": (make_kernel(np.arange(12).reshape(2, 3, 1, 2) - 5, 4), "out.npy"),
    "three maps, each with its bias": (
        make_kernel(
            np.arange(9).reshape(3, 3, 1, 1) % 4 - 1,
            3,
            bias=tuple(parse_bias("5,10%,-7")),
            range_policy="clip",
        ),
        "out.png",
    ),
}


@pytest.mark.parametrize("program", ["torch", "numpy"])
@pytest.mark.parametrize(("kernel", "out"), DEEP.values(), ids=DEEP.keys())
def test_sums_over_channels_and_banks(program, kernel, out, tmp_path, monkeypatch):
    picture = photograph("colour")
    text = _export(program, kernel)
    assert _words(text)[-1] == out
    got = _run(program, text, picture, tmp_path, monkeypatch)
    want = convfilter.correlate(
        picture, kernel, padding="same", border="edge", range_policy=kernel.range_policy
    )
    got = got[:, :, 0] if want.ndim == 2 and got.ndim == 3 else got
    assert furthest(got, want) == 0


@pytest.mark.parametrize("program", ["torch", "numpy"])
def test_a_range_for_each_map(program, tmp_path, monkeypatch):
    bank = make_kernel(np.arange(27).reshape(3, 3, 1, 3) % 7 - 3, 3, range_policy="clip,offset,abs")
    with pytest.raises(OptionError, match="a kernel file can"):
        _export(program, bank)
    path = tmp_path / "bank.yaml"
    path.write_text(yaml_text(bank))
    kernel, picture = convfilter.load_kernel(path), photograph("colour")
    text = _export(program, kernel)
    got = _run(program, text, picture, tmp_path, monkeypatch)
    assert furthest(got, _ours(text, picture)) == 0


@pytest.mark.parametrize("spec", ["gaussian-5", "1 2 -3 / 4"])
@pytest.mark.parametrize("border", ["edge", "reflect"])
def test_the_first_line_can_be_typed(spec, border, tmp_path):
    picture = photograph("colour")
    Image.fromarray(picture).save(tmp_path / "in.png")
    program = "ffmpeg" if border == "reflect" else "numpy"
    text = export_kernel(convfilter.load_kernel(spec), program)
    words = _words(text)
    assert words[words.index("--border") + 1] == border
    run_convfilter(words, tmp_path)
    assert furthest(saved(tmp_path / "out.png", picture), _ours(text, picture)) == 0


# ── what it looks like ──


def test_the_command_names_a_preset_by_its_name_and_others_by_their_numbers():
    assert "-k gaussian-5 --border" in export_kernel(convfilter.load_kernel("gaussian-5"), "vips")
    named_alike = make_kernel([[1, 2]], 3, name="gaussian-5", range_policy="clip")
    first = export_kernel(named_alike, "vips").splitlines()[0]
    assert first.endswith("-k '1 2 / 3' --range clip --border edge -o out.png")


def test_a_kernel_file_is_named_by_its_path(tmp_path):
    path = tmp_path / "my kernel.csv"
    path.write_text("1,2\n")
    text = export_kernel(convfilter.load_kernel(path), "numpy")
    assert f"-k '{path}' --border" in text


def test_imagemagick_divides_by_the_sum_without_rounding_where_that_is_the_divisor():
    assert "convolve:scale='!' " in export_kernel(convfilter.load_kernel("box-3"), "imagemagick")
    text = export_kernel(convfilter.load_kernel("1 2 3 / 8"), "imagemagick")
    assert "-define convolve:scale=0.125 -morphology Correlate '3x1: 1,2,3' out.png" in text


def test_imagemagick_gets_the_other_sign_from_the_negative_kernel():
    text = export_kernel(convfilter.load_kernel("1 0 -1"), "imagemagick")
    assert "morphology:compose=Lighten -morphology Correlate '3x1: 1,0,-1 ; 3x1: -1,0,1'" in text


def test_small_kernels_for_ffmpeg_have_zeros_around_them_and_the_reason():
    text = export_kernel(convfilter.load_kernel("[[1,2],[3,4]] / 10"), "ffmpeg")
    assert "0m=" + "0 0 0 0 0 " * 2 + "0 0 1 2 0 0 0 3 4 0" + " 0 0 0 0 0:0rdiv=0.1:1m=" in text
    assert "# with zeros around its 2x2: ffmpeg's 3x3 has other borders" in text


@pytest.mark.parametrize(
    ("spec", "warned"), [("1 2 1 / 4", False), ("1 2 1", True), ("1 -1 / 2", True)]
)
def test_ffmpeg_5_1_is_warned_of_where_the_sum_is_not_the_divisor(spec, warned):
    assert ("not for ffmpeg 5.1" in export_kernel(convfilter.load_kernel(spec), "ffmpeg")) == warned


def test_a_table_has_weights_as_written_or_values():
    thirds = make_exact_kernel([Fraction(1, 3), Fraction(1)], (1, 2))
    assert export_kernel(thirds, "csv") == "0.3333333333333333,1\n"
    assert export_kernel(make_kernel([[0.5, -2], [1, 7]]), "csv") == "0.5,-2\n1,7\n"
    assert (
        export_kernel(make_kernel([[1, 2], [3, -4]], 16), "csv") == "0.0625,0.125\n0.1875,-0.25\n"
    )


def test_a_table_says_what_has_to_be_given_beside_it():
    kernel = make_kernel([[1, 2]], bias=parse_bias("50%"), range_policy="clip")
    assert export_kernel(kernel, "csv") == "# with: --bias 50% --range clip\n1,2\n"


@pytest.mark.parametrize("to", TARGETS)
def test_every_target_ends_its_last_line(to):
    text = export_kernel(convfilter.load_kernel("sharpen"), to)
    assert re.search(r"\S\n\Z", text)
    if to in CODE:
        ast.parse(text)
        assert max(map(len, text.splitlines())) <= 100


def test_names_of_targets_may_be_typed_in_any_case():
    kernel = convfilter.load_kernel("sharpen")
    assert export_kernel(kernel, "NumPy") == export_kernel(kernel, "numpy")


def test_a_name_cannot_leave_the_shell_or_the_folder(tmp_path):
    kernel = make_kernel([[1]], name="../x'; touch y; $(z)\nw", file="a'b.csv")
    text = export_kernel(kernel, "vips")
    assert "cat > \"$folder/x-touch-y-z-w.mat\" <<'END'\n" in text
    assert shlex.split(text.splitlines()[0], comments=False)[4:8] == [
        "convfilter",
        "apply",
        "in.png",
        "-k",
    ]


@needs("vips")
def test_a_matrix_for_libvips_leaves_the_folder_as_it_was(tmp_path):
    Image.fromarray(photograph("grey")).save(tmp_path / "in.png")
    (tmp_path / "sharpen.mat").write_text("mine")
    run_shell(export_kernel(convfilter.load_kernel("sharpen"), "vips"), tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.png", "out.png", "sharpen.mat"]
    assert (tmp_path / "sharpen.mat").read_text() == "mine"


def test_a_computed_kernel_is_exported_to_yaml_as_its_formula():
    text = export_kernel(convfilter.load_kernel("gaussian:sigma=2"), "yaml")
    assert "formula: gaussian" in text
    assert "  sigma: 2" in text


# ── what can't be said ──

DEEPER = make_kernel(np.ones((3, 2, 2)))
FIVE = make_kernel(np.ones((5, 2, 2)))
STRETCHED = make_kernel([[1, 2]], range_policy="rescale")
KEPT = make_kernel([[1, 2]], range_policy="float")
BIASED_ABS = make_kernel([[1, -1]], bias=(Amount(3),), range_policy="abs")


@pytest.mark.parametrize(
    ("kernel", "to", "said"),
    [
        (DEEPER, "imagemagick", "ImageMagick lays one table on every channel by itself, .* 3×2×2"),
        (DEEPER, "vips", "use --to torch, numpy or yaml"),
        (DEEPER, "ffmpeg", "3×2×2"),
        (DEEPER, "opencv", "filter2D lays one table"),
        (DEEPER, "scipy", "correlate lays one table"),
        (DEEPER, "csv", "a table has rows and columns alone, this kernel 3×2×2: use --to yaml"),
        (FIVE, "torch", "sums over 5 channels, Pillow's pictures have 1 or 3: use --to yaml"),
        (STRETCHED, "imagemagick", "no pixels for the range 'rescale'"),
        (STRETCHED, "ffmpeg", "use --to numpy"),
        (KEPT, "vips", "no pixels for the range 'float'"),
        (KEPT, "opencv", "'float': use --to numpy"),
        (BIASED_ABS, "imagemagick", "adds the bias after the absolute value"),
        (BIASED_ABS, "ffmpeg", "adds the bias after the absolute value"),
        (make_kernel(np.ones((9, 9))), "ffmpeg", "takes up to 7x7, or 49 .* is 9x9"),
        (make_kernel(np.ones((1, 50))), "ffmpeg", "49 numbers in one row"),
        (make_kernel([[10**7, 1]]), "ffmpeg", "32 bits"),
        (make_kernel([[1]]), "gimp", "'gimp' is none of imagemagick, vips"),
    ],
)
def test_what_a_program_cannot_do_is_refused_with_what_to_do(kernel, to, said):
    with pytest.raises(OptionError, match=said):
        export_kernel(kernel, to)


def test_a_composite_names_its_members():
    with pytest.raises(OptionError, match=r"magnitude of 2 kernels.*'sobel-x', 'sobel-y'"):
        export_kernel(convfilter.load_kernel("sobel"), "opencv")
    assert "combine: magnitude" in export_kernel(convfilter.load_kernel("sobel"), "yaml")
