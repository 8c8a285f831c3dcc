"""Zarr arrays in and out: strip by strip what filtering the array in memory gives."""

import json
import os
import shutil
import subprocess
import sys
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from filtering import apply, pixels_of, saved
from pictures import assert_alike, noise

import convfilter
from convfilter import native, strips
from convfilter.errors import OptionError, PictureError, ShapeError
from convfilter.images.decode import read_size
from convfilter.presets.load import steps_of

zarr = pytest.importorskip("zarr")

BORDERS = ["zero", "constant:7", "edge", "reflect", "symmetric", "wrap"]
DTYPES = ["uint8", "uint16", "int16", "int32", "float32", "float64"]


def stored(path, pixels, chunks=(7, 6), **options):
    """An array as a Zarr folder; its path."""
    chunks = (*chunks, *pixels.shape[2:])[: pixels.ndim]
    made = zarr.create_array(path, shape=pixels.shape, dtype=pixels.dtype, chunks=chunks, **options)
    made[...] = pixels
    return path


def read(path):
    """All of an array."""
    return zarr.open_array(path, mode="r")[...]


@pytest.fixture
def small_strips(monkeypatch):
    """Every tile is one chunk, and of few rows each is kept."""
    monkeypatch.setattr(strips, "BUDGET_BYTES", 1)
    monkeypatch.setattr(strips, "LEAST_ROWS", 1)


@pytest.fixture
def uncompiled(monkeypatch):
    """numpy stands in for the loops, of which many would be needed; they give the same."""
    monkeypatch.setattr(native, "find", lambda _loop: None)


@pytest.mark.parametrize("border", BORDERS)
def test_every_stride_dilation_and_padding_is_that_in_memory(
    tmp_path, small_strips, uncompiled, border
):
    paddings = ["valid", "same", "same-lower", "full", (9, 2, 3, 0)]
    for number, (stride, dilation) in enumerate(product([1, 2, 3], [1, 2])):
        dtype = DTYPES[(number + BORDERS.index(border)) % 4]
        pixels = noise((19, 17, 3) if number % 3 == 0 else (19, 17), dtype, number)
        padding = paddings[(number + BORDERS.index(border)) % 5]
        weights = np.random.default_rng(number).integers(-3, 4, (3, 1 + number % 4))
        kernel = json.dumps(weights.tolist())
        options = {"stride": stride, "dilation": dilation, "padding": padding, "border": border}
        policy = ["clip", "float", "rescale"][number % 3]
        source = stored(tmp_path / f"{number}.zarr", pixels)
        target = tmp_path / f"{number}-made.zarr"
        outcome = apply(source, target, kernel, range_policy=policy, **options)
        want = convfilter.correlate(pixels, weights, range_policy=policy, **options)
        assert_alike(read(target), want)
        assert outcome.output_shape == want.shape


@pytest.mark.parametrize("kernels", [("gaussian:sigma=2,stride=2", "sobel"), ("sharpen", "kirsch")])
@pytest.mark.parametrize("policy", ["auto", "rescale"])
@pytest.mark.parametrize("border", ["edge", "wrap"])
def test_chains_and_composites_are_those_in_memory(
    tmp_path, small_strips, uncompiled, kernels, policy, border
):
    pixels = noise((45, 52, 3), "uint8", 3)
    options = {"padding": "same", "border": border, "range_policy": policy}
    source = stored(tmp_path / "a.zarr", pixels, (16, 20))
    apply(source, tmp_path / "b.zarr", kernels, **options)
    assert_alike(read(tmp_path / "b.zarr"), convfilter.apply_kernels(pixels, kernels, **options))


@pytest.mark.parametrize("budget", [1, 10_000, 2**28])
@pytest.mark.parametrize("threads", [1, 3])
def test_how_it_is_cut_does_not_show(tmp_path, monkeypatch, budget, threads):
    monkeypatch.setattr(strips, "BUDGET_BYTES", budget)
    pixels = noise((70, 90), "uint8", 4)
    source = stored(tmp_path / "a.zarr", pixels, (8, 16))
    outcome = apply(source, kernel="sobel", padding="same", border="reflect", threads=threads)
    want = convfilter.apply_kernels(
        pixels, "sobel", padding="same", border="reflect", range_policy="auto"
    )
    assert_alike(read(tmp_path / "a_sobel.zarr"), want)
    assert outcome.output == str(tmp_path / "a_sobel.zarr")


@pytest.mark.parametrize("count", [1, 40])
def test_each_chunk_is_read_once_going_down(tmp_path, monkeypatch, count):
    """Also where a tile's windows reach over several of them."""
    monkeypatch.setattr(strips, "BUDGET_BYTES", 1)
    monkeypatch.setattr(strips, "LEAST_ROWS", count)
    met = []
    load = strips.ZarrArray.read

    def watched(array, rows, columns):
        met.extend(range(*rows.indices(array.shape[0])))
        return load(array, rows, columns)

    monkeypatch.setattr(strips.ZarrArray, "read", watched)
    source = stored(tmp_path / "a.zarr", noise((100, 10)), (10, 10))
    apply(source, kernel=json.dumps(np.ones((15, 3)).tolist()), padding="same")
    assert sorted(met) == list(range(100))


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint32", "int64", "float16", ">u2", ">f4"])
def test_other_numbers_are_taken_as_those_that_are_filtered(tmp_path, uncompiled, dtype):
    pixels = (noise((9, 8)) > 100).astype(dtype)
    source = stored(tmp_path / "a.zarr", pixels, zarr_format=2)
    outcome = apply(source, kernel="blur", padding="same")
    want = convfilter.correlate(
        pixels, convfilter.load_kernel("blur"), padding="same", range_policy="auto"
    )
    assert_alike(read(outcome.output), want)
    same = pixels.dtype.name == want.dtype.name
    said = f"numbers of type {pixels.dtype} were taken as {want.dtype}"
    assert outcome.notes == (() if same else (said,))


def test_numbers_that_do_not_fit_are_refused_and_nothing_is_left(tmp_path):
    source = stored(tmp_path / "a.zarr", np.array([[0, 2**31]], np.uint32))
    with pytest.raises(PictureError, match=r"a\.zarr: uint32 images are filtered as int32"):
        apply(source, kernel="1 1")
    assert os.listdir(tmp_path) == ["a.zarr"]


def test_a_nan_stays_within_the_windows_that_reach_it(tmp_path, small_strips):
    pixels = noise((20, 24), "float32")
    pixels[10, 11] = np.nan
    outcome = apply(stored(tmp_path / "a.zarr", pixels), kernel="box:size=5", padding="same")
    there = np.isnan(read(outcome.output))
    assert there.sum() == outcome.result.statistics.nonfinite == 25
    assert there[8:13, 9:14].all()


@pytest.mark.parametrize("policy", ["clip", "rescale", "float"])
def test_the_outcome_is_that_of_the_same_numbers_in_a_npy(
    tmp_path, small_strips, uncompiled, policy
):
    pixels = noise((21, 22, 3))
    np.save(tmp_path / "a.npy", pixels)
    source = stored(tmp_path / "a.zarr", pixels)
    ours, theirs = (
        apply(each, kernel="sharpen", range_policy=policy) for each in (source, tmp_path / "a.npy")
    )
    assert_alike(read(ours.output), pixels_of(theirs.output))
    assert repr(ours.result.statistics) == repr(theirs.result.statistics)
    assert ours.result.steps == theirs.result.steps
    for name in ("source_mode", "source_shape", "output_mode", "output_shape", "alpha", "rim"):
        assert getattr(ours, name) == getattr(theirs, name)


def test_a_dark_rim_is_seen(tmp_path, small_strips):
    source = stored(tmp_path / "a.zarr", np.full((30, 30), 200, np.uint8), (10, 10))
    assert apply(source, tmp_path / "b.zarr", "blur", padding="same").rim
    assert not apply(source, tmp_path / "c.zarr", "blur", padding="same", border="edge").rim


@pytest.mark.parametrize("channels", [1, 3])
def test_grey_is_luma(tmp_path, small_strips, channels):
    pixels = noise((20, 24, channels))
    source = stored(tmp_path / "a.zarr", pixels)
    outcome = apply(source, gray=True)
    want = pixels
    if channels == 3:
        apply(saved(tmp_path / "a.png", pixels), tmp_path / "b.png", gray=True)
        want = pixels_of(tmp_path / "b.png")
    assert_alike(read(outcome.output), want)


def test_grey_of_other_channels_than_three_is_refused(tmp_path):
    source = stored(tmp_path / "a.zarr", noise((9, 9, 4)))
    with pytest.raises(OptionError, match="gray: 4 channels"):
        apply(source, gray=True)


def test_banks_and_sums_over_channels_change_the_axes(tmp_path, small_strips):
    pixels = noise((20, 24, 3))
    source = stored(tmp_path / "a.zarr", pixels, attributes={"of": 3}, dimension_names="yxc")
    weights = np.random.default_rng(1).integers(-2, 3, (5, 3, 3, 3))
    for number, each in enumerate((weights, weights[0])):
        np.save(tmp_path / "k.npy", each)
        made = tmp_path / f"{number}.zarr"
        apply(source, made, tmp_path / "k.npy", padding="valid", range_policy="float")
        assert_alike(read(made), convfilter.correlate(pixels, each))


# ── what is kept ──


def test_version_chunks_compression_and_attributes_are_the_sources(tmp_path):
    compressor = zarr.codecs.BloscCodec(cname="lz4", clevel=3, shuffle="bitshuffle", typesize=1)
    options = {
        "compressors": compressor,
        "attributes": {"unit": "µm", "taken": [1, 2]},
        "dimension_names": ["y", "x"],
        "chunk_key_encoding": {"name": "default", "separator": "."},
    }
    source = zarr.open_array(stored(tmp_path / "a.zarr", noise((30, 40)), (8, 16), **options))
    made = zarr.open_array(apply(tmp_path / "a.zarr").output, mode="r")
    assert made.chunks == (8, 16)
    assert made.compressors == source.compressors
    assert made.attrs.asdict() == {"unit": "µm", "taken": [1, 2]}
    assert made.metadata.dimension_names == ("y", "x")
    assert made.metadata.chunk_key_encoding == source.metadata.chunk_key_encoding
    assert made.metadata.zarr_format == 3


@pytest.mark.parametrize("separator", [".", "/"])
def test_version_2_stays_version_2(tmp_path, separator):
    import numcodecs

    encoding = {"name": "v2", "separator": separator}
    options = {"zarr_format": 2, "compressors": numcodecs.Zlib(5), "chunk_key_encoding": encoding}
    stored(tmp_path / "a.zarr", noise((30, 40)), (8, 16), **options)
    made = zarr.open_array(apply(tmp_path / "a.zarr").output, mode="r")
    assert (made.metadata.zarr_format, made.metadata.dimension_separator) == (2, separator)
    assert made.compressors == (numcodecs.Zlib(5),)


def test_shards_are_written_whole(tmp_path, small_strips):
    pixels = noise((50, 60))
    source = stored(tmp_path / "a.zarr", pixels, (5, 6), shards=(20, 24))
    made = zarr.open_array(apply(source).output, mode="r")
    assert (made.chunks, made.shards) == ((5, 6), (20, 24))
    assert_alike(made[...], pixels)


def test_uncompressed_stays_uncompressed(tmp_path):
    stored(tmp_path / "a.zarr", noise((30, 40)), compressors=None)
    assert not zarr.open_array(apply(tmp_path / "a.zarr").output, mode="r").compressors


def test_chunks_of_nothing_take_no_files(tmp_path, small_strips):
    pixels = noise((40, 40))
    pixels[10:30, 20:] = 0
    source = stored(tmp_path / "a.zarr", pixels, (10, 10))
    made = apply(source, kernel="identity").output
    assert_alike(read(made), pixels)
    names = {"/".join(path.parts[-2:]) for path in Path(made).glob("c/*/*")}
    empty = {"1/2", "1/3", "2/2", "2/3"}
    assert names == {f"{y}/{x}" for y in range(4) for x in range(4)} - empty


def test_numbers_of_another_type_are_compressed_as_usual(tmp_path):
    compressor = zarr.codecs.BloscCodec(cname="lz4", typesize=1)
    stored(tmp_path / "a.zarr", noise((30, 40)), compressors=compressor)
    made = zarr.open_array(apply(tmp_path / "a.zarr", range_policy="float").output, mode="r")
    assert made.dtype == np.float32
    assert isinstance(made.compressors[0], zarr.codecs.ZstdCodec)


def test_chunks_larger_than_any_use_are_halved(tmp_path):
    from convfilter.images.zarr_folder import MOST_CHUNK_BYTES, _chunks

    chunks = _chunks((100_000, 100_000, 3), np.dtype(np.float32), (50_000, 60_000, 1))
    assert chunks[2] == 3
    assert MOST_CHUNK_BYTES / 4 < chunks[0] * chunks[1] * 12 <= MOST_CHUNK_BYTES
    assert _chunks((30, 20), np.dtype(np.uint8), (1024, 1024)) == (30, 20)


# ── names, and what is refused ──


def test_the_default_name_stands_beside_it(tmp_path):
    stored(tmp_path / "a.zarr", noise((9, 9)))
    (tmp_path / "out").mkdir()
    assert apply(tmp_path / "a.zarr", kernel="blur").output == str(tmp_path / "a_blur.zarr")
    made = apply(tmp_path / "a.zarr", f"{tmp_path}/out/", "blur").output
    assert made == str(tmp_path / "out/a_blur.zarr")


def test_the_slash_of_completion_means_no_folder(tmp_path):
    stored(tmp_path / "a.zarr", noise((9, 9)))
    outcome = apply(f"{tmp_path}/a.zarr/", f"{tmp_path}/b.zarr/", "blur")
    assert (outcome.job.source, outcome.output) == (f"{tmp_path}/a.zarr", f"{tmp_path}/b.zarr")


def test_an_array_in_a_group_is_filtered_by_its_own_name(tmp_path):
    pixels = noise((9, 9))
    group = zarr.create_group(tmp_path / "a.zarr")
    group.create_array("full", data=pixels)
    with pytest.raises(
        PictureError, match=r"a Zarr group, no array: name one of its arrays: .*full"
    ):
        apply(tmp_path / "a.zarr")
    outcome = apply(tmp_path / "a.zarr/full", tmp_path / "b.zarr")
    assert_alike(read(outcome.output), pixels)


def test_what_exists_is_replaced_only_if_told(tmp_path):
    pixels = noise((9, 9))
    source = stored(tmp_path / "a.zarr", pixels)
    target = stored(tmp_path / "b.zarr", np.zeros((30, 30)))
    with pytest.raises(PictureError, match=r"b.zarr exists already: -f"):
        apply(source, target)
    apply(source, target, overwrite=True)
    assert_alike(read(target), pixels)
    assert sorted(os.listdir(tmp_path)) == ["a.zarr", "b.zarr"]


def test_an_array_can_be_replaced_by_what_it_becomes(tmp_path, small_strips):
    pixels = noise((30, 20))
    source = stored(tmp_path / "a.zarr", pixels)
    apply(source, source, "sharpen", overwrite=True)
    want = convfilter.correlate(
        pixels, convfilter.load_kernel("sharpen"), padding="same", range_policy="clip"
    )
    assert_alike(read(source), want)


@pytest.mark.parametrize("kind", ["folder", "file", "group"])
def test_nothing_but_an_array_is_replaced(tmp_path, kind):
    source, target = stored(tmp_path / "a.zarr", noise((9, 9))), tmp_path / "b.zarr"
    if kind == "group":
        zarr.create_group(target)
    elif kind == "folder":
        target.mkdir()
        (target / "diary.txt").write_text("dear diary")
    else:
        target.write_text("dear diary")
    with pytest.raises(PictureError, match="something else than a Zarr array"):
        apply(source, target, overwrite=True)
    assert target.exists()


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({"region": (0, 0, 3, 3)}, "region"),
        ({"mask": "a.png"}, "mask"),
        ({"linear": True}, "linear"),
        ({"bits": 8}, "bits"),
        ({"frame": 0}, "frame"),
        ({"layout": "hwca"}, "layout"),
    ],
)
def test_what_needs_a_whole_picture_is_refused_with_a_way(tmp_path, options, name):
    source = stored(tmp_path / "a.zarr", noise((9, 9, 3)))
    with pytest.raises(OptionError, match=rf"{name}: a Zarr array .* leave --{name} out, or write"):
        apply(source, **options)


def test_the_border_resize_is_refused(tmp_path):
    source = stored(tmp_path / "a.zarr", noise((9, 9)))
    with pytest.raises(OptionError, match="border: resize enlarges the whole picture"):
        apply(source, kernel="blur", border="resize")


def test_channels_first_are_refused_unless_told(tmp_path):
    source = stored(tmp_path / "a.zarr", noise((3, 20, 30)), (3, 20))
    with pytest.raises(PictureError, match=r"3×20×30 looks like channels first"):
        apply(source)
    assert apply(source, layout="hwc").output_shape == (3, 20, 30)


@pytest.mark.parametrize(
    ("pixels", "said"),
    [
        (np.zeros((2, 3, 4, 5)), "4 dimensions"),
        (np.zeros((4, 4), complex), "complex128 is not filtered"),
    ],
)
def test_other_arrays_are_refused(tmp_path, pixels, said):
    made = zarr.create_array(tmp_path / "a.zarr", data=pixels)
    assert made.shape == pixels.shape
    with pytest.raises(PictureError, match=said):
        apply(tmp_path / "a.zarr")


def test_a_kernel_larger_than_the_array_is_refused_before_anything_is_made(tmp_path):
    source = stored(tmp_path / "a.zarr", noise((2, 2)))
    with pytest.raises(ShapeError, match="the output would be empty"):
        apply(source, kernel="blur", padding="valid")
    assert os.listdir(tmp_path) == ["a.zarr"]


def test_what_is_missing_or_no_array_is_said(tmp_path):
    with pytest.raises(PictureError, match=r"a.zarr: No such file"):
        apply(tmp_path / "a.zarr")
    (tmp_path / "a.zarr").mkdir()
    with pytest.raises(PictureError, match=r"neither zarr\.json nor \.zarray"):
        apply(tmp_path / "a.zarr")
    (tmp_path / "a.zarr/zarr.json").write_text('{"node_type": "array", "zarr_format": 3}')
    with pytest.raises(PictureError, match="damaged or cut off"):
        apply(tmp_path / "a.zarr")


@pytest.mark.parametrize("chunk", ["c/0/0", "c/1/1"])
def test_a_damaged_chunk_leaves_nothing_behind(tmp_path, small_strips, chunk):
    source = stored(tmp_path / "a.zarr", noise((20, 20)), (10, 10))
    (source / chunk).write_bytes(b"no chunk")
    with pytest.raises(PictureError, match=r"a.zarr: damaged or cut off"):
        apply(source, tmp_path / "b.zarr")
    assert os.listdir(tmp_path) == ["a.zarr"]


def test_a_missing_chunk_is_the_fill_value(tmp_path):
    source = stored(tmp_path / "a.zarr", noise((20, 20)), (10, 10), fill_value=9)
    (source / "c/0/1").unlink()
    assert (read(apply(source).output)[:10, 10:] == 9).all()


def test_a_full_disk_leaves_nothing_behind(tmp_path, monkeypatch, small_strips):
    source = stored(tmp_path / "a.zarr", noise((20, 20)), (10, 10))
    writes = []

    def full(array, rows, columns, pixels):
        writes.append(rows)
        if len(writes) == 3:
            raise OSError(28, os.strerror(28))
        put(array, rows, columns, pixels)

    put = strips.ZarrArray.write
    monkeypatch.setattr(strips.ZarrArray, "write", full)
    with pytest.raises(PictureError, match=r"b.zarr: could not be written: No space left"):
        apply(source, tmp_path / "b.zarr")
    assert os.listdir(tmp_path) == ["a.zarr"]


@pytest.mark.parametrize("overwrite", [False, True])
def test_fsync_waits_for_every_file(tmp_path, monkeypatch, overwrite):
    synced = []
    monkeypatch.setattr(os, "fsync", lambda number: synced.append(os.fstat(number).st_ino))
    source = stored(tmp_path / "a.zarr", noise((20, 20)), (10, 10))
    if overwrite:
        stored(tmp_path / "b.zarr", noise((20, 20)))
    apply(source, tmp_path / "b.zarr", fsync=True, overwrite=overwrite)
    inside = {path.stat().st_ino for path in [tmp_path / "b.zarr", *tmp_path.glob("b.zarr/**/*")]}
    assert inside | {tmp_path.stat().st_ino} == set(synced)
    assert synced[-1] == tmp_path.stat().st_ino


# ── pictures in, pictures out ──


def test_a_small_array_becomes_a_picture_with_every_option(tmp_path):
    pixels = noise((20, 24, 4))
    source = stored(tmp_path / "a.zarr", pixels)
    apply(source, tmp_path / "b.png", layout="hwca", alpha="keep")
    assert_alike(pixels_of(tmp_path / "b.png"), pixels)
    apply(source, tmp_path / "c.npy", region=None, layout="hwca", bits=16)
    assert pixels_of(tmp_path / "c.npy").dtype == np.uint16


def test_a_picture_becomes_an_array(tmp_path):
    pixels = noise((20, 24, 3))
    outcome = apply(saved(tmp_path / "a.png", pixels), tmp_path / "b.zarr")
    assert_alike(read(tmp_path / "b.zarr"), pixels)
    assert outcome.output_mode == "RGB"
    apply(tmp_path / "a.png", tmp_path / "a.x", format="zarr", kernel="blur")
    assert read(tmp_path / "a.x").shape == pixels.shape


def test_an_array_in_memory_has_the_limit_of_pictures(tmp_path):
    source = stored(tmp_path / "a.zarr", noise((20, 24)))
    with pytest.raises(PictureError, match="--max-pixels"):
        apply(source, tmp_path / "b.png", max_pixels=100)
    apply(source, tmp_path / "b.zarr", max_pixels=100)  # strip by strip there is none


def test_no_pipe_takes_a_folder(tmp_path):
    source = stored(tmp_path / "a.zarr", noise((20, 24)))
    with pytest.raises(PictureError, match="a Zarr array is a folder, which no pipe takes"):
        apply(source, "-")


def test_its_size_is_read_from_what_it_says(tmp_path):
    stored(tmp_path / "a.zarr", noise((20, 24, 3)))
    shutil.rmtree(tmp_path / "a.zarr/c")
    assert read_size(str(tmp_path / "a.zarr"), 10) == (20, 24, 3)


WITHOUT_ZARR = """
import sys
sys.modules["zarr"] = None
from filtering import apply
try:
    apply(sys.argv[1])
except Exception as error:
    print(type(error).__name__, error)
"""


def test_without_the_package_the_extra_is_named(tmp_path):
    (tmp_path / "a.zarr").mkdir()
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_ZARR, tmp_path / "a.zarr"],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONPATH": os.path.dirname(__file__)},
    )
    said = "Zarr arrays are read with the extra: pip install 'convfilter[cluster]'"
    assert done.stdout == f"PictureError {tmp_path}/a.zarr: {said}\n"


def test_the_library_s_steps_are_those_of_the_job(tmp_path, small_strips):
    pixels = noise((40, 30), "uint16", 5)
    steps = steps_of("unsharp:radius=2", padding="same", border="edge", range_policy="auto")
    source = stored(tmp_path / "a.zarr", pixels)
    outcome = strips.process_array(
        apply(source, tmp_path / "b.zarr").job._replace(
            steps=steps, output=str(tmp_path / "c.zarr")
        )
    )
    want = convfilter.apply_kernels(
        pixels, "unsharp:radius=2", padding="same", border="edge", range_policy="auto"
    )
    off = np.abs(read(outcome.output).astype(int) - want)
    assert off.max() <= 1
    assert (off > 0).mean() < 0.03
