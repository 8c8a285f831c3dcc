"""WebP without loss stays without; colours of new JPEGs are as fine as others make them."""

import io
import subprocess
import sys

import numpy as np
import pytest
from filtering import apply, pixels_of, saved
from metadata_made import COLOUR, RGB_PROFILE
from pictures import noise
from PIL import Image
from PIL.JpegImagePlugin import get_sampling

from convfilter.images.encode import encoding
from convfilter.images.formats import BY_NAME
from convfilter.images.memory import prepare_to_load
from convfilter.images.metadata.reading import read_metadata
from convfilter.images.metadata.webp_chunks import _all_lossless, is_lossless
from convfilter.images.opening import open_image
from convfilter.images.picture import Metadata, Picture
from convfilter.images.target import Target

RGBA = noise((40, 60, 4), seed=2)
RGBA[::2, ::3, 3] = 0  # nothing to be seen, with colours
FRAMES = [noise((40, 60, 3), seed=seed) for seed in range(3)]


def lossless_of(path):
    with Image.open(path) as image:
        return is_lossless(image)


def _animation(path, **options):
    first, *others = (Image.fromarray(frame) for frame in FRAMES)
    first.save(path, save_all=True, append_images=others, duration=40, **options)
    return path


def _frames(path):
    with Image.open(path) as image:
        found = []
        for number in range(image.n_frames):
            image.seek(number)
            found.append(np.asarray(image.convert("RGB")))
        return np.array(found)


@pytest.mark.parametrize("options", [{}, {"icc_profile": RGB_PROFILE, "exif": Image.Exif()}])
def test_identity_of_a_lossless_webp_gives_every_pixel_back(tmp_path, options):
    source = saved(tmp_path / "a.webp", COLOUR, lossless=True, **options)
    outcome = apply(source)
    assert np.array_equal(pixels_of(outcome.output), COLOUR)
    assert lossless_of(outcome.output)
    assert outcome.notes == ()


@pytest.mark.parametrize("alpha", ["keep", "straight"])
def test_identity_of_a_lossless_webp_gives_every_colour_back_that_alpha_hides(tmp_path, alpha):
    source = saved(tmp_path / "a.webp", RGBA, lossless=True, exact=True)
    assert np.array_equal(pixels_of(apply(source, alpha=alpha).output), RGBA)


def test_what_a_kernel_makes_of_a_lossless_webp_is_written_without_loss(tmp_path):
    source = saved(tmp_path / "a.webp", COLOUR, lossless=True)
    webp = apply(source, tmp_path / "b.webp", "gaussian-5").output
    png = apply(source, tmp_path / "b.png", "gaussian-5").output
    assert np.array_equal(pixels_of(webp), pixels_of(png))


def test_a_lossy_webp_stays_lossy_and_so_does_what_was_none(tmp_path):
    for source in (saved(tmp_path / "a.webp", COLOUR), saved(tmp_path / "c.png", COLOUR)):
        assert not lossless_of(apply(source, tmp_path / "b.webp", overwrite=True).output)


def test_alpha_without_loss_beside_lossy_colours_is_lossy(tmp_path):
    source = saved(tmp_path / "a.webp", RGBA, quality=80)
    assert b"ALPH" in source.read_bytes()
    assert not lossless_of(source)


def test_another_quality_than_the_usual_is_what_was_asked_for(tmp_path):
    source = saved(tmp_path / "a.webp", COLOUR, lossless=True)
    assert not lossless_of(apply(source, tmp_path / "b.webp", quality=50).output)
    outcome = apply(source, tmp_path / "c.webp", keep_tables=True)
    assert (lossless_of(outcome.output), outcome.notes) == (True, ())


def test_every_frame_of_a_lossless_animation_comes_back(tmp_path):
    source = _animation(tmp_path / "a.webp", lossless=True)
    assert lossless_of(source)
    output = apply(source).output
    assert np.array_equal(_frames(output), FRAMES)
    assert lossless_of(output)


def test_one_lossy_frame_makes_an_animation_lossy(tmp_path):
    lossy, lossless = tmp_path / "a.webp", tmp_path / "b.webp"
    content = _animation(lossless, lossless=True).read_bytes()
    other = _animation(lossy).read_bytes()
    assert not lossless_of(lossy)
    frame = other[other.index(b"ANMF") :]
    assert _all_lossless(io.BytesIO(content))
    mixed = content + frame
    mixed = mixed[:4] + (len(mixed) - 8).to_bytes(4, "little") + mixed[8:]
    assert not _all_lossless(io.BytesIO(mixed))
    assert _all_lossless(io.BytesIO(content + frame)), "what is behind the file's end is not of it"


@pytest.mark.parametrize("animated", [False, True])
def test_a_lossless_webp_on_standard_input_is_known_too(tmp_path, animated):
    source = tmp_path / "a.webp"
    if animated:
        _animation(source, lossless=True)
    else:
        saved(source, COLOUR, lossless=True)
    command = [sys.executable, "-m", "convfilter", "apply", "-", "-k", "identity", "--padding"]
    command += ["same", "-q", "--format", "webp", "-o", "-"]
    done = subprocess.run(command, input=source.read_bytes(), capture_output=True, check=True)
    output = tmp_path / "b.webp"
    output.write_bytes(done.stdout)
    assert np.array_equal(_frames(output), FRAMES if animated else [COLOUR])


def test_the_file_of_a_webp_is_gone_through_once(tmp_path):
    source = saved(tmp_path / "a.webp", COLOUR, lossless=True)
    with open_image(str(source), b"") as image:
        prepare_to_load(image)
        image.load()
        assert is_lossless(image)
        source.unlink()
        assert read_metadata(image).lossless


def test_chunks_cut_off_anywhere_never_raise():
    buffer = io.BytesIO()
    Image.fromarray(COLOUR[:8, :8]).save(buffer, "WEBP", lossless=True)
    content = buffer.getvalue()
    for end in range(len(content)):
        _all_lossless(io.BytesIO(content[:end]))
    assert not _all_lossless(io.BytesIO(b""))


# ── chroma of JPEGs from other sources ──


@pytest.mark.parametrize(
    ("quality", "sampling"), [(100, 0), (92, 0), (90, 0), (89, 2), (75, 2), (1, 2)]
)
@pytest.mark.parametrize("suffix", [".png", ".webp", ".tif"])
def test_colours_of_a_new_jpeg_are_halved_below_quality_90_only(
    tmp_path, suffix, quality, sampling
):
    source = saved(tmp_path / f"a{suffix}", COLOUR)
    output = apply(source, tmp_path / "b.jpg", quality=quality).output
    with Image.open(output) as image:
        assert get_sampling(image) == sampling


@pytest.mark.parametrize("quality", [50, 92])
@pytest.mark.parametrize("sampling", [0, 1, 2])
def test_a_jpeg_keeps_its_own_sampling_at_any_quality(tmp_path, sampling, quality):
    source = saved(tmp_path / "a.jpg", COLOUR, subsampling=sampling)
    with Image.open(apply(source, tmp_path / "b.jpg", quality=quality).output) as image:
        assert get_sampling(image) == sampling


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_grey_and_inks_have_no_sampling_to_choose(mode):
    shape = (40, 60) if mode == "L" else (40, 60, 4)
    picture = Picture(noise(shape), None, Metadata(), cmyk=mode == "CMYK")
    assert "subsampling" not in encoding(picture, Target("", BY_NAME["JPEG"]))[0]
