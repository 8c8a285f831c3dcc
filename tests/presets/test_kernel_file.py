"""YAML kernels: what they mean, and every fault with its place as file:line:column."""

from fractions import Fraction
from time import process_time

import pytest

import convfilter
from convfilter.errors import KernelError

GOOD = """\
description: "Largest on the left"
source: a book
aliases: [lefty]
tags: [edges, test]
weights:
  - [ 2, -1]
  - [1/3, 0.5]
divisor: -4
bias: 50%
range: offset
"""


def _load(tmp_path, content, name="my.yaml"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return convfilter.load_kernel(path)


def _fault(tmp_path, content, name="my.yaml"):
    """The complaint about a file, without its folder; always one line."""
    with pytest.raises(KernelError) as caught:
        _load(tmp_path, content, name)
    message = str(caught.value)
    assert "\n" not in message
    assert message.isprintable()
    assert message.startswith(f"{tmp_path / name}:")
    return message.removeprefix(f"{tmp_path}/")


def test_all_keys_arrive(tmp_path):
    kernel = _load(tmp_path, GOOD)
    assert kernel.name == "my"
    assert kernel.file == str(tmp_path / "my.yaml")
    assert (kernel.description, kernel.source) == ("Largest on the left", "a book")
    assert (kernel.aliases, kernel.tags) == (("lefty",), ("edges", "test"))
    assert kernel.weights.tolist() == [[2, -1], [1 / 3, 0.5]]
    values = [Fraction(int(n), kernel.denominator) for n in kernel.numerators.ravel()]
    assert values == [Fraction(-1, 2), Fraction(1, 4), Fraction(-1, 12), Fraction(-1, 8)]
    assert [str(amount) for amount in kernel.bias] == ["50%"]
    assert kernel.range_policy == "offset"


def test_weights_are_all_that_is_needed(tmp_path):
    kernel = _load(tmp_path, "weights: [[1, 2, 1]]\n")
    assert (kernel.values.tolist(), kernel.range_policy, kernel.bias) == ([[1, 2, 1]], "auto", ())


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-3", Fraction(1, 1000)),
        ("1e5", 100_000),
        ("1E5", 100_000),
        ("010", 10),
        ("0o10", None),
        ("0x10", None),
        ("1_000", None),
        ("1:30", None),
        (".5", Fraction(1, 2)),
        ("+7", 7),
        ("−7", -7),
        ("1/3", Fraction(1, 3)),
        ("'8'", 8),
        ("yes", None),
        ("~", None),
        (".inf", None),
    ],
)
def test_numbers_mean_what_they_look_like(tmp_path, text, value):
    content = f"weights:\n  - [1, {text}]\n"
    if value is None:
        assert _fault(tmp_path, content) == f"my.yaml:2:9: {text.strip(chr(39))!r} is no number"
        return
    kernel = _load(tmp_path, content)
    assert Fraction(int(kernel.numerators[0, 1]), kernel.denominator) == value


@pytest.mark.parametrize(
    ("weights", "shape"),
    [
        ("[[1]]", (1, 1)),
        ("[[1, 2, 3]]", (1, 3)),
        ("\n  - [1]\n  - [2]", (2, 1)),
        ("[[[1, 2]], [[3, 4]], [[5, 6]]]", (3, 1, 2)),
        ("[[[[1], [2]], [[3], [4]]]]", (1, 2, 2, 1)),
    ],
)
def test_two_to_four_levels(tmp_path, weights, shape):
    assert _load(tmp_path, f"weights: {weights}\n").weights.shape == shape


@pytest.mark.parametrize(
    ("content", "place", "said"),
    [
        ("weights:\n  - [1, 2]\n  - [3]\n  - [4, 5]\n", "3:5", "row 2 of 'weights' has 1 numbers"),
        ("weights:\n  - [1, 2]\n  - [3, 4, 5]\n  - [6, 7]\n", "3:5", "the others have 2"),
        ("weights: [[1, 2], 3]\n", "1:19", "'3' stands where a list is needed"),
        ("weights: [[1, 2], [3, [4]]]\n", "1:23", "a list where the others have a number"),
        ("weights: [[[1]], [[2], [3]], [[4]]]\n", "1:18", "channel 2 of 'weights' has 2 rows"),
        (
            "weights: [[1, 2]]\nwieghts: 3\n",
            "2:1",
            "unknown key 'wieghts'; did you mean 'weights'?",
        ),
        ("weights: [[1, 2]]\nzzz: 3\n", "2:1", "unknown key 'zzz'"),
        ("weights: [[1]]\ndivisor: 2\nweights: [[1]]\n", "3:1", "'weights' stands twice"),
        ("weights:\n  - [1, two]\n", "2:9", "'two' is no number"),
        ("weights:\n  - [1, .nan]\n", "2:9", "'.nan' is no number"),
        ("weights:\n  - [1, NaN]\n", "2:9", "'NaN' is no number"),
        ("weights:\n  - [1e400, 1]\n", "2:6", "'1e400' is too large"),
        ("weights:\n  - [1, 1/0]\n", "2:9", "'1/0' divides by zero"),
        ("weights:\n  - [1, ]\n  - [,]\n", "3:6", "no valid YAML"),
        ("description: none\n", "1:1", "'weights' is missing"),
        ("weights: [1, 2]\n", "1:10", "2 levels of lists (rows, columns), 3 (channels first) or 4"),
        ("weights: [[[[[1]]]]]\n", "1:10", "not 5"),
        ("weights: 5\n", "1:10", "not 0"),
        ("weights: []\n", "1:10", "an empty list"),
        ("weights: [[]]\n", "1:11", "an empty list"),
        ("weights: {a: 1}\n", "1:10", "list"),
        ("", "1:1", "the file is empty"),
        ("# nothing\n\n", "1:1", "the file is empty"),
        ("- 1\n- 2\n", "1:1", "a mapping is needed: description, source, weights"),
        ("just text\n", "1:1", "a mapping is needed"),
        ("weights:\n\t- [1]\n", "2:1", "no valid YAML"),
        ("weights: [[1, 2]\ndivisor: 3\n", "2:1", "no valid YAML"),
        ('description: "open\nweights: [[1]]\n', "3:1", "no valid YAML"),
        ("a: &x [1]\nweights: [*x, *x]\n", "2:11", "aliases (*name) are not allowed here"),
        ("weights: !!python/object/apply:os.system [ls]\n", "1:10", "tags (tag:yaml.org"),
        ("weights: !mine [[1]]\n", "1:10", "tags (!mine) are not allowed"),
        ("weights: [[!!float 1]]\n", "1:12", "are not allowed here"),
        ("weights: [[1]]\n---\nweights: [[2]]\n", "2:1", "this is a second document"),
        ("weights: [[1]]\n? [a]\n: 3\n", "2:3", "a key must be a word"),
        ("weights: [[1]]\ndivisor: 0\n", "2:10", "the divisor is 0"),
        ("weights: [[1]]\ndivisor: 0.0\n", "2:10", "the divisor is 0"),
        ("weights: [[1]]\ndivisor: many\n", "2:10", "'many' is no number"),
        ("weights: [[1]]\ndivisor: [1]\n", "2:10", "a number is needed"),
        ("weights: [[1]]\nrange: clop\n", "2:8", "'clop' is none of auto, clip, abs"),
        ("weights: [[1]]\nrange: clop\n", "2:8", "did you mean 'clip'?"),
        ("weights: [[1]]\nrange: [clip, abs]\n", "2:8", "2 range policies for 1 map"),
        ("weights: [[1]]\nbias: [1, 2]\n", "2:7", "2 biases for 1 map"),
        ("weights: [[[[1]]],[[[2]]]]\nbias: [1, 2, 3]\n", "2:7", "3 biases for 2 maps"),
        ("weights: [[[[1]]],[[[2]]]]\nbias: [1, x]\n", "2:11", "'x' is no number"),
        ("weights: [[1]]\nbias: 10 %%\n", "2:7", "is no number"),
        ('weights: [[1]]\ndescription: "a\\e[31mb"\n', "2:14", "control characters"),
        ('weights: [[1]]\ntags: [good, "a\\u0007"]\n', "2:14", "control characters"),
        ('weights: [[1, "\\e[2J"]]\n', "1:15", "is no number"),
        ('weights: [[1]]\n"\\e[2J": 1\n', "2:1", "unknown key"),
        ("weights: [[1]]\ndescription: [a, b]\n", "2:14", "text is needed"),
    ],
)
def test_a_fault_is_told_with_its_place(tmp_path, content, place, said):
    message = _fault(tmp_path, content)
    assert message.startswith(f"my.yaml:{place}: ")
    assert said in message


@pytest.mark.parametrize(
    ("content", "place", "said"),
    [
        (b"weights: [[1]]\ndescription: caf\xe9\n", "2:17", "not UTF-8"),
        (b"\xff\xfew\x00e\x00", "1:1", "not UTF-8"),
        (b"weights: [[1]]\ntags: [\x00]\n", "2:8", "a character that YAML forbids"),
        ("description: häß\nweights: [[1]]\ntags: [\x07]\n", "3:8", "a character that YAML"),
        ("weights: [[1]]  # Σ \x1b\n", "1:21", "a character that YAML forbids"),
    ],
)
def test_bytes_that_are_no_text_are_told_with_their_place(tmp_path, content, place, said):
    message = _fault(tmp_path, content)
    assert message.startswith(f"my.yaml:{place}: ")
    assert said in message


def test_an_alias_bomb_ends_at_its_first_alias(tmp_path):
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 20)]
    assert _fault(tmp_path, "\n".join(lines)).startswith("my.yaml:2:10: aliases")


@pytest.mark.parametrize("deep", [9, 500, 50_000])
def test_deep_nesting_is_refused(tmp_path, deep):
    assert _fault(tmp_path, "weights: " + "[" * deep + "]" * deep).startswith("my.yaml:1:")


@pytest.mark.parametrize("unit", ["[", "{", "- ", "? ", "[[], [", "a: [", "[{a: "])
def test_nesting_is_refused_before_the_rest_is_read(tmp_path, unit):
    content = "weights: " + unit * (100_000 // len(unit))
    begin = process_time()
    message = _fault(tmp_path, content)
    assert process_time() - begin < 1
    assert message.startswith("my.yaml:1:")
    assert len(message) < 120


@pytest.mark.parametrize("content", ["weights: [" + "[]," * 300_000 + "]\n", "1\n" * 500_000])
def test_many_short_rows_are_read_in_seconds(tmp_path, content):
    """Their usual length is counted, not looked for again and again."""
    begin = process_time()
    if content.startswith("w"):
        assert _fault(tmp_path, content) == "my.yaml:1:11: an empty list"
    else:
        assert _load(tmp_path, content, "my.txt").shape == (500_000, 1)
    assert process_time() - begin < 6


def test_a_large_kernel_is_read_in_a_second(tmp_path):
    row = ", ".join(str(number % 7 - 3) for number in range(500))
    content = "weights:\n" + f"  - [{row}]\n" * 500
    begin = process_time()
    assert _load(tmp_path, content).shape == (500, 500)
    assert process_time() - begin < 2  # 0.5 s alone on a core


@pytest.mark.parametrize("number", ["9" * 401, "0." + "1" * 900_000, "1/" + "3" * 500, "x" * 9999])
def test_a_number_of_too_many_characters_is_refused_in_plain_words(tmp_path, number):
    message = _fault(tmp_path, f"weights: [[{number}]]\n")
    assert message.startswith(f"my.yaml:1:12: {number[:20] + '…'!r} has {len(number):,} characters")
    assert "a number has up to 400" in message
    assert "int_max" not in message


def test_a_number_of_400_characters_is_read(tmp_path):
    number = "0." + "3" * 398
    assert _load(tmp_path, f"weights: [[{number}]]\n").values.tolist() == [[1 / 3]]


def test_a_file_of_more_than_a_mebibyte_is_not_read(tmp_path):
    rest = 2**20 - len("weights: [[1, 2]] #")
    assert _load(tmp_path, "weights: [[1, 2]] #" + "x" * rest).values.tolist() == [[1, 2]]
    message = _fault(tmp_path, "weights: [[1, 2]] #" + "x" * (rest + 1))
    assert message == "my.yaml: larger than 1 MiB, which no kernel file is"


def test_a_byte_order_mark_does_no_harm(tmp_path):
    assert _load(tmp_path, b"\xef\xbb\xbfweights: [[1, 2]]\n").values.tolist() == [[1, 2]]
    assert _fault(tmp_path, b"\xef\xbb\xbfweights: [[1, x]]\n").startswith("my.yaml:1:15: ")


def test_lines_count_as_in_an_editor_whatever_ends_them(tmp_path):
    assert _fault(tmp_path, "description: a\r\nweights:\r\n  - [x]\r\n").startswith("my.yaml:3:6: ")


def test_columns_count_characters_not_bytes(tmp_path):
    assert _fault(tmp_path, 'kernels: [größe, "ŝ", {a: b}]\ncombine: max\n').startswith(
        "my.yaml:1:23: text"
    )


def test_a_bank_has_one_bias_a_map(tmp_path):
    kernel = _load(tmp_path, "weights: [[[[1]]],[[[2]]]]\nbias: [1, 50%]\n")
    assert [str(amount) for amount in kernel.bias] == ["1", "50%"]


def test_a_path_with_blanks_and_without_a_schema_is_found(tmp_path):
    folder = tmp_path / "my kernels"
    folder.mkdir()
    (folder / "two words.yaml").write_text("weights: [[3, 4]]\n")
    kernel = convfilter.load_kernel(f"{folder}/two words.yaml")
    assert (kernel.name, kernel.values.tolist()) == ("two words", [[3, 4]])


def test_a_file_takes_no_parameters(tmp_path):
    (tmp_path / "my.yaml").write_text("weights: [[3, 4]]\n")
    with pytest.raises(convfilter.ConvfilterError, match="takes no parameter"):
        convfilter.load_kernel(f"{tmp_path}/my.yaml:sigma=2")


@pytest.mark.parametrize("name", ["my.yaml", "my.csv", "my.npy", "my.mat"])
def test_a_missing_file_is_told_by_its_path(tmp_path, name):
    with pytest.raises(KernelError) as caught:
        convfilter.load_kernel(str(tmp_path / name))
    assert str(caught.value) == f"{tmp_path / name}: No such file or directory"


@pytest.mark.parametrize("name", ["my.yaml", "my.csv", "my.npy"])
def test_a_folder_is_no_kernel(tmp_path, name):
    (tmp_path / name).mkdir()
    with pytest.raises(KernelError, match="Is a directory"):
        convfilter.load_kernel(str(tmp_path / name))
