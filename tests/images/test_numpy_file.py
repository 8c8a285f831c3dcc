"""Pictures in .npy files: what is read, and that nothing is believed before it was checked."""

import io
import os
import pickle
import tracemalloc

import numpy as np
import pytest
from numpy.lib import format as npy
from pictures import assert_alike, noise

from convfilter.errors import PictureError
from convfilter.images.numpy_file import looks_like_npy, read_array, read_shape

PICTURE = noise((5, 7, 3), "uint16")
WHOLE = ["bool", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"]
DTYPES = [*WHOLE, "float16", "float32", "float64"]


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "a.npy")


def header(shape="(2, 3)", descr="'|u1'", order="False", version=(1, 0)):
    """The beginning of a .npy file, any text in it."""
    text = f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}\n".encode()
    length = len(text).to_bytes(2 if version == (1, 0) else 4, "little")
    return npy.MAGIC_PREFIX + bytes(version) + length + text


def write(path, content):
    with open(path, "wb") as file:
        file.write(content)


def refused(path, max_pixels=10**6):
    with pytest.raises(PictureError) as error:
        read_array(path, max_pixels)
    assert str(error.value).startswith(f"{path}: ")
    return str(error.value)


@pytest.mark.parametrize("shape", [(4, 5), (4, 5, 3), (1, 1), (3, 5, 7), (4, 5, 1), (1, 9, 2)])
@pytest.mark.parametrize("dtype", DTYPES)
def test_numbers_come_back_as_they_were_saved(path, dtype, shape):
    array = noise(shape, "int16").astype(dtype)
    np.save(path, array)
    if shape == (3, 5, 7):
        assert "channels first" in refused(path)
        return
    got = read_array(path, 20)
    assert_alike(got, array)
    assert got.flags.c_contiguous
    assert got.flags.writeable


@pytest.mark.parametrize("dtype", [">u2", ">i4", ">f8", ">f2", "<f4"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_byte_order_and_the_order_of_axes_are_the_machines_own(path, dtype, order):
    array = PICTURE.astype(dtype)
    np.save(path, np.asarray(array, order=order))
    got = read_array(path, 35)
    assert_alike(got, PICTURE.astype(np.dtype(dtype).newbyteorder("=")))
    assert got.dtype.isnative
    assert got.flags.c_contiguous


@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
def test_headers_of_all_versions_are_read(path, version):
    with open(path, "wb") as file:
        npy.write_array(file, PICTURE, version)
    assert_alike(read_array(path, 35), PICTURE)


def test_the_long_numbers_of_old_programs_are_numbers(path):
    write(path, header("(2L, 3L)") + bytes(range(6)))
    assert read_array(path, 6).tolist() == [[0, 1, 2], [3, 4, 5]]


def test_true_is_1_whatever_byte_stands_for_it(path):
    write(path, header(descr="'|b1'") + bytes([0, 1, 2, 255, 0, 7]))
    got = read_array(path, 6)
    assert_alike(got.astype(np.int32), np.array([[0, 1, 1], [1, 0, 1]], np.int32))


def test_python_objects_are_never_made(path):
    class Trap:
        def __reduce__(self):
            return os.mkdir, (path + ".trap",)

    np.save(path, np.array([[Trap(), 1]], object), allow_pickle=True)
    assert "Python objects" in refused(path)
    write(path, pickle.dumps(Trap()))
    assert "no numpy array" in refused(path)
    assert not os.path.exists(path + ".trap")


@pytest.mark.parametrize(
    ("array", "said"),
    [
        (np.zeros((4, 5), "complex64"), "complex64 is not filtered"),
        (np.zeros((4, 5), "U3"), "is not filtered"),
        (np.zeros((4, 5), "datetime64[s]"), "is not filtered"),
        (np.zeros((4, 5), [("r", "u1"), ("g", "u1")]), "is not filtered"),
        (np.zeros((4, 5), "longdouble"), "is not filtered"),
        (np.zeros(5, "uint8"), "1 dimensions (5)"),
        (np.uint8(3), "0 dimensions (a single number)"),
        (np.zeros((2, 4, 5, 3), "uint8"), "4 dimensions (2×4×5×3)"),
        (np.zeros((0, 5), "uint8"), "empty (0×5)"),
        (np.zeros((4, 5, 0), "uint8"), "empty (4×5×0)"),
        (np.zeros((3, 40, 50), "uint8"), "3×40×50 looks like channels first"),
        (np.zeros((1, 40, 50), "uint8"), "numpy.transpose(array, (1, 2, 0))"),
        (np.zeros((4, 5, 5), "uint8"), "channels first"),
    ],
)
def test_what_is_no_picture_is_refused(path, array, said):
    np.save(path, array)
    assert said in refused(path)


@pytest.mark.parametrize("shape", [(3, 40, 50), (1, 40, 50), (4, 5, 5)])
def test_what_looks_like_channels_first_is_taken_as_it_is_when_told(path, shape):
    array = noise(shape)
    np.save(path, array)
    assert "--layout hwc takes it as it is" in refused(path)
    assert_alike(read_array(path, 10**6, layout="hwc"), array)
    assert read_shape(path, 10**6, layout="hwc") == shape
    with pytest.raises(PictureError, match="the limit is"):
        read_array(path, shape[0] * shape[1] - 1, layout="hwc")


@pytest.mark.parametrize("shape", [(3, 40, 4), (4, 40, 3), (1, 2, 9), (2, 40, 50), (5, 40, 50)])
def test_small_pictures_and_many_channels_are_not_taken_for_channels_first(path, shape):
    np.save(path, np.zeros(shape, np.uint8))
    assert read_array(path, 10**6).shape == shape


def test_the_limit_is_in_pixels_and_stands_in_the_message(path):
    np.save(path, PICTURE)
    assert read_array(path, 35).shape == (5, 7, 3)
    assert "5×7 is 35 pixels, the limit is 34; --max-pixels" in refused(path, 34)


def test_no_memory_is_taken_for_what_the_header_only_claims(path):
    huge = header("(30000, 30000)", "'<f8'")
    write(path, huge + bytes(1000))
    tracemalloc.start()
    try:
        assert "cut off" in refused(path, 10**12)
        os.truncate(path, len(huge) + 8 * 30000**2)  # a file with a hole takes no room
        assert "900 million pixels" in refused(path, 10**8)
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak_bytes < 10**6


@pytest.mark.parametrize("size", ["(99999999999, 99999999999)", "(4294967296, 4294967296, 9)"])
def test_sizes_beyond_all_counting_are_refused(path, size):
    write(path, header(size) + bytes(100))
    assert "the limit is" in refused(path)
    assert "cut off" in refused(path, 10**30)


def test_every_shortened_file_is_refused(path):
    buffer = io.BytesIO()
    np.save(buffer, PICTURE)
    content = buffer.getvalue()
    for length in range(len(content)):
        write(path, content[:length])
        assert any(word in refused(path) for word in ("empty", "no numpy", "damaged", "cut off",
                                                      "version"))  # fmt: skip
    write(path, content + b"\0")
    assert "more than one array" in refused(path)


@pytest.mark.parametrize(
    "content",
    [
        header(shape="(-2, -3)"),
        header(shape="2"),
        header(shape="(2.0, 3)"),
        header(descr="'|u0'"),
        header(descr="'nonsense'"),
        header(descr="('|u1', (2, 2))"),
        header(order="1"),
        header(shape="(__import__('os').getcwd(), 3)"),
        header(shape="(" * 3000 + ")" * 3000),
        header(shape="(2, 3)" + " " * 20_000),
        npy.MAGIC_PREFIX + b"\1\0\xff\xff{}",
        npy.MAGIC_PREFIX + b"\2\0\xff\xff\xff\xff{}",
        npy.MAGIC_PREFIX + b"\1\0\2\0{}",
    ],
)
def test_headers_that_lie_are_refused(path, content):
    write(path, content + bytes(6))
    assert any(word in refused(path) for word in ("damaged", "empty", "is not filtered"))


def test_what_is_something_else_says_so(path):
    write(path, b"")
    assert "the file is empty" in refused(path)
    write(path, b"\x89PNG\r\n\x1a\n" + bytes(50))
    assert refused(path).endswith("no numpy array")
    write(path, npy.MAGIC_PREFIX + b"\x09\x04" + bytes(50))
    assert "version 9.4" in refused(path)
    with open(path, "wb") as file:
        np.savez(file, a=PICTURE)
    assert ".npz holds several" in refused(path)


def test_what_can_not_be_opened_says_why(tmp_path):
    assert "No such file" in refused(str(tmp_path / "none.npy"))
    assert "directory" in refused(str(tmp_path))


# ── from standard input ──


def saved(array):
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", ["uint8", ">u2", ">f8", "bool"])
def test_bytes_are_read_like_a_file(path, dtype, order):
    content = saved(np.asarray(PICTURE.astype(dtype), order=order))
    write(path, content)
    got = read_array(content, 35)
    assert_alike(got, read_array(path, 35))
    got[0, 0] = 0  # its own memory, not the bytes'
    assert read_shape(content, 35) == read_shape(path, 35) == (5, 7, 3)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the file is empty"),
        (b"PK\3\4 and so on", ".npz holds several"),
        (
            saved(PICTURE)[:-1],
            "cut off: an array of 5×7×3 uint16 takes 210 bytes, the file has 209",
        ),
        (saved(PICTURE) + b"\0", "more than one array, or damaged"),
        (saved(np.zeros((3, 40, 50))), "looks like channels first"),
        (header("(30000, 30000)", "'<f8'"), "the limit is 1 million; --max-pixels"),
    ],
)
@pytest.mark.parametrize("read", [read_array, read_shape])
def test_faults_of_bytes_are_those_of_standard_input(content, said, read):
    with pytest.raises(PictureError) as error:
        read(content, 10**6)
    assert str(error.value).startswith("standard input: ")
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_python_objects_are_never_made_from_bytes():
    class Trap:
        def __reduce__(self):
            return pytest.fail, ("was made",)

    with pytest.raises(PictureError, match="Python objects"):
        read_array(saved(np.array([[Trap(), 1]], object)), 10)


# ── headers ──


@pytest.mark.parametrize(
    ("shape", "told"), [((4, 5), (4, 5, 1)), ((4, 5, 1), (4, 5, 1)), ((6, 5, 9), (6, 5, 9))]
)
def test_the_size_is_told_from_the_header(path, shape, told):
    np.save(path, np.zeros(shape))
    assert read_shape(path, 30) == told
    with pytest.raises(PictureError, match=r"×5 is .* pixels, the limit is 19"):
        read_shape(path, 19)


def test_the_size_of_what_is_not_there(tmp_path):
    with pytest.raises(PictureError, match=r"none\.npy: No such file"):
        read_shape(str(tmp_path / "none.npy"), 19)


def test_a_npy_is_known_by_how_it_begins():
    assert looks_like_npy(saved(PICTURE))
    assert looks_like_npy(b"\x93NUMPY")
    assert not looks_like_npy(b"\x93NUMP")
    assert not looks_like_npy(b"PK\3\4")
