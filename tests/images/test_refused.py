"""Files that are no pictures, damaged, too large, of too many frames, or of a kind that would lose something."""

import numpy as np
import pytest
from filtering import apply, pixels_of, saved
from handmade import netpbm_bytes, png_bytes, tiff_bytes
from pictures import assert_alike, assert_same, noise
from PIL import Image

from convfilter.errors import PictureError
from convfilter.images.decode import read_size
from convfilter.images.deep import extra as deep
from convfilter.images.formats import ELSEWHERE

COLOUR = noise((24, 31, 3))
DEEP = noise((5, 7, 4), "uint16")


def _refused(source, output="", **options):
    """The complaint about a picture: one line that names it; nothing was written."""
    before = sorted(source.parent.iterdir())
    with pytest.raises(PictureError) as caught:
        apply(source, output, **options)
    message = str(caught.value)
    assert message.startswith(f"{source}: ")
    assert "\n" not in message
    assert len(message) < len(str(source)) + 160
    assert sorted(source.parent.iterdir()) == before
    return message.removeprefix(f"{source}: ")


def _file(path, content):
    path.write_bytes(content)
    return path


# ── 16-bit colour is never narrowed without a word ──


def _deep_file(folder, name):
    """16-bit colour, alone or with alpha, and its samples."""
    if name == "a.ppm":
        return _file(folder / name, netpbm_bytes(DEEP[:, :, :3], 65535)), DEEP[:, :, :3]
    if name.endswith(".tif"):
        content = tiff_bytes(DEEP[:, :, :3], planar=name == "planar.tif")
        return _file(folder / name, content), DEEP[:, :, :3]
    channels = {"rgb.png": 3, "la.png": 2, "rgba.png": 4}[name]
    samples = DEEP[:, :, :channels]
    return _file(folder / name, png_bytes(samples, 16, {3: 2, 2: 4, 4: 6}[channels])), samples


DEEP_FILES = ["rgb.png", "la.png", "rgba.png", "chunky.tif", "planar.tif"]


@pytest.mark.parametrize("name", DEEP_FILES)
def test_deep_colour_comes_out_sample_by_sample(tmp_path, name):
    pytest.importorskip("imagecodecs")
    source, samples = _deep_file(tmp_path, name)
    outcome = apply(source, tmp_path / "b.npy", alpha="keep")
    assert_alike(pixels_of(tmp_path / "b.npy"), np.ascontiguousarray(samples))
    assert outcome.notes == ()


@pytest.mark.parametrize("name", DEEP_FILES)
def test_deep_colour_without_the_extra_is_refused_with_both_ways(tmp_path, monkeypatch, name):
    monkeypatch.setattr(deep, "available", bool)
    said = _refused(_deep_file(tmp_path, name)[0])
    assert said.startswith("16 bits a sample in colour are read with the extra: ")
    assert "pip install 'convfilter[deep]'" in said
    assert ("--bits 8" in said) == (name != "planar.tif")  # of which Pillow makes noise


@pytest.mark.parametrize("name", ["rgb.png", "la.png", "rgba.png", "chunky.tif"])
def test_bits_8_reads_deep_colour_without_the_extra(tmp_path, monkeypatch, name):
    monkeypatch.setattr(deep, "available", bool)
    source, samples = _deep_file(tmp_path, name)
    outcome = apply(source, tmp_path / "b.npy", alpha="keep", bits=8)
    assert_same(pixels_of(tmp_path / "b.npy"), samples >> 8)
    assert outcome.notes == ("16 bits a sample were taken as 8 (--bits 8)",)


def test_bits_8_of_what_pillow_misreads_needs_the_extra(tmp_path, monkeypatch):
    source, samples = _deep_file(tmp_path, "planar.tif")
    monkeypatch.setattr(deep, "available", bool)
    assert "pip install" in _refused(source, bits=8)
    monkeypatch.undo()
    pytest.importorskip("imagecodecs")
    outcome = apply(source, tmp_path / "b.npy", bits=8)
    assert_same(pixels_of(tmp_path / "b.npy"), samples >> 8)
    assert outcome.notes == ("16 bits a sample were taken as 8 (--bits 8)",)


@pytest.mark.parametrize("planar", [False, True])
def test_the_same_tiff_with_8_bits_is_read(tmp_path, planar):
    source = _file(tmp_path / "a.tif", tiff_bytes(COLOUR, planar=planar))
    assert_same(pixels_of(apply(source, tmp_path / "b.png").output), COLOUR)


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_deep_colour_as_another_program_writes_it_is_read(tmp_path, suffix):
    cv2 = pytest.importorskip("cv2")
    pytest.importorskip("imagecodecs")
    cv2.imwrite(str(tmp_path / f"a{suffix}"), np.ascontiguousarray(DEEP[:, :, 2::-1]))
    apply(tmp_path / f"a{suffix}", tmp_path / "b.npy")
    assert_alike(pixels_of(tmp_path / "b.npy"), np.ascontiguousarray(DEEP[:, :, :3]))


@pytest.mark.parametrize("largest", [65535, 4095])
def test_deep_colour_in_ppm_is_refused_with_formats_that_are_read(tmp_path, largest):
    content = netpbm_bytes(DEEP[:, :, :3].astype(int) % (largest + 1), largest)
    said = _refused(_file(tmp_path / "a.ppm", content))
    assert said.startswith(f"{largest.bit_length()} bits a sample in colour are not read from PPM")
    assert "save it as PNG or TIFF" in said


def test_bits_8_takes_the_nearest_of_256_levels_of_a_deep_ppm(tmp_path):
    source, samples = _deep_file(tmp_path, "a.ppm")
    outcome = apply(source, tmp_path / "b.png", bits=8)
    assert_same(pixels_of(tmp_path / "b.png"), np.rint(samples / 257))
    assert outcome.notes == ("16 bits a sample were taken as 8 (--bits 8)",)


# ── more than one frame ──


def _frames(path):
    frames = [Image.fromarray(noise((16, 16, 3), seed=n)) for n in range(3)]
    lossless = {"lossless": True} if path.suffix == ".webp" else {}
    frames[0].save(path, save_all=True, append_images=frames[1:], **lossless)
    return path


@pytest.mark.parametrize("suffix", [".tif", ".png", ".webp"])
@pytest.mark.parametrize("output", [".jpg", ".bmp", ".npy", ".tga"])
def test_several_frames_are_refused_where_one_fits_with_those_that_hold_them(
    tmp_path, suffix, output
):
    source = _frames(tmp_path / f"a{suffix}")
    with pytest.raises(PictureError, match="holds one picture, not 3 frames") as caught:
        apply(source, tmp_path / f"b{output}")
    assert all(way in str(caught.value) for way in (".png", ".tif", ".webp", ".gif", "--frame N"))
    assert [path.name for path in tmp_path.iterdir()] == [source.name]


@pytest.mark.parametrize("suffix", [".tif", ".png", ".webp"])
@pytest.mark.parametrize("number", [0, 2])
def test_one_of_several_frames_fits_anywhere(tmp_path, suffix, number):
    apply(_frames(tmp_path / f"a{suffix}"), tmp_path / "b.bmp", frame=number)
    assert_same(pixels_of(tmp_path / "b.bmp"), noise((16, 16, 3), seed=number))


def test_a_frame_that_is_not_there_is_refused_with_those_that_are(tmp_path):
    assert _refused(_frames(tmp_path / "a.tif"), frame=3) == ("has 3 frames: --frame takes 0 … 2")
    assert _refused(saved(tmp_path / "b.png", COLOUR), frame=1) == ("has 1 frame: --frame takes 0")


def test_a_phones_preview_behind_the_picture_is_no_second_frame(tmp_path):
    frames = [Image.fromarray(noise((16, 16, 3), seed=n)) for n in range(2)]
    frames[0].save(tmp_path / "a.jpg", format="MPO", save_all=True, append_images=frames[1:])
    outcome = apply(tmp_path / "a.jpg")
    assert outcome.output == str(tmp_path / "a_identity.jpg")
    with Image.open(outcome.output) as image:
        assert (image.format, image.size) == ("JPEG", (16, 16))


# ── no picture at all ──


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp", ".bmp", ".ppm", ""])
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the file is empty"),
        (b"no picture\n" * 9, "no picture of a kind read here (JPEG, PNG"),
    ],
)
def test_what_is_no_picture_is_refused(tmp_path, suffix, content, said):
    assert _refused(_file(tmp_path / f"a{suffix}", content), tmp_path / "b.png").startswith(said)


def test_a_missing_file(tmp_path):
    assert _refused(tmp_path / "a.png") == "No such file or directory"


def test_a_folder(tmp_path):
    (tmp_path / "a.png").mkdir()
    assert _refused(tmp_path / "a.png") == "Is a directory"


@pytest.mark.parametrize("suffix", sorted(ELSEWHERE))
def test_formats_that_are_not_read_come_with_a_way(tmp_path, suffix):
    said = _refused(_file(tmp_path / f"a{suffix}", b"%PDF-1.4 whatever"), tmp_path / "b.png")
    assert said == f"{suffix[1:].upper()} is not read here: {ELSEWHERE[suffix]}"


@pytest.mark.parametrize("suffix", [".eps", ".ico", ".pcx", ".sgi"])
def test_formats_off_the_list_are_never_opened(tmp_path, suffix):
    Image.fromarray(COLOUR).save(tmp_path / f"a{suffix}")
    assert "read here" in _refused(tmp_path / f"a{suffix}", tmp_path / "b.png")


# ── damaged ──


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "suffix",
    [".jpg", ".png", ".tif", ".webp", ".avif", ".gif", ".bmp", ".ppm", ".tga", ".jp2"],
)
@pytest.mark.parametrize("share", [0.02, 0.1, 0.3, 0.5, 0.7, 0.9])
def test_a_file_that_was_cut_off_is_refused(tmp_path, suffix, share):
    whole = saved(tmp_path / f"a{suffix}", COLOUR).read_bytes()
    source = _file(tmp_path / f"a{suffix}", whole[: int(len(whole) * share)])
    said = _refused(source, tmp_path / "b.png")
    assert said.startswith(("damaged or cut off", "no picture of", "the header promises 24×31 "))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp", ".bmp", ".ppm"])
def test_damaged_bytes_give_a_picture_or_one_line(tmp_path, suffix):
    whole = np.frombuffer(saved(tmp_path / f"a{suffix}", COLOUR).read_bytes(), np.uint8)
    random = np.random.default_rng(5)
    for _ in range(40):
        damaged = whole.copy()
        places = random.integers(0, min(whole.size, 400), 4)
        damaged[places] = random.integers(0, 256, 4)
        source = _file(tmp_path / f"a{suffix}", damaged.tobytes())
        said = _outcome_or_complaint(source, tmp_path / "b.npy")
        assert said.count("\n") == 0


def _outcome_or_complaint(source, output):
    try:
        outcome = apply(source, output, overwrite=True, max_pixels=10**6)
    except PictureError as error:
        return str(error)
    assert pixels_of(output).shape == outcome.output_shape
    return ""


# ── too large ──


def test_max_pixels_is_checked_before_anything_is_decoded(tmp_path):
    whole = saved(tmp_path / "a.png", noise((40, 50))).read_bytes()
    source = _file(tmp_path / "a.png", whole[:60])
    said = _refused(source, max_pixels=1999)
    assert "40×50" in said
    assert "--max-pixels raises it" in said
    assert "damaged" in _refused(source, max_pixels=2000)


def test_the_limit_is_told_in_numbers_that_differ(tmp_path):
    said = _refused(saved(tmp_path / "a.png", noise((40, 50))), max_pixels=1999)
    assert "0 million" not in said


def test_a_header_that_claims_a_huge_picture_costs_nothing(tmp_path):
    content = netpbm_bytes(np.zeros((1, 1)), 255).replace(b"1 1\n", b"99999 99999\n")
    source = _file(tmp_path / "a.pgm", content)
    assert "--max-pixels" in _refused(source, max_pixels=500_000_000)
    with pytest.raises(PictureError, match="--max-pixels"):
        read_size(str(source), 500_000_000)


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_png_with_one_changed_byte_is_refused(tmp_path, share):
    content = bytearray(saved(tmp_path / "whole.png", noise((64, 64, 3))).read_bytes())
    content[int(len(content) * share)] ^= 0x40
    source = _file(tmp_path / "a.png", bytes(content))
    with pytest.raises(PictureError, match="damaged or cut off"):
        apply(source, tmp_path / "b.png")
