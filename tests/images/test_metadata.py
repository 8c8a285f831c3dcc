"""What travels with the pixels: EXIF, ICC profile, resolution. And --strip, which leaves it out."""

import numpy as np
import pytest
from filtering import apply, saved
from pictures import noise
from PIL import Image, ImageCms

from convfilter.images.metadata.reading import read_metadata

MAKER, ORIENTATION, EXPOSURE, EXIF_IFD, GPS_IFD = 0x010F, 0x0112, 0x829A, 0x8769, 0x8825
COLOUR, GREY = noise((16, 16, 3)), noise((16, 16))
RGB_PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
GREY_PROFILE = RGB_PROFILE[:16] + b"GRAY" + RGB_PROFILE[20:]  # the header's colour kind


def _exif(orientation=1):
    exif = Image.Exif()
    exif[MAKER] = "Maker"
    exif[ORIENTATION] = orientation
    exif.get_ifd(EXIF_IFD)[EXPOSURE] = 0.25
    exif.get_ifd(GPS_IFD)[1] = "N"
    return exif.tobytes()


def _told(path):
    """Maker, exposure, hemisphere, profile and resolution of a picture file."""
    with Image.open(path) as image:
        exif = image.getexif()
        exposure = exif.get_ifd(EXIF_IFD).get(EXPOSURE)
        return {
            "maker": exif.get(MAKER),
            "exposure": None if exposure is None else float(exposure),
            "hemisphere": exif.get_ifd(GPS_IFD).get(1),
            "icc": image.info.get("icc_profile"),
            "dpi": tuple(round(float(d)) for d in image.info.get("dpi", ())),
        }


@pytest.mark.parametrize("orientation", [1, 6])
@pytest.mark.parametrize("target", [".jpg", ".png", ".tif", ".webp"])
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp"])
def test_exif_profile_and_resolution_are_kept(tmp_path, suffix, target, orientation):
    source = tmp_path / f"a{suffix}"
    saved(source, COLOUR, exif=_exif(orientation), icc_profile=RGB_PROFILE, dpi=(144, 144))
    assert _told(source)["exposure"] == 0.25
    outcome = apply(source, tmp_path / f"b{target}")
    told = _told(outcome.output)
    assert (told["maker"], told["exposure"], told["hemisphere"]) == ("Maker", 0.25, "N")
    assert told["icc"] == RGB_PROFILE
    if ".webp" not in (suffix, target):
        assert told["dpi"] == (144, 144)
    assert outcome.notes == ()


@pytest.mark.parametrize(("orientation", "want"), [(1, (144, 72)), (3, (144, 72)), (8, (72, 144))])
def test_a_resolution_that_differs_by_axis_turns_with_the_picture(tmp_path, orientation, want):
    source = saved(tmp_path / "a.png", GREY, exif=_exif(orientation), dpi=(144, 72))
    assert _told(apply(source).output)["dpi"] == want


@pytest.mark.parametrize("target", [".jpg", ".png", ".tif", ".webp"])
def test_strip_leaves_everything_out(tmp_path, target):
    source = saved(
        tmp_path / "a.jpg", COLOUR, exif=_exif(), icc_profile=RGB_PROFILE, dpi=(144, 144)
    )
    outcome = apply(source, tmp_path / f"b{target}", strip=True)
    told = _told(outcome.output)
    assert [told[word] for word in ("maker", "exposure", "hemisphere", "icc")] == [None] * 4
    assert told["dpi"] not in {(144, 144), (144, 72)}


def test_strip_still_turns_the_picture_upright(tmp_path):
    source = saved(tmp_path / "a.jpg", noise((16, 24)), exif=_exif(6))
    assert apply(source, strip=True).output_shape == (24, 16)


@pytest.mark.parametrize(
    ("pixels", "profile", "gray", "kept"),
    [
        (COLOUR, RGB_PROFILE, False, True),
        (COLOUR, RGB_PROFILE, True, False),
        (GREY, GREY_PROFILE, False, True),
        (GREY, RGB_PROFILE, False, False),
        (COLOUR, GREY_PROFILE, False, False),
        (noise((16, 16), "uint16"), GREY_PROFILE, False, True),
        (noise((16, 16, 4)), RGB_PROFILE, False, True),
        (COLOUR, b"short", False, False),
    ],
)
def test_a_profile_stays_while_its_colour_kind_is_the_outputs(
    tmp_path, pixels, profile, gray, kept
):
    source = saved(tmp_path / "a.png", pixels, icc_profile=profile)
    outcome = apply(source, gray=gray)
    assert _told(outcome.output)["icc"] == (profile if kept else None)
    dropped = [note for note in outcome.notes if "ICC profile is for another kind" in note]
    assert len(dropped) == (not kept)


def test_a_full_depth_result_loses_the_profile_of_the_colours(tmp_path):
    source = saved(tmp_path / "a.png", COLOUR, icc_profile=RGB_PROFILE)
    outcome = apply(source, kernel="[[[1]], [[0]], [[0]]]")
    assert _told(outcome.output)["icc"] is None
    assert "the ICC profile is for another kind of colour than L: dropped" in outcome.notes


@pytest.mark.parametrize("target", [".bmp", ".ppm"])
def test_what_the_format_has_no_place_for_is_dropped_with_a_note(tmp_path, target):
    source = saved(tmp_path / "a.jpg", COLOUR, exif=_exif(), icc_profile=RGB_PROFILE)
    outcome = apply(source, tmp_path / f"b{target}")
    assert outcome.notes == (f"{target[1:].upper()} can't hold EXIF and the ICC profile: dropped",)


def test_strip_needs_no_note_on_what_the_format_has_no_place_for(tmp_path):
    source = saved(tmp_path / "a.jpg", COLOUR, exif=_exif(), icc_profile=RGB_PROFILE)
    assert apply(source, tmp_path / "b.bmp", strip=True).notes == ()


@pytest.mark.parametrize("target", [".jpg", ".png", ".tif", ".bmp"])
@pytest.mark.parametrize("suffix", [".png", ".tif", ".ppm", ".webp"])
def test_no_resolution_is_made_up(tmp_path, suffix, target):
    source = saved(tmp_path / f"a{suffix}", COLOUR)
    outcome = apply(source, tmp_path / f"b{target}")
    with Image.open(outcome.output) as got:
        assert read_metadata(got).dpi is None


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("target", [".jpg", ".png", ".tif", ".webp"])
def test_damaged_exif_does_not_cost_the_picture(tmp_path, target):
    source = saved(tmp_path / "a.jpg", COLOUR, exif=b"Exif\0\0II*\0\xff\xff\xff\xff")
    assert apply(source, tmp_path / f"b{target}").output_shape == (16, 16, 3)


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw", "tiff_adobe_deflate", "packbits"])
def test_tiff_keeps_its_compression(tmp_path, compression):
    flat = np.full((64, 64), 7, np.uint8)
    outcome = apply(saved(tmp_path / "a.tif", flat, compression=compression))
    with Image.open(outcome.output) as image:
        assert image.info["compression"] == compression
        assert (np.asarray(image)[2:-2, 2:-2] == 7).all()


def test_tags_of_a_tiffs_layout_are_not_carried_over(tmp_path):
    source = saved(tmp_path / "a.tif", COLOUR, compression="tiff_lzw", tiffinfo={270: "caption"})
    outcome = apply(source, tmp_path / "b.jpg", padding="valid")
    with Image.open(outcome.output) as image:
        exif = image.getexif()
        assert exif[270] == "caption"
        assert not {256, 257, 259, 273, 279} & set(exif)
