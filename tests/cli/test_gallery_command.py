"""`convfilter gallery`: a tile for each kernel, each the picture that apply would write."""

import json

import numpy as np
import pytest
from pictures import noise
from PIL import Image
from running import run, run_in_shell, run_on_terminal, save, slopes
from uncompiled import UNCOMPILED

from convfilter.images.contact_sheet import MARGIN

SHEET = ("-o", "sheet.png")
OWN = ("-k", "sharpen", "-k", "sobel-x")


def gallery(folder, *words, **changes):
    return run("gallery", *words, cwd=folder, command=UNCOMPILED, **changes)


def filtered(folder, *words):
    """Writes what apply makes of it into one.png."""
    words = ("apply", *words, "-f", "-q", "-o", "one.png")
    assert run(*words, cwd=folder, command=UNCOMPILED).status == 0


def pixels_of(path):
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def holds(sheet, tile):
    """Whether a picture stands somewhere on a sheet, pixel by pixel."""
    height, width = tile.shape[:2]
    rows, columns = sheet.shape[0] - height + 1, sheet.shape[1] - width + 1
    places = np.ones((rows, columns), bool)
    for y, x in ((0, 0), (0, width - 1), (height - 1, 0), (height // 2, width // 2)):
        places &= (sheet[y : y + rows, x : x + columns] == tile[y, x]).all(axis=2)
    return any((sheet[y : y + height, x : x + width] == tile).all() for y, x in np.argwhere(places))


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        ("RGB", ()),
        ("L", ()),
        ("RGB", ("--gray",)),
        ("RGB", ("--border", "edge", "--range", "offset")),
        ("RGB", ("--stride", "2", "--padding", "full", "--scale", "1/2")),
    ],
)
def test_a_tile_that_is_not_scaled_is_the_filtered_picture(folder, mode, words):
    save(folder / "m.png", noise((90, 120, 3) if mode == "RGB" else (90, 120)))
    done = gallery(folder, "m.png", *OWN, *words, "--tile", "200", *SHEET)
    assert (done.status, done.err) == (0, "")
    sheet = pixels_of(folder / "sheet.png")
    for kernel in ("sharpen", "sobel-x"):
        filtered(folder, "m.png", "-k", kernel, *words)
        assert holds(sheet, pixels_of(folder / "one.png"))
    assert holds(sheet, pixels_of(folder / "m.png")) == ("--gray" not in words)


def test_a_tiny_picture_is_enlarged_square_by_square(folder):
    assert gallery(folder, "a.png", *OWN, "--tile", "62", *SHEET).status == 0
    twice = pixels_of(folder / "a.png").repeat(2, 0).repeat(2, 1)
    assert holds(pixels_of(folder / "sheet.png"), twice)


def test_a_large_one_is_filtered_first_and_then_shrunk(folder):
    # Lines of one pixel: shrunk first they would be grey, and grey has no edges.
    save(folder / "lines.png", np.tile(np.uint8([[0, 255]]), (200, 100)))
    gallery(folder, "lines.png", "-k", "-1 1", "--tile", "50", *SHEET)
    assert (pixels_of(folder / "sheet.png") == 255).all(axis=2).sum() >= 50 * 49


def test_every_preset_is_shown_under_its_tag(folder):
    done = gallery(folder, "a.png", "--json", "--border", "edge", *SHEET)
    assert done.status == 0
    tiles = [json.loads(line)["tile"] for line in done.text.splitlines()]
    names = run("kernels", "list", cwd=folder).text.splitlines()
    assert sorted(tile["caption"] for tile in tiles) == [line.split("\t")[0] for line in names]
    assert [tile["number"] for tile in tiles] == list(range(len(tiles)))
    groups = list(dict.fromkeys(tile["group"] for tile in tiles))
    assert groups[:4] == ["basic", "blur", "sharpen", "edges"]
    assert len([tile for tile in tiles if tile["group"] == "blur"]) > 5


def test_presets_of_one_tag(folder):
    done = gallery(folder, "a.png", "--tag", "relief", "--json", *SHEET)
    captions = [json.loads(line)["tile"]["caption"] for line in done.text.splitlines()]
    assert captions == ["emboss", "relief"]
    done = gallery(folder, "a.png", "--tag", "releif", *SHEET, "-f")
    assert done.status == 2
    assert "--tag: 'releif' is none of bank, basic, blur" in done.err
    done = gallery(folder, "a.png", "--tag", "blur", "-k", "blur", *SHEET, "-f")
    assert done.status == 2
    assert "leave one out" in done.err


def test_presets_over_other_channels_than_the_pictures_are_left_out_and_named(folder):
    done = gallery(folder, "grey.png", "-p", "full", *SHEET)
    assert (done.status, done.err) == (0, "")
    assert "note     gabor-bank, opponent: left out, which sum over other channels" in done.text
    done = gallery(folder, "grey.png", "--tag", "colour", *SHEET, "-f")
    assert done.status == 1  # there is nothing else to show
    assert "opponent: the kernel has depth 3" in done.err


def test_kernels_of_ones_own_are_shown_behind_the_presets(folder, tmp_path):
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "mine.yaml").write_text("weights: [[1, 2, 1]]\ntags: [blur]\n")
    done = gallery(folder, "a.png", "--tag", "blur", "--json", *SHEET,
                   CONVFILTER_KERNEL_PATH=str(tmp_path / "own"))  # fmt: skip
    last = json.loads(done.text.splitlines()[-1])
    assert (last["tile"]["caption"], last["tile"]["group"]) == ("mine", "your own")
    assert last["kernel"]["shape"] == [1, 3]


def test_each_k_is_a_tile_and_then_makes_a_chain(folder):
    words = ("-k", "gaussian:sigma=1 then sobel:border=edge", "-k", "blur")
    done = gallery(folder, "a.png", *words, "--json", *SHEET)
    first, second = map(json.loads, done.text.splitlines())
    assert [step["kernel"]["name"] for step in first["steps"]] == ["gaussian:sigma=1", "sobel"]
    assert first["tile"]["spec"] == "gaussian:sigma=1 then sobel:border=edge"
    assert second["steps"][0]["kernel"]["name"] == "blur"
    assert first["output"]["path"] == "sheet.png"
    assert second["output"]["shape"] == [20, 27, 3]


def test_one_broken_kernel_does_not_stop_the_others(folder):
    words = ("-k", "sharpen", "-k", "sharpn", "-k", "box:size=99", "-k", "sobel-x")
    done = gallery(folder, "noise.png", *words, "--tile", "100", *SHEET)
    assert done.status == 1
    assert "4 tiles, 2 failed" in done.text
    first, second = done.err.splitlines()
    assert first.startswith("convfilter: sharpn: no kernel named 'sharpn'; did you mean 'sharpen'?")
    assert second.startswith("convfilter: box:size=99: the output would be empty")
    sheet = pixels_of(folder / "sheet.png")
    filtered(folder, "noise.png", "-k", "sobel-x")
    assert holds(sheet, pixels_of(folder / "one.png").repeat(3, 0).repeat(3, 1))


def test_a_broken_tile_is_told_in_its_line_of_json(folder):
    done = gallery(folder, "a.png", "-k", "blur", "-k", "blurr", "--json", *SHEET)
    good, bad = map(json.loads, done.text.splitlines())
    assert (done.status, done.err) == (1, "")
    assert "error" not in good
    assert bad["error"]["type"] == "UnknownKernel"
    assert (bad["tile"]["number"], bad["tile"]["caption"]) == (1, "blurr")
    assert bad["input"]["path"] == "a.png"


def test_an_option_that_one_kernel_can_not_take_is_named_as_typed(folder):
    done = gallery(folder, "a.png", "--normalize", "sum", *OWN, *SHEET)
    assert done.status == 1
    assert "sobel-x: --normalize sum divides" in done.err


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("none.png", *OWN), 1, "none.png: No such file or directory"),
        (("a.png", "--stride", "0"), 2, "--stride: '0' is no whole number"),
        (("a.png", *OWN, "-o", "sheet.txt"), 2, "no format of a sheet: .jpg, .png"),
        (("a.png", *OWN, "-o", "sheet.pgm"), 1, "can't hold a sheet in colour; use .jpg"),
        (("a.png", *OWN, "-o", "sheet.npy"), 1, "can't hold a sheet in colour"),
        (("a.png", *OWN, "--format", "exe"), 2, "--format: 'exe' names no format"),
        (("a.png", *OWN, "-o", "old.png"), 1, "old.png exists already: -f (--overwrite)"),
        (("a.png", *OWN, "-o", "none/s.png"), 1, "there is no folder"),
        (("a.png", *OWN, "--tile", "5"), 2, "5 is out of range; allowed: 32 to 8192"),
        (("a.png", *OWN, "--theme", "drak"), 2, "Did you mean 'dark'?"),
        (("a.png", *OWN, "--max-pixels", "1000"), 1, "the sheet would have"),
    ],
)
def test_what_can_not_be_made_is_refused(folder, words, status, said):
    (folder / "old.png").write_bytes(b"old")
    before = {path.name for path in folder.iterdir()}
    done = gallery(folder, *words)
    assert done.status == status
    assert said in done.err
    assert done.out == b""
    assert {path.name for path in folder.iterdir()} == before
    assert (folder / "old.png").read_bytes() == b"old"


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ((), "a_gallery.png"),
        (("--format", "jpg"), "a_gallery.jpg"),
        (("--format", "html"), "a_gallery.html"),
        (("-o", "sub/"), "sub/a_gallery.png"),
        (("-o", "x.webp"), "x.webp"),
        (("-o", "x.htm"), "x.htm"),
    ],
)
def test_where_it_goes(folder, words, name):
    (folder / "sub").mkdir()
    done = gallery(folder, "a.png", *OWN, *words)
    assert done.status == 0
    assert f"→  {name}  2 tiles" in done.text
    assert (folder / name).stat().st_size > 500


def test_a_pipe_gets_the_sheet_and_the_report_goes_to_standard_error(folder):
    line = "$CONVFILTER gallery - -k blur < a.png > sheet.png"
    done = run_in_shell(line, folder)
    assert done.status == 0
    assert done.err.startswith("standard input  24×31×3 RGB  →  standard output  1 tile\n")
    assert pixels_of(folder / "sheet.png").ndim == 3
    done = gallery(folder, "a.png", "-k", "blur", "-o", "-", "--format", "html", "--json")
    assert done.out.startswith(b"<!doctype html>")
    assert json.loads(done.err)["tile"]["caption"] == "blur"
    done = run_on_terminal("gallery", "a.png", "-k", "blur", "-o", "-", cwd=folder)
    assert done.status == 2
    assert "would go to a terminal" in done.terminal


def test_options_come_from_the_environment_and_are_told(folder):
    done = gallery(folder, "a.png", *OWN, *SHEET, CONVFILTER_TILE="62", CONVFILTER_GRAY="1")
    assert "set by   CONVFILTER_TILE=62" in done.text
    assert "set by   CONVFILTER_GRAY=1" in done.text
    assert holds(pixels_of(folder / "sheet.png"), pixels_of(folder / "a.png")) is False


def test_a_name_that_says_another_format_than_the_file_holds_is_told(folder):
    done = gallery(folder, "a.png", "-k", "blur", "--format", "jpg", *SHEET)
    assert "note     the file holds JPEG, which its suffix does not say" in done.text
    done = gallery(folder, "a.png", "-k", "blur", "--format", "html", "-f", *SHEET)
    assert "note     the file holds HTML, which its suffix does not say" in done.text


def test_quiet_says_only_what_failed(folder):
    done = gallery(folder, "a.png", "-k", "blur", "-k", "blurr", "-q", *SHEET)
    assert done.out == b""
    assert done.err.startswith("convfilter: blurr: no kernel named")
    assert done.status == 1


def test_of_an_animation_the_first_frame_or_the_one_asked_for(folder):
    frames = [Image.fromarray(np.full((20, 30), level, np.uint8)) for level in (40, 200)]
    frames[0].save(folder / "two.gif", save_all=True, append_images=frames[1:])
    done = gallery(folder, "two.gif", "-k", "1", *SHEET)
    assert done.status == 2  # one number is no kernel
    done = gallery(folder, "two.gif", "-k", "identity", *SHEET)
    assert "the first of 2 frames; --frame N takes another" in done.text
    assert (pixels_of(folder / "sheet.png") == 40).all(axis=2).any()
    done = gallery(folder, "two.gif", "-k", "identity", "--frame", "1", "-f", *SHEET)
    assert "of 2 frames" not in done.text
    assert (pixels_of(folder / "sheet.png") == 200).all(axis=2).any()


def test_numbers_and_maps_are_shown_too(folder):
    np.save(folder / "f.npy", slopes(80, 100).astype(np.float32) / 255)
    words = ("-k", "gabor-bank:angles=2", "-k", "kirsch", "--border", "edge", "-f", *SHEET)
    for image, how in (("f.npy", ()), ("a.png", ("--range", "float"))):
        done = gallery(folder, image, *words, *how)
        assert (done.status, done.err) == (0, "")
        assert "2 tiles\n" in done.text


def test_weak_answers_are_shown_so_many_times_as_bright_and_that_is_said(folder):
    steps = np.repeat(np.uint8([100, 105, 100, 104]), 30)
    save(folder / "weak.png", np.tile(steps, (90, 1)))
    words = ("-k", "1 -1", "-k", "0 1", "-k", "1 -1:range=offset", "-k", "1 -1:bias=1")
    done = gallery(folder, "weak.png", *words, "--json", "--tile", "200", *SHEET)
    tiles = [json.loads(line)["tile"]["amplified"] for line in done.text.splitlines()]
    assert tiles == [32, 1, 1, 1]  # the largest answer is 5: 32·5 = 160, 64·5 is more than white
    filtered(folder, "weak.png", "-k", "1 -1")
    assert holds(pixels_of(folder / "sheet.png"), 32 * pixels_of(folder / "one.png"))
    gallery(folder, "weak.png", *words, "-o", "page.html")
    page = (folder / "page.html").read_text()
    assert page.count("<span>range abs, shown ×32</span>") == 1
    assert page.count("shown ×") == 1
    assert "Weak results are shown brighter than they are" in page
    gallery(folder, "noise.png", *words, "-o", "page.html", "-f")
    assert "Weak results" not in (folder / "page.html").read_text()


def test_dark_pictures_stay_dark(folder):
    save(folder / "night.png", noise((40, 50, 3)) // 32)
    done = gallery(folder, "night.png", "-k", "identity", "-k", "blur", "--json", *SHEET)
    assert [json.loads(line)["tile"]["amplified"] for line in done.text.splitlines()] == [1, 1]


def test_the_sheet_begins_at_its_margin(folder):
    gallery(folder, "a.png", *OWN, *SHEET)
    sheet = pixels_of(folder / "sheet.png")
    ground = (sheet == sheet[0, 0]).all(axis=2)
    assert ground[:, :MARGIN].all()
    assert ground[:, -MARGIN:].all()
    assert not ground[MARGIN : 2 * MARGIN].all()
