"""Kernels in tables of numbers: .csv, .txt, libvips' .mat and numpy's .npy."""

import io
import struct
import zipfile
from fractions import Fraction

import numpy as np
import pytest

import convfilter
from convfilter.errors import KernelError


def _file(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path)


def _fault(tmp_path, name, content):
    """The complaint about a file, without its folder; always one line."""
    with pytest.raises(KernelError) as caught:
        convfilter.load_kernel(_file(tmp_path, name, content))
    assert "\n" not in str(caught.value)
    return str(caught.value).removeprefix(f"{tmp_path}/")


@pytest.mark.parametrize(
    ("name", "content", "values"),
    [
        ("a.csv", "0,-1,0\n-1,5,-1\n0,-1,0\n", [[0, -1, 0], [-1, 5, -1], [0, -1, 0]]),
        ("a.csv", "1, 2\r\n3, 4\r\n", [[1, 2], [3, 4]]),
        ("a.csv", "1,2,\n3,4,\n", [[1, 2], [3, 4]]),
        ("a.csv", "\ufeff0.5,1e-3\n", [[0.5, 0.001]]),
        ("a.txt", "# edges\n1 0 -1  # first row\n\n1 0 -1\n", [[1, 0, -1], [1, 0, -1]]),
        ("a.txt", "1\t2\n 3  4", [[1, 2], [3, 4]]),
        ("a.txt", "1/4 1/2 1/4", [[0.25, 0.5, 0.25]]),
        ("a.mat", "3 2\n1 2 3\n4 5 6\n", [[1, 2, 3], [4, 5, 6]]),
        ("a.mat", "2 2 4\n1 2\n3 4\n", [[0.25, 0.5], [0.75, 1]]),
        ("A.TXT", "1 2", [[1, 2]]),
    ],
)
def test_tables_have_the_values_written(tmp_path, name, content, values):
    kernel = convfilter.load_kernel(_file(tmp_path, name, content))
    assert kernel.values.tolist() == values
    assert kernel.name == name.split(".")[0]
    assert kernel.exact


def test_a_libvips_matrix_brings_its_scale_and_offset(tmp_path):
    kernel = convfilter.load_kernel(_file(tmp_path, "v.mat", "2 1 8 128\n-1 1\n"))
    assert kernel.divisor == 8
    assert [str(amount) for amount in kernel.bias] == ["128"]
    assert kernel.map_sums == [0]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", "1,2\n3\n4,5\n", "a.csv:2:1: row 2 has 1 numbers, the others have 2"),
        ("a.txt", "# top\n\n1 2\n3 4\n5\n", "a.txt:5:1: row 3 has 1 numbers, the others have 2"),
        ("a.csv", "1,2\n3,x\n", "a.csv:2:3: 'x' is no number"),
        ("a.csv", "1,2\n3, nan\n", "a.csv:2:4: 'nan' is no number"),
        ("a.txt", "1 2\n3 1e400\n", "a.txt:2:3: '1e400' is too large"),
        ("a.csv", "1;2\n3;4\n", "a.csv:1:1: '1;2' is no number"),
        ("a.csv", "0,5 1\n1 0,5\n", "a.csv:1:1: '0,5 1' mixes ',' and blanks"),
        ("a.csv", "1,,2\n", "a.csv:1:1: '1,,2' has nothing between two commas"),
        ("a.csv", "left,right\n1,2\n", "a.csv:1:1: 'left' is no number"),
        ("a.txt", "", "a.txt:1:1: no numbers in the file"),
        ("a.txt", "# nothing\n", "a.txt:1:1: no numbers in the file"),
        ("a.txt", b"1 2\n3 \xff\n", "a.txt:2:3: the file is not UTF-8"),
        ("a.txt", b"1 \x00\n", "a.txt:1:3: '\\x00' is no number"),
        ("a.mat", "1 2 3\n4 5 6\n", "a.mat:1:1: the first line says 1 wide, 2 high"),
        ("a.mat", "2 2\n1 2\n3 4\n5 6\n", "the rows are 3×2 (high×wide)"),
        ("a.mat", "2\n1 2\n", "a.mat:1:1: the first line is 'width height [scale [offset]]'"),
        ("a.mat", "2 1 0\n1 2\n", "a.mat:1:1: the scale is 0"),
        ("a.mat", "2 1\n1 x\n", "a.mat:2:3: 'x' is no number"),
        ("a.mat", "2 1\n", "a.mat:1:1: no numbers in the file"),
        ("a.mat", b"MATLAB 5.0 MAT-file\x00\x01", "a.mat:1:1: 'MATLAB' is no number"),
    ],
)
def test_faults_in_tables_are_told_with_their_place(tmp_path, name, content, said):
    assert said in _fault(tmp_path, name, content)


def _npy(array, **options):
    buffer = io.BytesIO()
    np.save(buffer, array, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int64", "float32", "float64", ">f8", "<i2"])
@pytest.mark.parametrize("shape", [(2, 3), (3, 1, 2), (1, 3, 2, 1)])
def test_arrays_of_two_to_four_levels(tmp_path, dtype, shape):
    array = np.arange(6).reshape(shape).astype(dtype)
    kernel = convfilter.load_kernel(_file(tmp_path, "w.npy", _npy(array)))
    assert kernel.values.shape == shape
    assert kernel.values.ravel().tolist() == [0, 1, 2, 3, 4, 5]


def test_arrays_in_column_order_are_read_by_their_places(tmp_path):
    array = np.asfortranarray([[1.0, 2, 3], [4, 5, 6]])
    kernel = convfilter.load_kernel(_file(tmp_path, "w.npy", _npy(array)))
    assert kernel.values.tolist() == [[1, 2, 3], [4, 5, 6]]


def test_a_float_of_an_array_counts_as_the_decimal_it_prints_as(tmp_path):
    array = np.array([[0.1, 0.8, 0.1]], np.float32)
    kernel = convfilter.load_kernel(_file(tmp_path, "w.npy", _npy(array)))
    assert kernel.map_sums == [1]
    assert Fraction(int(kernel.numerators[0, 0]), kernel.denominator) == Fraction(1, 10)


def _header(text, version=b"\x01\x00"):
    """An array file whose header is this text."""
    return b"\x93NUMPY" + version + struct.pack("<H", len(text)) + text.encode()


HUGE = "{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000, 3), }"


def _zip():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("weights.npy", _npy(np.ones((3, 3))))
    return buffer.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no array",
        _npy(np.ones((3, 3)))[:-5],
        _npy(np.ones((3, 3)))[:20],
        _npy(np.array([[1, "a"]], object), allow_pickle=True),
        _npy(np.array([["1"]])),
        _npy(np.array([[1j]])),
        _npy(np.array([[1.0, np.nan]])),
        _npy(np.array([[1.0, np.inf]])),
        _npy(np.ones(3)),
        _npy(np.ones((1, 1, 1, 1, 1))),
        _npy(np.ones((0, 3))),
        _npy(np.zeros((2, 2), [("a", "f4")])),
        _npy(np.zeros((2, 2), "datetime64[s]")),
        _header(HUGE),
        _header("{'descr': ("),
        _header("(" * 3000),
        _header("{'descr': '<f8', 'fortran_order': False, 'shape': (-1, 3), }"),
        b"\x80\x04\x95\x00.",
        _zip(),
    ],
    ids=range(20),
)
def test_what_is_no_array_of_numbers_is_refused_in_one_line(tmp_path, content):
    message = _fault(tmp_path, "w.npy", content)
    assert message.startswith("w.npy: ")
    assert len(message) < 200


def test_pickled_objects_are_never_run(tmp_path):
    class Trap:
        def __reduce__(self):
            return open, (str(tmp_path / "sprung"), "w")

    content = _npy(np.array([[Trap()]], object), allow_pickle=True)
    assert "w.npy: " in _fault(tmp_path, "w.npy", content)
    assert not (tmp_path / "sprung").exists()


def test_an_array_larger_than_a_mebibyte_is_refused(tmp_path):
    assert "larger than 1 MiB" in _fault(tmp_path, "w.npy", _npy(np.ones((400, 400))))
