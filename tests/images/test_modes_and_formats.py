"""Every kind of pixels in every format, by value: what the tables promise, a row at a time."""

import re
import struct

import numpy as np
import pytest
from filtering import apply, inks, mode_of, saved
from handmade import png_bytes
from kinds import PICTURES, numbers_in, samples_of, slopes_of, written
from pictures import assert_alike, assert_close, assert_same, noise
from PIL import Image

from convfilter.errors import PictureError
from convfilter.images.decoded import Decoded
from convfilter.images.formats import BY_NAME, BY_SUFFIX, FORMATS, NPY, holders, stored_mode
from convfilter.images.modes import MODES, TAKEN_AS
from convfilter.images.picture import Metadata
from convfilter.images.read import to_picture

pytest.importorskip("imagecodecs")
pytest.importorskip("tifffile")

LOSSLESS = [
    (kind, form.name)
    for kind in PICTURES
    for form in (*FORMATS, NPY)
    if form.lossless and stored_mode(form, kind)
]
LOSSY = [
    (kind, form.name)
    for kind in PICTURES
    for form in FORMATS
    if not form.lossless and stored_mode(form, kind)
]
REFUSED = [
    (kind, form.name) for kind in PICTURES for form in FORMATS if stored_mode(form, kind) is None
]
# How far a channel may be off after one way through a lossy format, by its usual quality.
TOLERANCE = 8


def _stored(kind, name, samples):
    """Numbers as a format stores them: grey as three equal channels where it has no other way."""
    if stored_mode(BY_NAME[name], kind) == kind:
        return samples
    planes = np.atleast_3d(samples)
    return np.dstack([planes[:, :, :1]] * 3 + [planes[:, :, 1:]])


def _seen(name, numbers):
    """Without what a format can't keep: GIF has no colours where nothing is to be seen."""
    if name == "GIF" and numbers.ndim == 3 and numbers.shape[2] in (2, 4):
        return numbers * (numbers[:, :, -1:] > 0)
    return numbers


def _mean_of_two(samples):
    """Every pixel and the one to its right, halved: exact, halves to even."""
    wide = samples.astype(np.float64)
    mean = (wide[:, :-1] + wide[:, 1:]) / 2
    return (mean if samples.dtype.kind == "f" else np.rint(mean)).astype(samples.dtype)


# ── what a format holds ──


@pytest.mark.parametrize(("kind", "name"), LOSSLESS)
def test_every_kind_comes_back_from_every_lossless_format_as_it_was(tmp_path, kind, name):
    samples = samples_of(kind)
    output = tmp_path / f"b{BY_NAME[name].suffixes[0]}"
    outcome = apply(written(tmp_path, kind, samples), output)
    assert (outcome.source_mode, outcome.output_mode) == (kind, kind)
    assert outcome.source_shape == outcome.output_shape == samples.shape
    stored = stored_mode(BY_NAME[name], kind)
    got, want = numbers_in(output, stored), _stored(kind, name, samples)
    assert_alike(_seen(name, got), _seen(name, want))
    said = [] if stored == kind else [f"written as {stored} with three equal channels"]
    assert [note.rpartition(": ")[2] for note in outcome.notes] == said


@pytest.mark.parametrize(("kind", "name"), LOSSLESS)
def test_every_kind_is_filtered_in_its_own_numbers(tmp_path, kind, name):
    samples = samples_of(kind)
    output = tmp_path / f"b{BY_NAME[name].suffixes[0]}"
    options = {"padding": "valid", "alpha": "straight"}
    outcome = apply(written(tmp_path, kind, samples), output, "1 1 / 2", **options)
    want = _mean_of_two(samples)
    assert outcome.output_shape == want.shape
    got = numbers_in(output, stored_mode(BY_NAME[name], kind))
    assert_alike(_seen(name, got), _seen(name, _stored(kind, name, want)))


@pytest.mark.parametrize(("kind", "name"), LOSSLESS)
def test_what_was_written_is_read_again_as_the_same_kind(tmp_path, kind, name):
    output = tmp_path / f"b{BY_NAME[name].suffixes[0]}"
    apply(written(tmp_path, kind, samples_of(kind)), output)
    again = apply(output, tmp_path / "c.npy")
    # An array has no word for which of its channels is alpha, or ink.
    plain = name == "NPY" and (MODES[kind].alpha or kind == "CMYK")
    assert again.source_mode == ("N" if plain else stored_mode(BY_NAME[name], kind))
    want = _seen(name, _stored(kind, name, samples_of(kind)))
    got = np.load(tmp_path / "c.npy")
    if got.dtype == np.int32 and kind != "I":
        got = got.astype(want.dtype)
    assert_alike(_seen(name, got), want)


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (7, 1)])
@pytest.mark.parametrize("kind", PICTURES)
def test_the_smallest_pictures_come_back_from_every_format(tmp_path, kind, shape):
    samples = samples_of(kind, shape)
    source = written(tmp_path, kind, samples)
    for form in (*FORMATS, NPY):
        if (stored := stored_mode(form, kind)) is not None:
            output = tmp_path / f"b{form.suffixes[0]}"
            apply(source, output, alpha="keep")
            got = numbers_in(output, stored)
            assert got.shape[:2] == shape
            if form.lossless:
                assert_same(
                    _seen(form.name, got), _seen(form.name, _stored(kind, form.name, samples))
                )


@pytest.mark.parametrize("kernel", ["identity", "1 1 / 2"])
@pytest.mark.parametrize(("kind", "name"), LOSSY)
def test_lossy_formats_stay_close(tmp_path, kind, name, kernel):
    samples = slopes_of(kind)
    output = tmp_path / f"b{BY_NAME[name].suffixes[0]}"
    padding = "same" if kernel == "identity" else "valid"
    source = written(tmp_path, kind, samples)
    outcome = apply(source, output, kernel, padding, alpha="straight")
    want = samples if kernel == "identity" else _mean_of_two(samples)
    stored = stored_mode(BY_NAME[name], kind)
    assert (outcome.output_mode, mode_of(output)) == (kind, stored)
    assert_close(numbers_in(output, stored), _stored(kind, name, want), TOLERANCE)


@pytest.mark.parametrize("dtype", ["int16", "int32", "float32", "float64"])
@pytest.mark.parametrize("channels", [1, 2, 3, 4, 5])
def test_arrays_of_any_numbers_and_channels_come_back_from_npy(tmp_path, dtype, channels):
    shape = (13, 17) if channels == 1 else (13, 17, channels)
    array = noise(shape, dtype)
    np.save(tmp_path / "a.npy", array)
    outcome = apply(tmp_path / "a.npy", tmp_path / "b.npy", "1 1 / 2", "valid")
    kinds = {("int32", 1): "I", ("float32", 1): "F", ("float32", 3): "RGB;F"}
    assert outcome.source_mode == outcome.output_mode == kinds.get((dtype, channels), "N")
    assert_alike(np.load(tmp_path / "b.npy"), _mean_of_two(array))


@pytest.mark.parametrize(
    ("stored", "taken"),
    [
        *(("bool", "int32"), ("int8", "int32"), ("uint32", "int32"), ("int64", "int32")),
        *(("uint64", "int32"), ("float16", "float32"), (">u2", "uint16"), (">f4", "float32")),
    ],
)
def test_other_numbers_of_npy_are_widened_to_what_is_filtered(tmp_path, stored, taken):
    array = (noise((13, 17)) > 99 if stored == "bool" else noise((13, 17)) // 2).astype(stored)
    np.save(tmp_path / "a.npy", array)
    apply(tmp_path / "a.npy", tmp_path / "b.npy", "1 1 / 2", "valid")
    assert_alike(np.load(tmp_path / "b.npy"), _mean_of_two(array.astype(taken)))


def test_whole_numbers_beyond_32_bits_are_refused_with_their_ends(tmp_path):
    np.save(tmp_path / "a.npy", np.array([[-5, 2**31]]))
    with pytest.raises(PictureError, match=r"numbers from -5 to 2147483648; .* astype\(float\)"):
        apply(tmp_path / "a.npy", tmp_path / "b.npy")


@pytest.mark.parametrize("kind", ["L", "I;16", "F"])
def test_a_banks_maps_are_pages_of_a_tiff_and_one_sheet_where_there_are_none(tmp_path, kind):
    samples = samples_of(kind) // 2
    left, right = samples[:, :-1].astype(float), samples[:, 1:].astype(float)
    maps = [np.abs(each) for each in (left, right, left + right, left - right)]
    source = written(tmp_path, kind, samples)
    bank = "[[[[1,0]]],[[[0,1]]],[[[1,1]]],[[[1,-1]]]]"
    outcome = apply(source, tmp_path / "b.tif", bank, "valid", range_policy="abs")
    assert (outcome.output_mode, outcome.output_shape) == ("N", (13, 16, 4))
    with Image.open(tmp_path / "b.tif") as image:
        assert image.n_frames == 4
        for number, page in enumerate(maps):
            image.seek(number)
            assert_same(np.asarray(image), page)
    sheet = tmp_path / ("c.pfm" if kind == "F" else "c.png")
    apply(source, sheet, bank, "valid", range_policy="abs")
    got = numbers_in(sheet, kind)
    assert got.shape == (27, 33)
    places = [got[:13, :16], got[:13, 17:], got[14:, :16], got[14:, 17:]]
    for place, page in zip(places, maps, strict=True):
        assert_same(place, page)


# ── what it does not hold ──


def test_every_kind_has_a_format_beside_npy_and_every_format_but_one_a_kind():
    assert all(len(holders(kind)) > 1 for kind in PICTURES)
    assert [form.name for form in FORMATS if not form.modes] == ["PBM"]


@pytest.mark.parametrize(("kind", "name"), REFUSED)
def test_a_kind_that_a_format_can_not_hold_is_refused_and_the_first_named_format_works(
    tmp_path, kind, name
):
    samples = slopes_of(kind) if MODES[kind].dtype == "uint8" else samples_of(kind)
    source = written(tmp_path, kind, samples)
    output = tmp_path / f"b{BY_NAME[name].suffixes[0]}"
    with pytest.raises(PictureError) as caught:
        apply(source, output)
    said = str(caught.value).removeprefix(f"{output}: ")
    assert said.startswith(f"{name} can't hold {MODES[kind].words}; use ")
    assert [path.name for path in tmp_path.iterdir()] == [source.name]
    first = re.search(r"use (\.\w+)", said)[1]
    assert apply(source, tmp_path / f"b{first}").output_mode == kind
    near = 0 if BY_SUFFIX[first].lossless else TOLERANCE
    assert_close(numbers_in(tmp_path / f"b{first}", kind), samples, near)


@pytest.mark.parametrize(("kind", "name"), REFUSED)
def test_every_option_that_a_refusal_names_leads_to_a_picture(tmp_path, kind, name):
    source = written(tmp_path, kind, samples_of(kind))
    output = tmp_path / f"b{BY_NAME[name].suffixes[0]}"
    with pytest.raises(PictureError) as caught:
        apply(source, output)
    for way in str(caught.value).split(", or ")[1:]:
        options = {}
        if "--alpha drop" in way:
            options["alpha"] = "drop"
        if bits := re.search(r"--bits (\d+)", way):
            options["bits"] = int(bits[1])
        if "--range rescale" in way:
            options["range_policy"] = "rescale"
        if "--gray" in way:
            options["gray"] = True
        assert options, way
        outcome = apply(source, output, overwrite=True, **options)
        assert outcome.output_shape[:2] == samples_of(kind).shape[:2]


@pytest.mark.parametrize("name", [form.name for form in FORMATS])
def test_numbers_that_only_npy_holds_are_refused_everywhere_else(tmp_path, name):
    np.save(tmp_path / "a.npy", noise((13, 17, 5)))
    with pytest.raises(
        PictureError, match=r"can't hold numbers that no picture format here holds; use \.npy"
    ):
        apply(tmp_path / "a.npy", tmp_path / f"b{BY_NAME[name].suffixes[0]}")


# ── GIF ──


@pytest.mark.parametrize("count", [1, 2, 255, 256])
def test_gif_keeps_up_to_256_colours_exactly(tmp_path, count):
    colours = np.unique(noise((count + 9, 3)), axis=0)[:count]
    pixels = colours[np.arange(20 * 16) % count].reshape(20, 16, 3)
    outcome = apply(saved(tmp_path / "a.png", pixels), tmp_path / "b.gif")
    assert_alike(numbers_in(tmp_path / "b.gif", "RGB"), pixels)
    assert outcome.notes == ()


def test_gif_with_more_colours_is_near_and_says_how_many_there_were(tmp_path):
    pixels = np.ascontiguousarray(slopes_of("RGB"))
    count = len(np.unique(pixels.reshape(-1, 3), axis=0))
    assert count > 256
    outcome = apply(saved(tmp_path / "a.png", pixels), tmp_path / "b.gif")
    got = numbers_in(tmp_path / "b.gif", "RGB")
    assert np.abs(got.astype(int) - pixels).mean() < 4
    assert any(f"256 colours a frame: {count} reduced" in note for note in outcome.notes)


# ── what becomes of Pillow's modes ──

# What no file in our formats is opened as: Pillow makes them only when asked to.
NEVER_READ = ("RGBX", "RGBa", "HSV", "I;16L", "I;16N")
SIZE = (15, 12)
GREY, OTHER = noise((12, 15), seed=2), noise((12, 15), seed=3)
COLOUR = noise((12, 15, 3), seed=4)
DEEP, WHOLE, FLOATS = (noise((12, 15), dtype) for dtype in ("uint16", "int32", "float32"))
# Three channels that are no colours outside of sRGB, whatever they stand for: the first in the middle,
# the others near to grey.
SOFT = np.dstack([GREY // 4 + 90, OTHER // 8 + 112, GREY[::-1] // 8 + 112])
VISIBLE = np.maximum(OTHER, 1)


def _palette():
    return Image.fromarray(COLOUR).quantize(16)


def _palette_with_alpha():
    image = _palette().convert("PA")
    image.putalpha(Image.fromarray(OTHER))
    return image


def _image(mode):
    """Of what is in the arrays above."""
    arrays = {"1": GREY > 127, "L": GREY, "LA": np.dstack([GREY, OTHER]), "RGB": COLOUR}
    arrays |= {"RGBA": np.dstack([COLOUR, OTHER]), "I;16": DEEP, "I": WHOLE, "F": FLOATS}
    if mode in arrays:
        return Image.fromarray(arrays[mode])
    if mode == "P":
        return _palette()
    if mode == "PA":
        return _palette_with_alpha()
    if mode == "CMYK":
        return inks(np.dstack([COLOUR, GREY]))
    if mode in ("I;16B", "I;16L", "I;16N"):
        order = {"I;16B": ">u2", "I;16L": "<u2", "I;16N": "=u2"}[mode]
        return Image.frombytes(mode, SIZE, DEEP.astype(order).tobytes())
    four = np.dstack([np.minimum(COLOUR, VISIBLE[:, :, None]), VISIBLE])
    two = np.dstack([np.minimum(GREY, VISIBLE), VISIBLE])
    signed = SOFT ^ np.uint8([0, 128, 128])  # a and b in files, in two's complement
    raw = {"La": two, "RGBa": four, "RGBX": four, "LAB": signed}.get(mode, SOFT)
    return Image.frombytes(mode, SIZE, np.ascontiguousarray(raw).tobytes())


def _expected(mode):
    """Numbers of the kind that a mode is taken as, and how near they have to be."""
    near = {"La": 1, "RGBa": 1, "YCbCr": 1, "HSV": 1, "LAB": 3}.get(mode, 0)
    image = _image(mode)
    if mode == "1":
        return np.where(GREY > 127, 255, 0), near
    if mode in ("P", "PA"):
        return np.asarray(image.convert("RGB" if mode == "P" else "RGBA")), near
    if mode in ("I;16B", "I;16L", "I;16N"):
        return DEEP, near
    if mode == "RGBX":
        return np.minimum(COLOUR, VISIBLE[:, :, None]), near
    if mode in ("La", "RGBa"):
        colours = GREY[:, :, None] if mode == "La" else COLOUR
        seen = np.minimum(colours, VISIBLE[:, :, None]) * 255.0 / VISIBLE[:, :, None]
        return np.dstack([seen, VISIBLE]), near
    made = {"YCbCr": _rgb_of_ycbcr, "HSV": _rgb_of_hsv, "LAB": _rgb_of_lab}
    return made[mode](SOFT.astype(float)) if mode in made else np.asarray(image), near


def _rgb_of_ycbcr(values):
    """As JFIF has it."""
    y, blue, red = np.moveaxis(values - (0, 128, 128), 2, 0)
    green = y - 0.344136 * blue - 0.714136 * red
    return np.clip(np.dstack([y + 1.402 * red, green, y + 1.772 * blue]), 0, 255)


def _rgb_of_hsv(values):
    hue, saturation, value = np.moveaxis(values / 255, 2, 0)
    places = (np.array([5, 3, 1])[:, None, None] + 6 * hue) % 6
    dips = np.clip(np.minimum(places, 4 - places), 0, 1)
    return np.moveaxis(255 * value * (1 - saturation * dips), 0, 2)


def _rgb_of_lab(values):
    """From D50 by Bradford's adaptation to the D65 of sRGB (CIE 15; IEC 61966-2-1)."""
    lightness, a, b = np.moveaxis(values * (100 / 255, 1, 1) - (0, 128, 128), 2, 0)
    y = (lightness + 16) / 116
    cubes = np.stack([y + a / 500, y, y - b / 200], -1) ** 3
    xyz = cubes * (0.9642, 1, 0.8249)
    from_d50 = [
        [3.1338561, -1.6168667, -0.4906146],
        [-0.9787684, 1.9161415, 0.0334540],
        [0.0719453, -0.2289914, 1.4052427],
    ]
    light = np.clip(xyz @ np.transpose(from_d50), 0, 1)
    return 255 * np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


def _file(folder, mode):
    """A file that Pillow opens in that mode."""
    if mode == "La":
        from tifffile import imwrite

        samples = np.dstack([np.minimum(GREY, VISIBLE), VISIBLE])
        kinds = {"photometric": "minisblack", "extrasamples": ["assocalpha"]}
        imwrite(folder / "a.tif", samples, planarconfig="contig", **kinds)
        return folder / "a.tif"
    in_tiff = mode in ("PA", "CMYK", "YCbCr", "LAB", "I;16B", "I", "F")
    path = folder / ("a.tif" if in_tiff else "a.png")
    _image(mode).save(path)
    return path


def test_every_mode_of_pillow_is_taken_as_a_kind_that_is_filtered():
    assert set(TAKEN_AS) == set(Image.MODES)
    assert set(TAKEN_AS.values()) <= set(MODES)


@pytest.mark.parametrize("mode", [mode for mode in Image.MODES if mode not in NEVER_READ])
def test_a_file_of_every_mode_comes_out_with_its_values_and_says_what_it_became(tmp_path, mode):
    source = _file(tmp_path, mode)
    assert mode_of(source) == mode
    outcome = apply(source, tmp_path / "b.npy")
    want, near = _expected(mode)
    assert outcome.source_mode == outcome.output_mode == TAKEN_AS[mode]
    assert_close(np.load(tmp_path / "b.npy"), want, near)
    silent = TAKEN_AS[mode] == mode or mode.startswith("I;16")
    assert outcome.notes == (() if silent else (f"mode {mode} was promoted to {TAKEN_AS[mode]}",))


@pytest.mark.parametrize("mode", NEVER_READ)
def test_modes_that_no_file_is_opened_in_would_be_taken_as_well(mode):
    picture = to_picture(Decoded(_image(mode), Metadata(), "TIFF", "a.tif"), gray=False)
    want, near = _expected(mode)
    planes = [picture.pixels] if picture.alpha is None else [picture.pixels, picture.alpha]
    assert picture.mode == TAKEN_AS[mode]
    assert_close(np.dstack(planes), np.atleast_3d(want), near)


def test_one_transparent_level_of_16_bit_grey_becomes_alpha(tmp_path):
    levels = DEEP // 8192 * 8192
    chunk = (b"tRNS", (8192).to_bytes(2, "big"))
    (tmp_path / "a.png").write_bytes(png_bytes(levels, 16, 0, [chunk]))
    outcome = apply(tmp_path / "a.png", tmp_path / "b.npy")
    assert outcome.source_mode == "LA;16"
    alpha = np.where(levels == 8192, 0, 65535)
    assert 0 < (alpha == 0).sum() < alpha.size
    assert_same(np.load(tmp_path / "b.npy"), np.dstack([levels, alpha]))


def test_a_palette_whose_colours_have_alpha_of_their_own_becomes_rgba(tmp_path):
    """A TGA of four colours, blue first, rows from the top."""
    colours = noise((4, 4), seed=5)
    head = struct.pack("<BBBHHBHHHHBB", 0, 1, 1, 0, 4, 32, 0, 0, *SIZE, 8, 0x28)
    numbers = (GREY // 64).tobytes()
    (tmp_path / "a.tga").write_bytes(head + colours[:, [2, 1, 0, 3]].tobytes() + numbers)
    outcome = apply(tmp_path / "a.tga", tmp_path / "b.npy")
    assert outcome.source_mode == "RGBA"
    assert_same(np.load(tmp_path / "b.npy"), colours[GREY // 64])


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("least", [0, 2**31])
def test_tiffs_of_32_bits_without_sign_are_read_as_they_are_or_refused(tmp_path, channels, least):
    from tifffile import imwrite

    samples = (noise((12, 15, channels)) + np.uint32(least)).squeeze()
    kinds = {"photometric": "rgb" if channels > 2 else "minisblack", "planarconfig": "contig"}
    more = ["unassalpha"] if channels == 4 else []
    imwrite(tmp_path / "a.tif", samples, extrasamples=more, **kinds)
    if least:
        with pytest.raises(PictureError, match=r"a\.tif: .*2147483\d\d\d"):
            apply(tmp_path / "a.tif", tmp_path / "b.npy")
    else:
        apply(tmp_path / "a.tif", tmp_path / "b.npy")
        assert_same(np.load(tmp_path / "b.npy"), samples)


def test_a_palette_of_colours_with_transparency_becomes_rgba(tmp_path):
    image = Image.frombytes("P", SIZE, (GREY // 64).tobytes())
    colours = noise((4, 4), seed=5)
    image.putpalette(colours.tobytes(), "RGBA")
    image.save(tmp_path / "a.png", transparency=colours[:, 3].tobytes())
    outcome = apply(tmp_path / "a.png", tmp_path / "b.npy")
    assert_same(np.load(tmp_path / "b.npy"), colours[GREY // 64])
    assert outcome.source_mode == "RGBA"
