"""Files that are no pictures, damaged, too large, or of a kind that would lose something."""

import numpy as np
import pytest
from filtering import apply, pixels_of, saved
from handmade import netpbm_bytes, png_bytes, tiff_bytes
from pictures import assert_same, noise
from PIL import Image

from convfilter.errors import PictureError
from convfilter.images.decode import read_size
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


@pytest.mark.parametrize(("colour_type", "channels"), [(2, 3), (4, 2), (6, 4)])
def test_deep_colour_in_png_is_refused(tmp_path, colour_type, channels):
    content = png_bytes(DEEP[:, :, :channels], 16, colour_type)
    said = _refused(_file(tmp_path / "a.png", content))
    assert "16 bits a channel" in said
    assert "8 bits" in said


@pytest.mark.parametrize("planar", [False, True])
def test_deep_colour_in_tiff_is_refused(tmp_path, planar):
    content = tiff_bytes(DEEP[:, :, :3], planar=planar)
    assert "16 bits a channel" in _refused(_file(tmp_path / "a.tif", content))


@pytest.mark.parametrize("planar", [False, True])
def test_the_same_tiff_with_8_bits_is_read(tmp_path, planar):
    source = _file(tmp_path / "a.tif", tiff_bytes(COLOUR, planar=planar))
    assert_same(pixels_of(apply(source, tmp_path / "b.png").output), COLOUR)


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_deep_colour_as_another_program_writes_it_is_refused(tmp_path, suffix):
    cv2 = pytest.importorskip("cv2")
    cv2.imwrite(str(tmp_path / f"a{suffix}"), DEEP[:, :, :3])
    assert "16 bits a channel" in _refused(tmp_path / f"a{suffix}")


@pytest.mark.parametrize("largest", [65535, 4095])
def test_deep_colour_in_ppm_is_refused(tmp_path, largest):
    content = netpbm_bytes(DEEP[:, :, :3].astype(int) % (largest + 1), largest)
    assert "16 bits a channel" in _refused(_file(tmp_path / "a.ppm", content))


@pytest.mark.parametrize("mode", ["CMYK", "F", "LAB", "YCbCr"])
def test_kinds_that_are_not_filtered_are_refused_by_name(tmp_path, mode):
    Image.new(mode, (9, 8)).save(tmp_path / "a.tif")
    assert f"mode {mode}" in _refused(tmp_path / "a.tif")


def test_numbers_beyond_16_bits_are_refused(tmp_path):
    source = saved(tmp_path / "a.tif", np.array([[0, 65536]], np.int32))
    assert "beyond 0…65535" in _refused(source)


# ── more than one frame ──


@pytest.mark.parametrize("suffix", [".tif", ".png", ".webp"])
def test_several_frames_are_refused(tmp_path, suffix):
    frames = [Image.fromarray(noise((16, 16, 3), seed=n)) for n in range(3)]
    frames[0].save(tmp_path / f"a{suffix}", save_all=True, append_images=frames[1:])
    assert _refused(tmp_path / f"a{suffix}").startswith("3 frames")


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


@pytest.mark.parametrize("suffix", [".eps", ".gif", ".ico"])
def test_formats_off_the_list_are_never_opened(tmp_path, suffix):
    Image.fromarray(COLOUR).save(tmp_path / f"a{suffix}")
    assert "read here" in _refused(tmp_path / f"a{suffix}", tmp_path / "b.png")


# ── damaged ──


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp", ".bmp", ".ppm"])
@pytest.mark.parametrize("share", [0.02, 0.1, 0.3, 0.5, 0.7, 0.9])
def test_a_file_that_was_cut_off_is_refused(tmp_path, suffix, share):
    whole = saved(tmp_path / f"a{suffix}", COLOUR).read_bytes()
    source = _file(tmp_path / f"a{suffix}", whole[: int(len(whole) * share)])
    said = _refused(source, tmp_path / "b.png")
    assert said.startswith(("damaged or cut off", "no picture of", "no readable picture"))


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
