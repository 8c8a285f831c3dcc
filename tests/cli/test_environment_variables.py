"""CONVFILTER_*: what says how can be set in the environment; what says what can not."""

import json

import pytest
from running import run, run_on_terminal

WORDS = ("apply", "a.png", "-k", "sharpen")


def _report(folder, *words, **variables):
    done = run(*WORDS, "-f", *words, "--json", cwd=folder, **variables)
    assert done.status == 0, done.err
    return json.loads(done.out)


@pytest.mark.parametrize(
    ("name", "value", "key", "want"),
    [
        ("STRIDE", "2", "stride", [2, 2]),
        ("STRIDE", "2,3", "stride", [2, 3]),
        ("DILATION", "2", "dilation", [2, 2]),
        ("BIAS", "-5", "bias", -5),
        ("SCALE", "0.5", "scale", 0.5),
        ("NORMALIZE", "abs-sum", "normalize", "abs-sum"),
        ("EXACT", "1", "exact", True),
    ],
)
def test_a_variable_takes_effect_and_is_told(folder, name, value, key, want):
    report = _report(folder, **{f"CONVFILTER_{name}": value})
    assert report[key] == want
    assert report["environment"] == {f"CONVFILTER_{name}": value}


@pytest.mark.parametrize(
    ("name", "value", "place", "want"),
    [
        ("PADDING", "same", ("padding", "mode"), "same"),
        ("FLIP_KERNEL", "true", ("kernel", "flipped"), True),
        ("GRAY", "yes", ("output", "mode"), "L"),
        ("RANGE", "rescale", ("range", "policy"), "rescale"),
        ("PLAN", "direct", ("plan", "algorithm"), "direct"),
        ("FORMAT", "tif", ("output", "path"), "a_sharpen.tif"),
    ],
)
def test_variables_reach_every_part(folder, name, value, place, want):
    report = _report(folder, **{f"CONVFILTER_{name}": value})
    assert report[place[0]][place[1]] == want
    assert report["environment"] == {f"CONVFILTER_{name}": value}


def test_every_variable_that_took_effect_stands_in_the_report(folder):
    variables = {"CONVFILTER_PADDING": "same", "CONVFILTER_GRAY": "1", "CONVFILTER_QUALITY": "50"}
    done = run(*WORDS, cwd=folder, **variables)
    told = [line for line in done.text.splitlines() if line.startswith("  set by")]
    assert sorted(told) == sorted(f"  set by   {n}={v}" for n, v in variables.items())


def test_compression_can_be_set_once_and_for_all(folder):
    sizes = []
    for level in ("0", "9"):
        report = _report(folder, CONVFILTER_COMPRESS=level)
        assert report["environment"] == {"CONVFILTER_COMPRESS": level}
        sizes.append((folder / report["output"]["path"]).stat().st_size)
    assert sizes[0] > sizes[1]
    done = run(*WORDS, "-f", cwd=folder, CONVFILTER_COMPRESS="10")
    assert done.status == 2
    assert "'--compress'" in done.err


def test_what_is_typed_wins_and_the_variable_is_not_told(folder):
    report = _report(
        folder, "--stride", "3", "--no-gray", CONVFILTER_STRIDE="2", CONVFILTER_GRAY="1"
    )
    assert report["stride"] == [3, 3]
    assert report["output"]["mode"] == "RGB"
    assert report["environment"] == {}


@pytest.mark.parametrize(
    ("typed", "variable"),
    [
        ("--no-flip", "FLIP_KERNEL"),
        ("--no-gray", "GRAY"),
        ("--no-exact", "EXACT"),
        ("--no-strip", "STRIP"),
        ("--no-quiet", "QUIET"),
        ("--no-verbose", "VERBOSE"),
    ],
)
def test_flags_have_a_form_that_takes_them_back(folder, typed, variable):
    done = run(*WORDS, typed, cwd=folder, **{f"CONVFILTER_{variable}": "1"})
    assert done.status == 0
    assert done.text.startswith("a.png  24×31×3 RGB")
    assert "set by" not in done.text


def test_quiet_json_and_verbose_can_be_set_too(folder):
    assert run(*WORDS, cwd=folder, CONVFILTER_QUIET="1").out == b""
    done = run(*WORDS, "-f", cwd=folder, CONVFILTER_JSON="1")
    assert json.loads(done.out)["environment"] == {"CONVFILTER_JSON": "1"}
    done = run(*WORDS, "-f", cwd=folder, CONVFILTER_VERBOSE="1")
    assert "  time     read " in done.text


def test_a_border_from_the_environment_pads_nothing_by_itself(folder):
    report = _report(folder, CONVFILTER_BORDER="edge")
    assert (report["padding"]["mode"], report["border"]) == ("valid", "edge")
    done = run(*WORDS, "-f", cwd=folder, CONVFILTER_BORDER="edge", CONVFILTER_PADDING="1")
    assert "  padding  pixels: 1 on each side; border edge" in done.text
    assert "because --border was given" not in done.text


def test_a_typed_border_leaves_padding_from_the_environment(folder):
    report = _report(folder, "--border", "edge", CONVFILTER_PADDING="2")
    assert (report["padding"]["mode"], report["padding"]["top"]) == ("pixels", 2)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("STRIDE", "zero"),
        ("PADDING", "sane"),
        ("DILATION", "0"),
        ("BORDER", "egde"),
        ("BIAS", "x"),
        ("SCALE", "x"),
        ("NORMALIZE", "summ"),
        ("RANGE", "clop"),
        ("ALPHA", "kep"),
        ("PLAN", "magic"),
        ("QUALITY", "101"),
        ("JOBS", "0"),
        ("GRAY", "perhaps"),
        ("FLIP_KERNEL", "perhaps"),
        ("MAX_PIXELS", "many"),
        ("FORMAT", "gift"),
    ],
)
def test_a_bad_value_names_its_variable(folder, name, value):
    done = run(*WORDS, cwd=folder, **{f"CONVFILTER_{name}": value})
    assert done.status == 2
    assert f"CONVFILTER_{name}" in done.err
    assert value in done.err
    assert not (folder / "a_sharpen.png").exists()


@pytest.mark.parametrize(
    ("name", "value", "words", "said"),
    [
        ("GRAY", "maybe", (), "'maybe' is neither yes nor no"),
        ("QUALITY", "101", (), "101 is out of range; allowed: 1 to 100"),
        ("JOBS", "0", (), "0 is out of range; allowed: 1 or more"),
        ("COMPRESS", "x", (), "'x' is no whole number; allowed: 0 to 9"),
        ("NORMALIZE", "sum", ("-k", "sobel"), "--normalize sum divides"),
        ("STRIDE", "2", ("-k", "blur"), "--stride: with 2 kernels"),
    ],
)
def test_a_bad_value_is_told_in_plain_words(folder, name, value, words, said):
    kernels = words if name == "NORMALIZE" else ("-k", "sharpen", *words)
    done = run("apply", "a.png", *kernels, cwd=folder, **{f"CONVFILTER_{name}": value})
    assert done.status == 2
    assert said in done.err
    assert done.err.count("from the environment") == 1
    assert f"(from the environment: CONVFILTER_{name}; unset it" in done.err
    for words_of_click in ("Recognized", "<=", "valid integer", "boolean"):
        assert words_of_click not in done.err


@pytest.mark.parametrize(
    ("name", "value", "instead"),
    [
        ("STRIDE", "zero", "; unset it, or type --stride 1)"),
        ("GRAY", "maybe", "; unset it, or type --no-gray)"),
        ("QUALITY", "0", "; unset it, or type --quality 92)"),
        ("NORMALIZE", "summ", "; unset it, or type --normalize none)"),
        ("JOBS", "0", "CONVFILTER_JOBS; unset it)"),
        ("FORMAT", "gift", "CONVFILTER_FORMAT; unset it)"),
    ],
)
def test_a_bad_value_tells_how_to_be_without_it(folder, name, value, instead):
    done = run(*WORDS, cwd=folder, **{f"CONVFILTER_{name}": value})
    assert instead in done.err


def test_a_stride_from_the_environment_is_taken_back_for_several_kernels(folder):
    words = (*WORDS, "-k", "blur", "--stride", "1")
    assert run(*words, cwd=folder, CONVFILTER_STRIDE="2").status == 0


def test_what_was_typed_is_not_laid_to_the_environment(folder):
    done = run("apply", "a.png", "-k", "sobel", "--normalize", "sum", cwd=folder)
    assert done.err.startswith("convfilter: --normalize sum divides")
    words = ("apply", "a.png", "-k", "sobel:normalize=sum")
    done = run(*words, cwd=folder, CONVFILTER_NORMALIZE="size")
    assert "environment" not in done.err


def test_a_bad_value_that_was_typed_names_no_variable(folder):
    done = run(*WORDS, "--stride", "zero", cwd=folder, CONVFILTER_STRIDE="2")
    assert done.status == 2
    assert "CONVFILTER" not in done.err


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("KERNEL", "blur"),
        ("KERNELS", "blur"),
        ("SPEC", "blur"),
        ("OUTPUT", "b.png"),
        ("OUT", "b.png"),
        ("OVERWRITE", "1"),
        ("IMAGE", "grey.png"),
    ],
)
def test_what_says_what_has_no_variable(folder, name, value):
    (folder / "b.png").write_bytes(b"old")
    report = _report(folder, **{f"CONVFILTER_{name}": value})
    assert (report["kernel"]["name"], report["output"]["path"]) == ("sharpen", "a_sharpen.png")
    assert report["environment"] == {}
    done = run(*WORDS, cwd=folder, **{f"CONVFILTER_{name}": value})
    assert "exists already" in done.err


def test_the_kernel_is_still_needed(folder):
    done = run("apply", "a.png", cwd=folder, CONVFILTER_KERNEL="sharpen")
    assert done.status == 2
    assert "which kernel?" in done.err


@pytest.mark.parametrize("name", ["STRIDE", "PADDING", "BIAS", "GRAY", "QUALITY"])
def test_an_empty_variable_is_none(folder, name):
    report = _report(folder, **{f"CONVFILTER_{name}": ""})
    assert report["environment"] == {}
    assert report["output"]["shape"] == [22, 29, 3]


def test_shape_takes_variables_and_tells_them(folder):
    variables = {"CONVFILTER_PADDING": "2", "CONVFILTER_STRIDE": "2"}
    done = run("shape", "459x612", "-k", "5x5", cwd=folder, **variables)
    assert "230×306" in done.text
    told = [line for line in done.text.splitlines() if line.startswith("  set by")]
    assert sorted(told) == ["  set by   CONVFILTER_PADDING=2", "  set by   CONVFILTER_STRIDE=2"]
    report = json.loads(run("shape", "9x9", "-k", "3x3", "--json", cwd=folder, **variables).out)
    assert report["environment"] == variables


def test_a_bad_variable_is_named_by_shape_too(folder):
    done = run("shape", "9x9", "-k", "3x3", cwd=folder, CONVFILTER_STRIDE="zero")
    assert done.status == 2
    assert "CONVFILTER_STRIDE" in done.err


def test_control_characters_of_a_variable_do_not_reach_the_terminal(folder):
    done = run_on_terminal(*WORDS, cwd=folder, CONVFILTER_PADDING="1\x1b[31m")
    assert done.status == 2
    assert "CONVFILTER_PADDING" in done.terminal
    assert "\x1b[31m" not in done.terminal
    done = run_on_terminal(*WORDS, cwd=folder, CONVFILTER_BIAS="5\x0b")
    assert "\x0b" not in done.terminal


def test_a_variable_with_a_slip_of_the_pen_is_named(folder):
    done = run("apply", "a.png", "-k", "sharpen", cwd=folder, CONVFILTER_BORDR="edge")
    assert done.status == 0
    assert "CONVFILTER_BORDR is no variable of this command" in done.text
    assert "did you mean 'CONVFILTER_BORDER'?" in done.text
