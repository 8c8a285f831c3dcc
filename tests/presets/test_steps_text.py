"""Kernels in a row and options of a step in the text behind -k."""

import pytest

from convfilter.core.spec import Spec, make_spec
from convfilter.core.steps import make_steps
from convfilter.core.words import STEP_OPTIONS
from convfilter.errors import OptionError, SpecError
from convfilter.presets.definition import KernelText
from convfilter.presets.load import load_kernel, load_steps
from convfilter.presets.spec_text import InFile, Named, parse_steps

MATRIX = "0 -1 0; -1 5 -1; 0 -1 0"


def _kind(kernel):
    if isinstance(kernel, Named):
        return kernel.name
    return kernel.path if isinstance(kernel, InFile) else kernel.shape


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("sobel", [("sobel", {}, {})]),
        ("sobel:stride=2", [("sobel", {}, {"stride": "2"})]),
        ("Sobel_X : stride = 2 ", [("sobel-x", {}, {"stride": "2"})]),
        ("gaussian:sigma=2", [("gaussian", {"sigma": "2"}, {})]),
        ("gaussian:sigma=2,stride=2", [("gaussian", {"sigma": "2"}, {"stride": "2"})]),
        (
            "gaussian:sigma=2,stride=2,padding=1,2,border=constant:128",
            [
                (
                    "gaussian",
                    {"sigma": "2"},
                    {"stride": "2", "padding": "1,2", "border": "constant:128"},
                )
            ],
        ),
        (
            "gaussian:padding=1,2,3,4,sigma=2",
            [("gaussian", {"sigma": "2"}, {"padding": "1,2,3,4"})],
        ),
        ("gaussian:stride=1,2", [("gaussian", {}, {"stride": "1,2"})]),
        ("gaussian:2", [("gaussian", {"": "2"}, {})]),
        ("sharpen:flip=yes,range=abs", [("sharpen", {}, {"flip": "yes", "range": "abs"})]),
        ("sharpen:flip", [("sharpen", {}, {"flip": "yes"})]),
        ("sharpen:Flip, stride=2", [("sharpen", {}, {"flip": "yes", "stride": "2"})]),
        ("sharpen:stride=1,2,flip", [("sharpen", {}, {"stride": "1,2", "flip": "yes"})]),
        ("1 2 : flip", [((1, 2), {}, {"flip": "yes"})]),
        ("box:size=3x5,bias=50%", [("box", {"size": "3x5"}, {"bias": "50%"})]),
        ("my.yaml:sigma=2,dilation=2", [("my.yaml", {"sigma": "2"}, {"dilation": "2"})]),
        (r"C:\k\my.yaml:sigma=2", [(r"C:\k\my.yaml", {"sigma": "2"}, {})]),
        ("../k/a b.yaml", [("../k/a b.yaml", {}, {})]),
        (f"{MATRIX} : stride=2", [((3, 3), {}, {"stride": "2"})]),
        (f"{MATRIX}:stride=2,bias=3", [((3, 3), {}, {"stride": "2", "bias": "3"})]),
        ("1 2 1 / 4 : scale=2", [((1, 3), {}, {"scale": "2"})]),
        ("[[1, 2]] / 3 : normalize=sum", [((1, 2), {}, {"normalize": "sum"})]),
        ("preset/sobel", [("sobel", {}, {})]),
        ("preset/Gaussian:sigma=2", [("gaussian", {"sigma": "2"}, {})]),
        ("blur then sobel", [("blur", {}, {}), ("sobel", {}, {})]),
        ("blur THEN sobel", [("blur", {}, {}), ("sobel", {}, {})]),
        ("blur\nthen\nsobel", [("blur", {}, {}), ("sobel", {}, {})]),
        (
            f"gaussian:sigma=2,stride=2 then {MATRIX} then my.csv",
            [("gaussian", {"sigma": "2"}, {"stride": "2"}), ((3, 3), {}, {}), ("my.csv", {}, {})],
        ),
        (f"{MATRIX} : stride=2 then sobel", [((3, 3), {}, {"stride": "2"}), ("sobel", {}, {})]),
        ("then-some", [("then-some", {}, {})]),
        ("3x3:0,-1,0,-1,5,-1,0,-1,0", [((3, 3), {}, {})]),
        ("3: 0,-1,0 -1,5,-1 0,-1,0", [((3, 3), {}, {})]),
    ],
)
def test_what_a_spec_says(text, want):
    steps = parse_steps(text)
    got = [
        (
            _kind(s.kernel),
            {} if isinstance(s.kernel, KernelText) else s.kernel.parameters,
            s.options,
        )
        for s in steps
    ]
    assert got == want


def test_preset_slash_is_remembered():
    assert [step.kernel.preset for step in parse_steps("preset/sobel then sobel")] == [True, False]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the kernel is empty"),
        ("then sobel", "the kernel is empty before or behind 'then'"),
        ("sobel then", "the kernel is empty before or behind 'then'"),
        ("sobel then then blur", "the kernel is empty"),
        ("gaussian:sigma=2,sigma=3", "sigma is given twice"),
        ("gaussian:stride=2,Stride=3", "stride is given twice"),
        ("sharpen:flip,flip=no", "flip is given twice"),
        ("gaussian:=2", "has no name before '='"),
        ("gaussian:,sigma=2", "nothing stands before the first comma"),
        ("gaussian=2", "gaussian:NAME=2"),
        (f"{MATRIX} : sigma=2", "a matrix takes no parameter (sigma=2)"),
        (f"{MATRIX} : 2", "a matrix takes no parameter (2)"),
        ("sobel blur", "neither a name, nor a file"),
        ("other/sobel", "neither a name, nor a file"),
        ("preset/", "neither a name, nor a file"),
        ("5x5 then sobel", "5x5 is a size"),
        ("sobel then 7", "one number is no kernel"),
    ],
)
def test_what_can_not_be_read_is_refused(text, said):
    with pytest.raises(SpecError) as caught:
        parse_steps(text)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_whose_name_reads_as_a_chain_is_refused_with_both_readings(tmp_path, monkeypatch):
    (tmp_path / "now then here.yaml").write_text("weights: [[1]]\n")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SpecError, match="is a file, and reads as 2 kernels in a row, too"):
        parse_steps("now then here.yaml")


@pytest.mark.parametrize("text", ["blur then sobel", "sobel:stride=2"])
def test_load_kernel_takes_one_kernel_without_options(text):
    with pytest.raises(SpecError, match=r"where one is needed|an option of a filter"):
        load_kernel(text)


def test_every_option_of_a_step_is_understood():
    values = {
        "stride": "2",
        "padding": "same",
        "dilation": "2",
        "border": "edge",
        "bias": "3",
        "scale": "2",
        "normalize": "size",
        "flip": "yes",
        "range": "clip",
    }
    assert set(values) == set(STEP_OPTIONS)
    text = "sharpen:" + ",".join(f"{key}={value}" for key, value in values.items())
    ((_, spec),) = make_steps(load_steps(text), Spec())
    values["flip"] = True
    values["range_policy"] = values.pop("range")
    assert spec == make_spec(**values)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sharpen:stride=0", "sharpen: stride: '0' is no whole number"),
        ("sharpen:border=egde", "sharpen: border: 'egde' is no border; did you mean 'edge'?"),
        ("sharpen:flip=maybe", "flip: 'maybe' is neither yes nor no"),
        ("sharpen:range=clop", "did you mean 'clip'?"),
    ],
)
def test_an_options_value_is_checked_with_its_kernel(text, said):
    with pytest.raises(OptionError) as caught:
        make_steps(load_steps(text), Spec())
    assert said in str(caught.value)


def test_a_border_alone_means_padding_same_in_its_step():
    own = make_steps(load_steps("sharpen:border=edge then blur"), Spec())
    assert [spec.padding.mode for _, spec in own] == ["same", "valid"]
    given = make_steps(load_steps("sharpen:border=edge"), make_spec(padding="full"))
    assert given[0][1].padding.mode == "full"
