"""Kernels in other programs' forms: what they mean there, measured where the program is installed."""

import io
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from programs import furthest, needs, photograph, run_shell, saved

import convfilter
from convfilter.core.kernel import make_exact_kernel, make_kernel
from convfilter.errors import KernelError
from convfilter.presets.exchange.export_text import export_kernel
from convfilter.presets.exchange.import_text import import_file, import_kernel
from convfilter.presets.write_yaml import yaml_text

BINOMIAL = [[1, 2, 1], [2, 4, 2], [1, 2, 1]]


def _kernel(text, path="k.txt"):
    return import_kernel(text, path).kernel


def _notes(text, path="k.txt"):
    return "; ".join(import_kernel(text, path).notes)


def _fault(text, path="k.txt"):
    with pytest.raises(KernelError) as caught:
        import_kernel(text, path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


# ── ImageMagick ──


@pytest.mark.parametrize(
    ("text", "weights"),
    [
        ("3x3: 1,2,1 2,4,2 1,2,1", BINOMIAL),
        ("3x3:1,2,1,2,4,2,1,2,1", BINOMIAL),
        ("3: 1 2 1  2 4 2  1 2 1\n", BINOMIAL),
        ("# a comment\n'3x3+1+1: 1,2,1\n2,4,2\n1,2,1'\n", BINOMIAL),
        ("3x2: 1,2,3 4,5,6", [[1, 2, 3], [4, 5, 6]]),
        ("3x1: 0.5,-1e-1,.25;", [[0.5, -0.1, 0.25]]),
        ("3x3: nan,1,- 1,NaN,1 0,1,0", [[0, 1, 0], [1, 0, 1], [0, 1, 0]]),
        ("2x1: 3,4", [[3, 4]]),
        ("2x1+1+0: 3,4", [[3, 4, 0]]),
        ("1x3+0+0: 1,2,3", [[0], [0], [1], [2], [3]]),
        ("1x3+0+2: 1,2,3", [[1], [2], [3], [0], [0]]),
        ("3x2+2+1: 1,2,3 4,5,6", [[1, 2, 3, 0, 0], [4, 5, 6, 0, 0], [0, 0, 0, 0, 0]]),
    ],
)
def test_kernel_strings_are_read_as_correlate_lays_them_on(text, weights):
    assert _kernel(text).values.tolist() == weights


def test_an_imported_kernel_is_exact_and_named_after_its_file():
    found = import_kernel("1x3: 0.1,1/3,-2", "some/edges.kernel")
    assert found.kernel.name == "edges"
    assert found.kernel.numerators.ravel().tolist() == [3, 10, -60]
    assert found.notes[0] == "imported from edges.kernel"


def test_a_bare_string_says_what_to_do_if_it_was_used_with_convolve():
    assert "apply it with --flip" in _notes("3x1: 1,2,3")
    assert "--flip" not in _notes("magick a -morphology Correlate '3x1: 1,2,3' b")


def test_places_that_are_no_part_of_the_kernel_are_counted():
    assert "2 of its places are no part of the kernel (nan or -)" in _notes("3x1: nan,5,-")


def test_zeros_for_the_origin_are_told():
    assert "zeros were added" in _notes("3x1+0+0: 1,2,3")
    assert "zeros were added" not in _notes("3x1+1+0: 1,2,3")


def test_negative_sums_are_cut_off_as_there():
    assert _kernel("3x1: 1,0,-1").range_policy == "clip"
    assert "negative sums are cut off" in _notes("3x1: 1,0,-1")
    assert _kernel("3x1: 1,1,-1").range_policy == "auto"


@pytest.mark.parametrize(
    ("command", "values"),
    [
        ("-morphology Correlate '3x1: 1,2,5'", [[1, 2, 5]]),
        ("-morphology convolve '3x1: 1,2,5'", [[5, 2, 1]]),
        ("-morphology Convolve '2x1: 1,5'", [[5, 1, 0]]),
        ("-morphology Convolve '2x2+0+0: 1,2 3,4'", [[4, 3, 0], [2, 1, 0], [0, 0, 0]]),
        ("-define convolve:scale=0.25 -morphology Correlate 2x1:1,6", [[0.25, 1.5]]),
        ("-define convolve:scale=50% -morphology Correlate 2x1:1,6", [[0.5, 3]]),
        ("-define convolve:scale='!' -morphology Correlate 2x1:3,5", [[0.375, 0.625]]),
        ("-define convolve:scale='-50%!' -morphology Correlate 2x1:3,5", [[-0.1875, -0.3125]]),
        ("-define convolve:scale='!' -morphology Correlate '3x1: 2,0,-2'", [[1, 0, -1]]),
        ("-define convolve:scale='!' -morphology Correlate '2x1: 1,-5'", [[0.25, -1.25]]),
        ("-define convolve:scale='^' -morphology Correlate '3x1: 3,1,-8'", [[0.75, 0.25, -1]]),
        ("-define convolve:scale=2^ -morphology Correlate '2x1: 4,4'", [[1, 1]]),
        ("-virtual-pixel Edge \\\n -morphology Correlate '2x1: 1,6' # end", [[1, 6]]),
    ],
)
def test_whole_commands_bring_their_method_and_scale(command, values):
    kernel = _kernel(f"magick in.png {command} out.png")
    assert kernel.values.tolist() == values
    assert kernel.exact


@pytest.mark.parametrize("option", ["-bias 25%", "-define convolve:bias=25%"])
def test_a_bias_is_a_share_of_the_full_range(option):
    kernel = _kernel(f"convert a {option} -morphology Correlate '2x1: 1,-1' b")
    assert [str(amount) for amount in kernel.bias] == ["25%"]
    assert kernel.range_policy == "auto"


def test_a_second_kernel_that_is_the_negative_means_both_signs():
    command = "-define morphology:compose={} -morphology Correlate '2x1: 1,-{} ; 2x1: -1,{}'"
    assert _kernel(command.format("Lighten", 1, 1)) == make_kernel([[1, -1]])
    assert _kernel(command.format("Plus", 3, 3)) == make_kernel([[1, -3]], range_policy="abs")
    assert "2 kernels with ';' between them" in _fault(command.format("Lighten", 1, 3))
    assert "2 kernels with ';' between them" in _fault(command.format("Over", 1, 1))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Sobel", "k.txt:1:1: Sobel is a kernel that ImageMagick makes itself; "),
        ("\n\n  Gaussian:0x2", "k.txt:3:3: Gaussian is a kernel that ImageMagick makes itself"),
        ("magick a -morphology Convolve Sobel:90 b", "k.txt:1:31: Sobel is a kernel that"),
        ("3x3>: 1,2,1 2,4,2 1,2,1", "'>' turns the kernel into several"),
        ("3x3@: 1,2,1 2,4,2 1,2,1", "'@' turns the kernel into several"),
        ("3x1: 1,2,3; 3x1: 1,2,4", "2 kernels with ';' between them: import one at a time"),
        ("3x3: 1,2,1 2,4,2 1,2", "3x3 needs 9 numbers, got 8"),
        ("0x3:", "0x3 needs 0 numbers, got 0"),
        ("3x1: 1,x,3", "'x' is no number"),
        ("3x1: 1,2,inf", "'inf' is no number"),
        ("3x1+3+0: 1,2,3", "the origin +3+0 lies outside of 3x1"),
        ("a -morphology Dilate '3x1: 1,2,3' b", "-morphology dilate is no weighted sum"),
        ("a -morphology Correlate:2 '3x1: 1,2,3' b", "(without ':2' for twice)"),
        ("a -morphology Correlate", "one '-morphology METHOD KERNEL' is needed"),
        ("a -morphology Correlate 1:1 -morphology Correlate 1:2", "one '-morphology METHOD"),
        ("a -morphology Correlate '3x1: 1", "the command's quotes don't close"),
        ("a -morphology Correlate 'x' b", "an ImageMagick kernel is written as in '3x3: 0,-1,0"),
        ("a -convolve 1,2,1 b", "k.txt:1:3: -convolve lays its numbers on as they stand"),
        ("-define convolve:scale=1,2 -morphology Correlate 1:1", "scale=1,2 adds to the middle"),
        ("-define convolve:scale=0 -morphology Correlate 1:1", "scale=0 makes all weights 0"),
        ("-define convolve:scale=x -morphology Correlate 1:1", "'x' is no number"),
        ("-bias 300 -morphology Correlate 1:1", "the bias 300 counts in steps of ImageMagick's"),
    ],
)
def test_what_is_no_one_kernel_is_refused_with_what_to_do(text, said):
    assert said in _fault(text)


MAGICK = {
    "as written": "-morphology Correlate '3x3: 1,2,-3 0,5,1 -1,0,-2'",
    "turned": "-morphology Convolve '3x3: 1,2,-3 0,5,1 -1,0,-2'",
    "an even size": "-morphology Correlate '4x2: 0,.1,.2,.1 .1,.2,.3,.1'",
    "an even size turned": "-morphology Convolve '4x2: 0,.1,.2,.1 .1,.2,.3,.1'",
    "an origin": "-morphology Correlate '4x2+3+0: 0,.1,.2,.1 .1,.2,.3,.1'",
    "an origin turned": "-morphology Convolve '4x2+3+0: 0,.1,.2,.1 .1,.2,.3,.1'",
    "holes": "-morphology Correlate '3x3: nan,.3,.1 -,.4,.1 nan,0,.1'",
    "divided by the sum": "-define convolve:scale='!' -morphology Correlate '3x1: 3,-8,1'",
    "both signs scaled": "-define convolve:scale='80%^' -morphology Correlate '3x1: 3,-8,1'",
    "a bias": "-define convolve:bias=30% -morphology Correlate '3x1: 1,-2,.5'",
    "negative sums": "-morphology Correlate '3x1: 1,0,-1'",
}


@needs("imagemagick")
@pytest.mark.parametrize("command", MAGICK.values(), ids=MAGICK.keys())
def test_imagemagick_means_the_same(command, tmp_path):
    picture = photograph("colour")
    Image.fromarray(picture).save(tmp_path / "in.png")
    text = f"#\nmagick in.png -virtual-pixel Edge {command} out.png"
    run_shell(text, tmp_path)
    options = {"padding": "same", "border": "edge", "range_policy": "auto"}
    ours = convfilter.correlate(picture, _kernel(text), **options)
    theirs = saved(tmp_path / "out.png", picture)
    assert furthest(theirs, ours) <= 1  # version 6 cuts fractions off
    turned = convfilter.correlate(picture, _kernel(text), flip=True, **options)
    assert furthest(theirs, turned) > 1


# ── GIMP ──

SETTINGS = """# GIMP GimpGegl-gegl-convolution-matrix-config settings

(GimpGegl-gegl-convolution-matrix-config "my edges"
    (time 1571000000)
    (a1 0.0)
    (b2 1.0)
    (b3 2.5)
    (d4 -3.0)
    (c3 5.0)
    (divisor 2.0)
    (offset 0.25)
    (normalize {normalize})
    (border clamp))
"""


def test_gimps_letters_are_columns_and_its_figures_rows():
    kernel = _kernel(SETTINGS.format(normalize="no"))
    assert kernel.weights.tolist() == [[1, 0, 0], [2.5, 5, 0], [0, 0, -3]]
    assert kernel.divisor == 2
    assert [str(amount) for amount in kernel.bias] == ["25%"]
    assert "linear light" in _notes(SETTINGS.format(normalize="no"))


def test_gimp_divides_by_the_sum_where_it_normalizes():
    kernel = _kernel(SETTINGS.format(normalize="yes"))
    assert kernel.divisor == Fraction("5.5")
    assert kernel.bias == ()


@pytest.mark.parametrize(
    ("weights", "divisor", "bias"),
    [("c3=0 b2=1 d4=-1", 1, ["50%"]), ("c3=-4", 4, ["100%"]), ("c3=4", 4, []), ("", 1, [])],
)
def test_gimps_own_values_stand_for_what_is_not_said(weights, divisor, bias):
    kernel = _kernel(f"gegl in.png -o out.png -- gegl:convolution-matrix {weights}")
    assert kernel.divisor == divisor
    assert [str(amount) for amount in kernel.bias] == bias


def test_gimps_outer_weights_make_a_kernel_of_5_by_5():
    kernel = _kernel("gegl:convolution-matrix e1=2 normalize=false")
    assert kernel.weights.tolist()[0] == [0, 0, 0, 0, 2]
    assert kernel.weights[2, 2] == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("gegl:convolution-matrix b2=1 b2=3", "k.txt:1:30: b2 stands twice"),
        ("gegl:convolution-matrix b2=1 gegl:convolution-matrix b3=1", "several matrices"),
        ("gegl:convolution-matrix b2=x", "'x' is no number"),
        ("gegl:convolution-matrix normalize=maybe", "normalize is yes or no, not 'maybe'"),
        ("gegl:convolution-matrix normalize=no divisor=0", "k.txt:1:38: the divisor is 0"),
    ],
)
def test_faults_in_gimps_settings(text, said):
    assert said in _fault(text)


@needs("gegl")
def test_gegl_means_the_same_in_linear_light(tmp_path):
    picture = photograph("colour")
    Image.fromarray(picture).save(tmp_path / "in.png")
    chain = "gegl:convolution-matrix b2=1 b3=2 b4=-3 c3=5 d3=1 d4=-2 normalize=false divisor=4 offset=0.1"
    run_shell(f"gegl in.png -o out.png -- {chain}", tmp_path)
    values = picture / 255.0
    linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    kernel = _kernel(chain)
    sums = convfilter.correlate(linear, kernel, 0.1, padding="same", border="edge").clip(0, 1)
    ours = np.where(sums <= 0.0031308, 12.92 * sums, 1.055 * sums ** (1 / 2.4) - 0.055)
    assert kernel.bias[0].value == 10
    assert furthest(saved(tmp_path / "out.png", picture), np.rint(255 * ours)) <= 1


# ── tables ──


@pytest.mark.parametrize(
    ("text", "weights", "divisor"),
    [
        ("1 2 1\n2 4 2\n1 2 1\n", BINOMIAL, 1),
        ("1\t2\t1\n2\t4\t2\n1\t2\t1", BINOMIAL, 1),
        ("1,2,1\n2,4,2\n1,2,1\ndivisor: 16\n", BINOMIAL, 16),
        ("Divisor = 16  # their sum\r\n1 2 1\r\n2 4 2\r\n1 2 1\r\n", BINOMIAL, 16),
        ("# rows\n1 2 1\n\n2 4 2 # the middle\n1 2 1\ndivisor 1/2\n", BINOMIAL, Fraction(1, 2)),
        ("1 2 1; 2 4 2; 1 2 1 / 16", BINOMIAL, 16),
        ("1 2 1\n2 4 2\n1 2 1\n / 16\ndivisor: 2", BINOMIAL, 32),
        ("1 2 1;\n2 4 2;\n1 2 1;", BINOMIAL, 1),
        ("1;2;1\n2;4;2\n1;2;1\n", BINOMIAL, 1),
        ("[[1, 2, 1],\n [2, 4, 2],\n [1, 2, 1]]", BINOMIAL, 1),
        ("3 3 16 0\n1 2 1\n2 4 2\n1 2 1\n", BINOMIAL, 16),
        ("2 2\n1 2\n3 4\ndivisor: 1", [[2, 2], [1, 2], [3, 4]], 1),
        ("2,2\n1,2\n3,4", [[2, 2], [1, 2], [3, 4]], 1),
        ("2 3\n1 2\n3 4", [[2, 3], [1, 2], [3, 4]], 1),
        ("1,2;3,4;5,6\n1;2;3", [[1.2, 3.4, 5.6], [1, 2, 3]], 1),
        ("1,2;3,4\n5,6;7,8\n9,1.5;2,3", [[1, 2], [3, 4], [5, 6], [7, 8], [9, 1.5], [2, 3]], 1),
        ("1/9 1/9 1/9", [[1 / 9] * 3], 1),
        ("# see [3]; a / b\n1 2 # ; [x] 1 / 2, 3\n4 5", [[1, 2], [4, 5]], 1),
    ],
)
def test_tables_of_many_kinds(text, weights, divisor):
    kernel = _kernel(text)
    assert kernel.weights.tolist() == weights
    assert kernel.divisor == divisor
    assert kernel.exact


def test_more_levels_are_kept():
    assert _kernel("[[[1, 2]], [[3, 4]]] / 2").values.tolist() == [[[0.5, 1]], [[1.5, 2]]]


@pytest.mark.parametrize("line", ["offset: 128", "bias = 128", "Offset 128"])
def test_an_offset_is_our_bias(line):
    assert [str(amount) for amount in _kernel(f"1 -1\n{line}\n").bias] == ["128"]


def test_libvips_files_bring_scale_and_offset():
    kernel = _kernel("2 1 8 20\n1 3\n", "a.mat")
    assert kernel.values.tolist() == [[0.125, 0.375]]
    assert [str(amount) for amount in kernel.bias] == ["20"]


def test_a_line_for_the_bias_goes_before_libvips_offset():
    kernel = _kernel("2 1 8 20\n1 3\nbias: 7\n", "a.mat")
    assert [str(amount) for amount in kernel.bias] == ["7"]


def test_decimal_commas_are_told_where_they_were_read():
    assert "',' as the decimal comma" in _notes("0,5;1\n1;0,5")
    assert "decimal comma" not in _notes("1;2\n3;4")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "0,5;1,5\n2,5;3,5",
            "k.txt:1:4: ';' reads two ways: between columns, 2×2 numbers with decimal",
        ),
        ("0,5;1,5\n2,5;3,5", "commas, or between rows, 4×2; write decimals with '.'"),
        ("1;2;3", "';' reads two ways: between columns, 1×3 numbers, or between rows, 3×1"),
        ("1 2;3\n4;5 6 7", "';' stands neither between even columns nor between even rows"),
        ("0,5 1", "if ',' is a decimal comma, write 0.5"),
        ("2 2\n1 2\n3 4\n", "this reads two ways: rows of 3×2 numbers, or libvips' matrix of 2×2"),
        ("1 2 1\n2 x 2", "k.txt:2:3: 'x' is no number"),
        ("1 2 1\n2 4\n1 2 1", "k.txt:2:1: row 2 has 2 numbers, the others have 3"),
        ("1 2\ndivisor: 0", "the divisor is 0"),
        ("1 2\ndivisor:", "'' is no number"),
        ("1 2\ndivisor 3 4", "k.txt:2:1: 'divisor' is no number"),
        ("1 2\ndivisors: 3", "k.txt:2:1: 'divisors:' is no number"),
        pytest.param(
            "1 2\ndivisor" + " " * 10**6 + "3 4",
            "k.txt:2:1: 'divisor' is no number",
            id="a million blanks",
        ),
        ("1 2\ndivisor: 2\ndivisor: 3", "k.txt:3:1: divisor stands twice"),
        ("1 2\nbias: 2\noffset: 3", "offset stands twice"),
        ("1 2\nbias: x%", "'x' is no number"),
        ("", "k.txt:1:1: no numbers in the file"),
        ("# nothing\ndivisor: 3", "no numbers in the file"),
        ("<svg/>", "'<svg/>' is no number"),
        ("[[1, 2], [3]]", "rows of different lengths"),
    ],
)
def test_tables_with_faults_or_two_readings_are_refused(text, said):
    assert said in _fault(text)


# ── files, and back again ──


def test_numpys_and_our_own_files_are_read_as_always(tmp_path):
    np.save(tmp_path / "bank.npy", np.arange(8.0).reshape(2, 1, 2, 2))
    found = import_file(str(tmp_path / "bank.npy"))
    assert found.kernel.values.shape == (2, 1, 2, 2)
    assert found.notes == ("imported from bank.npy",)
    (tmp_path / "own.yaml").write_text("weights: [[1, 2]]\ndivisor: 3\n")
    assert import_file(str(tmp_path / "own.yaml")).kernel == make_kernel([[1, 2]], 3)


def test_files_of_other_programs_may_have_any_suffix(tmp_path):
    (tmp_path / "k.magick").write_text("\ufeff3x1: 1,2,3")
    assert import_file(str(tmp_path / "k.magick")).kernel.values.tolist() == [[1, 2, 3]]


def test_files_that_cannot_be_read_say_why(tmp_path):
    with pytest.raises(KernelError, match=r"none\.txt: No such file"):
        import_file(str(tmp_path / "none.txt"))
    (tmp_path / "binary.txt").write_bytes(b"1 2\n\xff\xfe")
    with pytest.raises(KernelError, match=r"binary\.txt:2:1: the file is not UTF-8"):
        import_file(str(tmp_path / "binary.txt"))


def test_a_dash_is_standard_input(monkeypatch):
    def given(content):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
        return import_file("-")

    assert given(b"3x1: 1,2,3").kernel.values.tolist() == [[1, 2, 3]]
    for content, said in [
        (b"\x93NUMPY", "no UTF-8 text"),
        (b"1 " * 2**20, "larger than 1 MiB"),
        (b"1 x", "standard input:1:3: 'x' is no number"),
    ]:
        with pytest.raises(KernelError, match=said):
            given(content)


@pytest.mark.parametrize(
    "spec", ["gaussian-5", "sharpen", "sobel-x", "outline", "unsharp-5", "roberts-1", "box-3"]
)
def test_exported_commands_of_imagemagick_come_back(spec):
    kernel = convfilter.load_kernel(spec)
    back = _kernel(export_kernel(kernel, "imagemagick"))
    assert back == kernel


def test_an_offset_comes_back_as_a_bias():
    back = _kernel(export_kernel(convfilter.load_kernel("relief"), "imagemagick"))
    assert back.values.tolist() == convfilter.load_kernel("relief").values.tolist()
    assert abs(float(back.bias[0].value) * 255 / 100 - 128) < 1e-5


@pytest.mark.parametrize("spec", ["gaussian-5", "1 2 3 4; 5 6 7 8 / 3", "0.1 0.25 / 7"])
def test_exported_tables_of_libvips_come_back(spec):
    kernel = convfilter.load_kernel(spec)
    text = export_kernel(kernel, "vips")
    table = text.partition("<<'END'\n")[2].partition("END\n")[0]
    back = _kernel(table, "k.mat")
    height, width = kernel.size
    inner = back.values[-height:, -width:]  # even sizes have zeros before them
    assert inner.tolist() == kernel.values.tolist()
    assert np.abs(back.values).sum() == np.abs(inner).sum()
    assert back.exact


numbers = st.one_of(
    st.integers(-999, 999).map(Fraction), st.integers(-9999, 9999).map(lambda n: Fraction(n, 100))
)
kernels = st.tuples(st.integers(1, 4), st.integers(1, 4)).flatmap(
    lambda shape: st.builds(
        lambda values, power: make_exact_kernel(values, shape, 2**power),
        st.lists(numbers, min_size=shape[0] * shape[1], max_size=shape[0] * shape[1]),
        st.integers(0, 6),
    )
)


@given(kernels)
def test_what_is_exported_has_the_same_values_when_it_is_imported(kernel):
    for to, path in [("imagemagick", "k.txt"), ("csv", "k.csv")]:
        back = _kernel(export_kernel(kernel, to), path)
        assert back.values.tolist() == kernel.values.tolist()
        assert back.exact


def test_an_import_becomes_a_kernel_file_with_its_notes(tmp_path):
    found = import_kernel("3x1: nan,1,2", "odd\nname.txt")
    path = tmp_path / "new.yaml"
    path.write_text(yaml_text(found.kernel, comments=found.notes))
    assert convfilter.load_kernel(path) == found.kernel
    assert path.read_text().startswith(
        "# imported from odd\n# name.txt\n# laid on as ImageMagick's"
    )
