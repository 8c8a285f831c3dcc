"""Kernel files that name a formula or put kernels together, and the schema that editors use."""

import json
from pathlib import Path

import jsonschema
import pytest

import convfilter
from convfilter.errors import KernelError
from convfilter.presets import yaml_kernel
from convfilter.presets.registry import presets
from convfilter.presets.schema import DESCRIPTIONS, json_schema

ROOT = Path(__file__).resolve().parents[2]


def _file(tmp_path, content, name="my.yaml"):
    (tmp_path / name).write_text(content, encoding="utf-8")
    return str(tmp_path / name)


@pytest.mark.parametrize(
    ("content", "spec"),
    [
        ("formula: gaussian\n", "gaussian"),
        ("formula: gaussian\nparameters: {}\n", "gaussian"),
        ("formula: gaussian\nparameters: {sigma: 3}\n", "gaussian:sigma=3"),
        ("formula: unsharp\nparameters: {radius: 3}\n", "unsharp:sigma=3"),
        ("formula: log\nparameters: {size: 7}\n", "log:size=7"),
    ],
)
def test_what_is_not_said_of_a_formula_has_its_presets_default(validator, tmp_path, content, spec):
    path = _file(tmp_path, content)
    kernel = convfilter.load_kernel(path)
    assert kernel == convfilter.load_kernel(spec)
    assert kernel.parameters == convfilter.load_kernel(spec).parameters
    validator.validate(_as_yaml(path))


def test_a_formula_with_defaults_of_its_own_takes_parameters(tmp_path):
    path = _file(tmp_path, "formula: gaussian\nparameters: {sigma: 3, size: 5}\n")
    preset = convfilter.load_kernel("gaussian:sigma=3,size=5")
    assert convfilter.load_kernel(path) == preset
    assert convfilter.load_kernel(f"{path}:sigma=1") == convfilter.load_kernel("gaussian:size=5")
    assert convfilter.load_kernel(f"{path}:sigma=1").name == "my:sigma=1"


@pytest.mark.parametrize("members", ["[sobel-x, sobel-y]", '["-1 0 1; -2 0 2; -1 0 1", sobel_y]'])
def test_a_composite_of_names_and_matrices(tmp_path, members):
    path = _file(tmp_path, f"combine: magnitude\nkernels: {members}\n")
    assert convfilter.load_kernel(path) == convfilter.load_kernel("sobel")


def test_a_composite_of_rows_of_numbers(tmp_path):
    path = _file(tmp_path, "combine: max\nkernels:\n  - [[1, 0], [0, -1]]\n  - [[0, 1], [-1, 0]]\n")
    kernel = convfilter.load_kernel(path)
    assert kernel.members == (
        convfilter.load_kernel("roberts-1"),
        convfilter.load_kernel("roberts-2"),
    )


def test_a_composite_takes_files_from_its_own_folder(tmp_path, monkeypatch):
    (tmp_path / "inner").mkdir()
    _file(tmp_path / "inner", "weights: [[1, -1]]\n", "across.yaml")
    path = _file(tmp_path / "inner", "combine: max\nkernels: [across.yaml, '1 1']\n")
    monkeypatch.chdir(tmp_path)
    assert convfilter.load_kernel(path).members[0].weights.tolist() == [[1, -1]]


@pytest.mark.parametrize(
    ("base", "name"),
    [
        ("weights: [[5, 5, 5], [-3, 0, -3], [-3, -3, -3]]", "kirsch"),
        ("kernels: [sobel-x]", "robinson"),
    ],
)
def test_rotations_make_the_others(tmp_path, base, name):
    kernel = convfilter.load_kernel(_file(tmp_path, f"combine: max\nrotations: 8\n{base}\n"))
    assert kernel == convfilter.load_kernel(name)


def test_a_composite_has_bias_and_range(tmp_path):
    path = _file(
        tmp_path, "combine: sum-abs\nkernels: [sobel-x, sobel-y]\nbias: 50%\nrange: rescale\n"
    )
    kernel = convfilter.load_kernel(path)
    assert [str(amount) for amount in kernel.bias] == ["50%"]
    assert kernel.range_policy == "rescale"


FAULTS = [
    ("combine: magnitude\n", "1:10", "'combine' needs 'kernels' (two at least) or 'rotations'"),
    ("combine: magnitude\nkernels: [sobel-x]\n", "1:10", "two at least"),
    (
        "combine: mean\nkernels: [sobel-x, sobel-y]\n",
        "1:10",
        "'mean' is none of magnitude, sum-abs",
    ),
    ("combine: max\nkernels: []\n", "2:10", "a list of kernels is needed"),
    ("combine: max\nkernels: sobel-x\n", "2:10", "a list of kernels is needed"),
    ("combine: max\nkernels: [../a.yaml, sobel-x]\n", "2:11", "a kernel's name, or a file beside"),
    (
        "combine: max\nkernels: [/etc/a.yaml, sobel-x]\n",
        "2:11",
        "a kernel's name, or a file beside",
    ),
    ("combine: max\nkernels: [[[1, x]], sobel-x]\n", "2:16", "'x' is no number"),
    ("combine: angle\nkernels: [sobel-x, sobel-y, sobel-x]\n", "1:10", "'angle' is made of two"),
    ("combine: max\nrotations: 3\nweights: [[1]]\n", "2:12", "'3' is none of 2, 4, 8"),
    (
        "combine: max\nrotations: 8\nkernels: [sobel-x, sobel-y]\n",
        "1:10",
        "turns one kernel; here are 2",
    ),
    ("combine: max\nrotations: 8\nkernels: [sobel-x]\nweights: [[1]]\n", "4:10", "not both"),
    ("rotations: 8\nkernels: [sobel-x]\n", "1:1", "'combine' is missing"),
    ("formula: gausian\nparameters: {sigma: 1}\n", "1:10", "did you mean 'gaussian'?"),
    ("formula: gaussian\nparameters: [sigma]\n", "2:13", "a mapping is needed"),
    ("formula: gaussian\nparameters: {sigma: 0, size: auto}\n", "2:14", "sigma is '0'"),
    ("formula: gaussian\nparameters: {sigma: 1, size: 4}\n", "2:24", "size is '4'"),
    ("formula: gaussian\nparameters: {sgima: 1, size: 3}\n", "2:14", "did you mean 'sigma'?"),
    ("formula: gaussian\nparameters: [1, auto]\n", "2:13", "a mapping is needed"),
    ("formula: box\nparameters: {size: 3}\nweights: [[1]]\n", "3:1", "stands beside 'formula'"),
    ("formula: box\nparameters: {size: 3}\ndivisor: 2\n", "3:1", "stands beside 'formula'"),
    ("weights: [[1]]\nparameters: {size: 3}\n", "2:1", "stands beside 'weights'"),
    ("weights: [[1]]\naliases: [../up]\n", "2:11", "'../up' is no name"),
    ("weights: [[1]]\naliases: ['two words']\n", "2:11", "'two words' is no name"),
    ("weights: [[1]]\ntags: [a b]\n", "2:8", "is no name"),
    (
        "weights: [[[[1]]], [[[2]]]]\nrange: [clip, rescale]\n",
        "2:15",
        "'rescale' is none of clip, abs",
    ),
    (
        "weights: [[[[1]]], [[[2]]]]\nrange: [clip, abs, clip]\n",
        "2:8",
        "3 range policies for 2 maps",
    ),
]


@pytest.mark.parametrize(("content", "place", "said"), FAULTS)
def test_a_fault_is_told_with_its_place(tmp_path, monkeypatch, content, place, said):
    _file(tmp_path, content)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(KernelError) as caught:
        convfilter.load_kernel("my.yaml")
    assert str(caught.value).startswith(f"my.yaml:{place}: ")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("combine: max\nkernels: [sobel, sobel-x]\n", "is a composite itself"),
        ("combine: max\nkernels: [my.yaml, sobel-x]\n", "is a composite itself"),
        ("combine: max\nkernels: [none-such, sobel-x]\n", "no kernel named 'none-such'"),
        ("combine: max\nkernels: [roberts-1, sobel-x]\n", "one size"),
        ("combine: max\nkernels: [gone.yaml, sobel-x]\n", "gone.yaml: No such file"),
        ("combine: max\nrotations: 8\nweights: [[1, 2]]\n", "square kernel of odd size"),
        ("combine: max\nkernels: ['sobel-x:stride=2', sobel-y]\n", "option of a filter"),
    ],
)
def test_members_that_do_not_go_together_are_refused(tmp_path, monkeypatch, content, said):
    _file(tmp_path, content)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(convfilter.ConvfilterError, match=said):
        convfilter.load_kernel("my.yaml")


@pytest.mark.parametrize("own", [True, False], ids=["by name, from the cache", "by path"])
@pytest.mark.parametrize(
    ("content", "place"),
    [
        ("combine: magnitude\nkernels: [sobel, sobel]\n", "2:11"),
        ("combine: max\nkernels:\n- sobel-x\n- sobel-y:stride=2\n", "4:3"),
        ("kernels: [sobel-x, none-such]\ncombine: max\n", "1:20"),
        ("combine: max\nkernels: [sobel-x, sobel-y, roberts-1]\n", "2:29"),
        ("combine: max\nweights: [[1, 2]]\nrotations: 8\n", "3:12"),
    ],
)
def test_a_member_at_fault_is_told_with_its_place_when_it_is_used(
    tmp_path, monkeypatch, content, place, own
):
    monkeypatch.setenv("CONVFILTER_KERNEL_PATH", str(tmp_path) if own else "")
    path = _file(tmp_path, content, "faulty.yaml")
    for _ in range(2):
        with pytest.raises(KernelError) as caught:
            convfilter.load_kernel("faulty" if own else path)
        assert str(caught.value).startswith(f"{path}:{place}: ")
        assert "\n" not in str(caught.value)


def test_all_faults_of_a_file_are_found_at_once(tmp_path):
    path = _file(tmp_path, "weights: [[1, x]]\ndivisor: 0\nrange: clop\nwieghts: 3\n")
    _, faults = yaml_kernel.examine_yaml(Path(path).read_text(), "my.yaml")
    places = {str(fault).split(": ")[0] for fault in faults}
    assert places == {"my.yaml:1:15", "my.yaml:2:10", "my.yaml:3:8", "my.yaml:4:1"}


# ── the schema ──


def _as_yaml(path):
    """A file as an editor's YAML reader sees it."""
    import yaml

    return yaml.safe_load(Path(path).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def validator():
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_the_schema_has_the_keys_of_the_model_and_says_what_each_is(validator):
    assert set(validator.schema["properties"]) == set(yaml_kernel.KEYS) == set(DESCRIPTIONS)


@pytest.mark.parametrize("name", sorted(presets()))
def test_every_preset_fits_the_schema(validator, name):
    validator.validate(_as_yaml(ROOT / "kernels" / f"{name}.yaml"))


@pytest.mark.parametrize(
    "content",
    [
        "weights: [[1, 2]]\nwieghts: 3\n",
        "weights: [1, 2]\n",
        "weights: [[1, two]]\n",
        "description: none\n",
        "formula: gaussian\nparameters: {sgima: 1, size: 3}\n",
        "formula: box\nparameters: {size: 3}\nweights: [[1]]\n",
        "combine: max\n",
        "rotations: 8\nkernels: [sobel-x]\n",
        "weights: [[1]]\naliases: [../up]\n",
    ],
)
def test_the_schema_refuses_what_has_another_shape(validator, tmp_path, content):
    path = _file(tmp_path, content)
    assert not validator.is_valid(_as_yaml(path))
    with pytest.raises(KernelError):
        convfilter.load_kernel(path)


@pytest.mark.parametrize(
    "content",
    [
        "weights: [[1e-3, 1/9, .5], [1, -2, 3e2]]\ndivisor: 1/3\n",
        "weights: [[[1]], [[2]]]\nbias: 50%\n",
        "weights: [[[[1]]], [[[2]]]]\nbias: [1, 50%]\nrange: [clip, abs]\n",
        "formula: gaussian\nparameters: {sigma: 1, size: auto}\ntags: soft\n",
        "combine: max\nrotations: 8\nweights: [[1, 0, 0], [0, 0, 0], [0, 0, 0]]\n",
        "combine: angle\nkernels: [sobel-x, [[-1, -2, -1], [0, 0, 0], [1, 2, 1]]]\n",
    ],
)
def test_the_schema_takes_what_the_model_takes(validator, tmp_path, content):
    path = _file(tmp_path, content)
    validator.validate(_as_yaml(path))
    convfilter.load_kernel(path)


def test_the_schema_in_the_docs_is_this_one():
    written = json.loads((ROOT / "docs/kernel.schema.json").read_text(encoding="utf-8"))
    assert written == json.loads(json.dumps(json_schema()))
