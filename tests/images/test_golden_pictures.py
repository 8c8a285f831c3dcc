"""Whole pictures whose results are known beforehand: hidden colours, opaque ones, turned and deep ones."""

import struct

import numpy as np
import pytest
from filtering import apply, mode_of, pixels_of, saved
from handmade import netpbm_bytes
from kinds import numbers_in, written
from pictures import assert_alike, assert_close, assert_same, noise, picture
from PIL import Image, ImageOps
from PIL.JpegImagePlugin import get_sampling

from convfilter.images.modes import MODES

TAG = 0x0112
LOPSIDED = "1 2 0; -1 3 0; 0 0 1 / 6"
BORDERS = ["zero", "constant:10%", "edge", "reflect", "symmetric", "wrap", "resize"]
# With transparency → without.
PAIRS = {"LA": "L", "RGBA": "RGB", "LA;16": "I;16", "RGBA;16": "RGB;16", "LA;F": "F"}
PAIRS |= {"RGBA;F": "RGB;F"}


def _extra(kind):
    if MODES[kind].deep:
        pytest.importorskip("imagecodecs")
        pytest.importorskip("tifffile")


def _top(kind):
    return {"uint8": 255, "uint16": 65535, "float32": 1}[MODES[kind].dtype]


# ── transparency ──


@pytest.mark.parametrize("border", ["zero", "edge", "reflect", "wrap"])
@pytest.mark.parametrize(
    ("kind", "linear"),
    [("RGBA", False), ("RGBA;16", False), ("RGBA;F", False), ("RGBA", True), ("RGBA;16", True)],
)
def test_a_red_square_on_transparent_green_blurs_without_green(tmp_path, kind, linear, border):
    _extra(kind)
    top = _top(kind)
    samples = np.zeros((12, 12, 4), MODES[kind].dtype)
    samples[:, :, 1] = top
    samples[4:8, 4:8] = (top, 0, 0, top)
    source = written(tmp_path, kind, samples)
    output = tmp_path / f"b{source.suffix}"
    outcome = apply(source, output, "blur", border=border, linear=linear)
    got = numbers_in(output, kind)
    colours, seen = got[:, :, :3], got[:, :, 3]
    assert (outcome.output_mode, outcome.alpha) == (kind, "premultiply")
    assert np.unique(colours[seen > 0], axis=0).tolist() == [[top, 0, 0]]
    assert np.unique(colours[seen == 0], axis=0).tolist() == [[0, top, 0]]
    assert (seen > 0).sum() == 8 * 8
    near = 0.5 if top > 1 else 1e-6
    assert seen[3, 3] == pytest.approx(top * 4 / 25, abs=near)
    assert seen[5, 5] == pytest.approx(top * 16 / 25, abs=near)


@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("kernel", ["gaussian-3", "sobel-x", LOPSIDED])
@pytest.mark.parametrize("kind", PAIRS)
def test_an_opaque_picture_gives_exactly_the_result_without_alpha(tmp_path, kind, kernel, border):
    _extra(kind)
    plain = PAIRS[kind]
    shape = (9, 11) if plain in ("L", "I;16", "F") else (9, 11, 3)
    samples = noise(shape, MODES[kind].dtype)
    opaque = np.full((9, 11), _top(kind), MODES[kind].dtype)
    source = written(tmp_path, plain, samples, "plain")
    want = apply(source, tmp_path / f"want{source.suffix}", kernel, border=border)
    source = written(tmp_path, kind, np.dstack([samples, opaque]), "alpha")
    got = apply(source, tmp_path / f"got{source.suffix}", kernel, border=border)
    assert (want.output_mode, got.output_mode) == (plain, kind)
    numbers = numbers_in(tmp_path / f"want{source.suffix}", plain)
    assert_alike(numbers_in(tmp_path / f"got{source.suffix}", kind), np.dstack([numbers, opaque]))
    assert got.result.statistics == want.result.statistics


# ── turned ──


@pytest.fixture(scope="module")
def photograph():
    """Coffee in a cup, every eighth pixel."""
    data = pytest.importorskip("skimage.data")
    return np.ascontiguousarray(data.coffee()[::8, ::8])


def _exif(orientation):
    exif = Image.Exif()
    exif[TAG] = orientation
    return exif


def _edges(pixels):
    """Prewitt's vertical edges of a picture, without those that reach beyond it."""
    wide = pixels.astype(int)
    across = wide[:, 2:] - wide[:, :-2]
    return np.clip(np.abs(across[:-2] + across[1:-1] + across[2:]), 0, 255)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_a_photograph_stored_in_any_orientation_has_the_same_upright_edges(
    tmp_path, photograph, suffix, orientation
):
    way_back = {6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}
    turns = {2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180}
    turns |= {4: Image.Transpose.FLIP_TOP_BOTTOM, 5: Image.Transpose.TRANSPOSE}
    turns |= {7: Image.Transpose.TRANSVERSE} | way_back
    image = Image.fromarray(photograph)
    stored = image.transpose(turns[orientation]) if orientation > 1 else image
    stored.save(tmp_path / f"a{suffix}", exif=_exif(orientation))
    outcome = apply(tmp_path / f"a{suffix}", kernel="prewitt-vertical", padding="valid")
    assert outcome.source_shape == photograph.shape
    assert_same(pixels_of(outcome.output), _edges(photograph))
    with Image.open(outcome.output) as made:
        assert made.getexif().get(TAG, 1) == 1


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", [".jpg", ".webp", ".avif"])
def test_lossy_photographs_are_turned_as_viewers_turn_them(
    tmp_path, photograph, suffix, orientation
):
    source = saved(tmp_path / f"a{suffix}", photograph, exif=_exif(orientation))
    apply(source, tmp_path / "b.png", "prewitt-vertical", "valid")
    with Image.open(source) as image:
        upright = np.asarray(ImageOps.exif_transpose(image))
    assert_same(pixels_of(tmp_path / "b.png"), _edges(upright))


# ── JPEG as it was ──


def _tables(path):
    with Image.open(path) as image:
        sampling = get_sampling(image) if image.mode == "RGB" else None
        return image.quantization, sampling


@pytest.mark.parametrize("quality", [30, 75, 97])
@pytest.mark.parametrize("sampling", ["4:4:4", "4:2:2", "4:2:0"])
def test_quality_keep_keeps_tables_and_sampling(tmp_path, photograph, quality, sampling):
    source = saved(tmp_path / "a.jpg", photograph, quality=quality, subsampling=sampling)
    kept = apply(source, tmp_path / "b.jpg", keep_tables=True)
    assert _tables(tmp_path / "b.jpg") == _tables(source)
    assert kept.notes == ()
    apply(source, tmp_path / "c.jpg")
    assert _tables(tmp_path / "c.jpg")[0] != _tables(source)[0]
    assert _tables(tmp_path / "c.jpg")[1] == _tables(source)[1]


def test_quality_keep_keeps_tables_of_a_programs_own_making(tmp_path, photograph):
    luma = [3 + n for n in range(64)]
    colours = [80 - n for n in range(64)]
    source = saved(tmp_path / "a.jpg", photograph, qtables=[luma, colours])
    apply(source, tmp_path / "b.jpg", keep_tables=True)
    assert _tables(tmp_path / "b.jpg") == _tables(source)
    apply(source, tmp_path / "c.jpg", keep_tables=True, gray=True)
    assert _tables(tmp_path / "c.jpg")[0] == {0: _tables(source)[0][0]}


def test_a_jpeg_that_is_not_changed_loses_nearly_nothing_with_its_own_tables(tmp_path, photograph):
    soft = photograph[:48, :72] // 2 + 64  # whole blocks, and nothing is cut at black or white
    source = saved(tmp_path / "a.jpg", soft, quality=60, subsampling="4:4:4")
    apply(source, tmp_path / "b.jpg", keep_tables=True)
    assert_close(pixels_of(tmp_path / "b.jpg"), pixels_of(source), 2)


@pytest.mark.parametrize(("source", "output"), [("a.png", "b.jpg"), ("a.jpg", "b.webp")])
def test_quality_keep_says_where_there_is_nothing_to_keep(tmp_path, photograph, source, output):
    path = saved(tmp_path / source, photograph)
    [note] = apply(path, tmp_path / output, keep_tables=True).notes
    assert "has no JPEG tables: quality 92" in note


# ── deep grey ──

SQUARES = picture("0 100 400 900 1600; 2500 3600 4900 6400 8100", int)
SMOOTHED = picture("150 450 950; 3650 4950 6450", int)  # "1 2 1 / 4", by hand
SMOOTH = "1 2 1 / 4"


def _pfm(values, order):
    """Rows from the bottom up; a scale below 0 means that the last byte comes first."""
    scale = {"<": -1.0, ">": 1.0}[order]
    rows = values[::-1].astype(f"{order}f4").tobytes()
    return f"Pf\n{values.shape[1]} {values.shape[0]}\n{scale}\n".encode() + rows


def _big_endian_tiff(values, dtype):
    """Uncompressed grey, one strip."""
    pixels = values.astype(f">{dtype}").tobytes()
    formats = {"u": 1, "i": 2, "f": 3}[dtype[0]]
    height, width = values.shape
    tags = [(256, width), (257, height), (258, 8 * int(dtype[1])), (259, 1), (262, 1)]
    tags += [(273, 8), (277, 1), (278, height), (279, len(pixels)), (339, formats)]
    entries = b"".join(struct.pack(">HHII", tag, 4, 1, value) for tag, value in tags)
    head = b"MM\0*" + struct.pack(">I", 8 + len(pixels))
    return head + pixels + struct.pack(">H", len(tags)) + entries + b"\0" * 4


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.pgm", netpbm_bytes(SQUARES, 65535), "I;16"),
        ("a.tif", _big_endian_tiff(SQUARES, "u2"), "I;16"),
        ("a.tif", _big_endian_tiff(SQUARES, "i2"), "I"),
        ("a.tif", _big_endian_tiff(SQUARES, "i4"), "I"),
        ("a.tif", _big_endian_tiff(SQUARES, "f4"), "F"),
        ("a.pfm", _pfm(SQUARES, "<"), "F"),
        ("a.pfm", _pfm(SQUARES, ">"), "F"),
    ],
)
def test_deep_grey_is_smoothed_in_its_own_numbers(tmp_path, name, content, kind):
    (tmp_path / name).write_bytes(content)
    outcome = apply(tmp_path / name, kernel=SMOOTH, padding="valid")
    assert outcome.source_mode == outcome.output_mode == kind
    assert outcome.output.endswith(name[1:])
    assert_same(pixels_of(outcome.output), SMOOTHED)
    apply(tmp_path / name, tmp_path / "b.npy", SMOOTH, "valid")
    assert_alike(np.load(tmp_path / "b.npy"), SMOOTHED.astype(MODES[kind].dtype))


@pytest.mark.parametrize("kind", ["I;16", "I", "F"])
def test_deep_grey_as_pillow_writes_it(tmp_path, kind):
    source = saved(tmp_path / "a.tif", SQUARES.astype(MODES[kind].dtype), kind)
    outcome = apply(source, kernel=SMOOTH, padding="valid")
    assert mode_of(outcome.output) == kind
    assert_same(pixels_of(outcome.output), SMOOTHED)


def test_whole_numbers_keep_their_sign_and_floats_their_fractions(tmp_path):
    signed = SQUARES.astype(np.int32) - 4000
    outcome = apply(saved(tmp_path / "a.tif", signed), tmp_path / "b.tif", SMOOTH, "valid")
    assert_alike(pixels_of(outcome.output), SMOOTHED.astype(np.int32) - 4000)
    small = SQUARES.astype(np.float32) / 4096
    for name in ("c.tif", "c.pfm"):
        outcome = apply(saved(tmp_path / name, small), tmp_path / f"d{name}", SMOOTH, "valid")
        assert_alike(pixels_of(outcome.output), SMOOTHED.astype(np.float32) / 4096)


def test_a_slope_of_whole_numbers_is_its_steps(tmp_path):
    outcome = apply(
        saved(tmp_path / "a.tif", -SQUARES.astype(np.int32)),
        tmp_path / "b.tif",
        "-1 1",
        "valid",
        range_policy="clip",
    )
    assert pixels_of(outcome.output).tolist() == [
        [-100, -300, -500, -700],
        [-1100, -1300, -1500, -1700],
    ]


def test_a_pgm_of_fewer_levels_reaches_from_black_to_white(tmp_path):
    levels = np.array([[0, 250, 500, 1000]])
    (tmp_path / "a.pgm").write_bytes(netpbm_bytes(levels, 1000))
    apply(tmp_path / "a.pgm", tmp_path / "b.png")
    assert_close(pixels_of(tmp_path / "b.png"), levels * 65.535, 0.5)
