"""Common slips at the command line are answered with the command that works."""

import pytest
from PIL import Image
from running import run


def _refused(folder, *words, status=2):
    done = run(*words, cwd=folder)
    assert (done.status, done.out) == (status, b"")
    return done.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ["apply", "a.png", "grey.png", "-k", "sharpen"],
            ["takes one picture", "grey.png", "convfilter batch"],
        ),
        (
            ["apply", "-k", "sharpen", "a.png", "b.jpg", "c.png"],
            ["takes one picture", "b.jpg c.png"],
        ),
        (["a.png"], ["convfilter apply a.png -k sharpen"]),
        (["a.png", "-k", "blur"], ["convfilter apply a.png -k blur"]),
        (["A.JPG"], ["convfilter apply A.JPG -k sharpen"]),
        (["sharpen", "a.png"], ["convfilter apply a.png -k sharpen"]),
        (["Sobel_X", "a.png"], ["convfilter apply a.png -k Sobel_X"]),
        (["box-5", "a.png"], ["convfilter apply a.png -k box-5"]),
        (
            ["apply", "a.png", "-kernel", "sharpen"],
            ["-kernel: long options take two dashes: --kernel"],
        ),
        (["apply", "a.png", "-stride=2", "-k", "blur"], ["two dashes: --stride=2"]),
        (["apply", "blur", "-k", "a.png"], ["convfilter apply a.png -k blur"]),
        (
            ["apply", "a.png", "-k", "grey.png"],
            ["'grey.png' is a picture, not a kernel: convfilter apply a.png -k sharpen\n"],
        ),
        (["explain", "blur", "-k", "a.png"], ["convfilter explain a.png -k blur\n"]),
        (["gallery", "my.yaml", "-k", "a.png"], ["convfilter gallery a.png -k my.yaml\n"]),
        (["animate", "-k", "a.png"], ["convfilter animate a.png -k sharpen\n"]),
        (["shape", "9x9", "-k", "a.png"], ["convfilter shape 9x9 -k sharpen\n"]),
        (["batch", ".", "-k", "a b.png"], ["convfilter batch . -k sharpen -o FOLDER\n"]),
        (["apply", "1 2; 3 4", "-k", "a b.png"], ["convfilter apply 'a b.png' -k '1 2; 3 4'\n"]),
        (["kernels", "show", "a.png"], ["not a kernel: convfilter kernels show sharpen\n"]),
        (["kernels", "new", "x", "--from", "a.png"], ["not a kernel: --from sharpen\n"]),
        (["apply", "a.png", "-k", "0", "-1", "0", "-1", "5"], ["whole matrix in double quotes"]),
        (["apply", "a.png", "-k", "-1", "0", "1"], ["whole matrix in double quotes"]),
        (
            ["apply", "a.png", "-k", "5"],
            ["one number (5) is no kernel", '"0 -1 0; -1 5 -1; 0 -1 0"'],
        ),
        (["apply", "a.png", "-k", "-f"], ["the next word is the option '-f'", "-k sharpen"]),
        (["apply", "a.png", "-k", "--gray"], ["the next word is the option '--gray'"]),
        (["apply", "a.png"], ["which kernel? e.g. -k sharpen", "kernels list"]),
        (["apply", "a.png", "sharpen"], ["-k sharpen"]),
        (
            ["apply", "a.png", "-k", "sharpen", "-s", "2", "3"],
            ["unexpected: 3", "one value is one word"],
        ),
        (["apply", "-k", "sharpen"], ["IMAGE"]),
        (["animate", "a.png", "-k", "sharpen"], ["Missing option '-o' / '--output' / '--out'"]),
        (["apply", "a.png", "-k", ""], ["the kernel is empty"]),
        (["shape", "9x9"], ["which kernel?"]),
        (["kernels", "show"], ["SPEC"]),
        (
            ["kernels", "show", "a", "b"],
            ["unexpected: b", "'convfilter kernels show' takes SPEC, and nothing more"],
        ),
        (
            ["kernels", "new", "foo", "bar"],
            ["'convfilter kernels new' takes NAME, ", "is given with --weights or --from"],
        ),
        (["kernels", "list", "edges"], ["'convfilter kernels list' takes nothing beside options"]),
        (["fit", "a", "b", "c.png", "--size", "3"], ["unexpected: c.png", "BEFORE and AFTER, and"]),
        (["completion", "zsh", "fish"], ["takes bash|zsh|fish, and nothing more"]),
        (["kernels", "show", "1 2", "3"], ['convfilter kernels show "0 -1 0; -1 5']),
        (["kernels", "show", "1", "2"], ['double quotes: convfilter kernels show "0 -1 0; -1 5']),
        (["kernels", "new", "x", "--weights", "1", "2"], ['quotes: --weights "0 -1 0; -1 5']),
        (["kernels", "new", "x", "--from", "-f"], ["option '-f'; e.g. --from sharpen"]),
        (["kernels", "export"], ["which kernel? e.g. convfilter kernels export sharpen"]),
        (["apply", "a.png", "-k", "blur", "then", "sobel"], ['one word: -k "blur then sobel"']),
        (
            ["kernels", "show", "blur", "then", "sobel"],
            ['one word: convfilter kernels show "blur then sobel"'],
        ),
        (
            ["kernels", "export", "sharpen"],
            [
                "'--to'. It is one of imagemagick, vips, ffmpeg, opencv, scipy, torch, numpy, csv, ya"
            ],
        ),
        (["completion"], ["It is one of bash, zsh, fish."]),
        (["list"], ["convfilter kernels list\n"]),
        (["List", "--tag", "edges"], ["convfilter kernels list --tag edges\n"]),
        (["show", "1 2; 3 4"], ["convfilter kernels show '1 2; 3 4'\n"]),
        (["new", "mine"], ["convfilter kernels new mine\n"]),
        (["check", "my.yaml"], ["convfilter kernels check my.yaml\n"]),
        (["import", "-"], ["convfilter kernels import -\n"]),
        (["export", "blur"], ["convfilter kernels export blur\n"]),
        (["warm"], ["convfilter cache warm\n"]),
        (
            ["apply", "a.png", "-k", "blur", "--quality", "0"],
            ["0 is out of range; allowed: 1 to 100"],
        ),
        (["apply", "a.png", "-k", "blur", "-j", "0"], ["0 is out of range; allowed: 1 or more"]),
        (
            ["apply", "a.png", "-k", "blur", "-j", "x"],
            ["'x' is no whole number; allowed: 1 or more"],
        ),
    ],
)
def test_the_answer_holds_the_right_command(folder, words, said):
    err = _refused(folder, *words)
    assert all(each in err for each in said), err


@pytest.mark.parametrize(
    ("words", "nearest"),
    [
        (["appply", "a.png"], "'apply'"),
        (["shpae", "9x9"], "'shape'"),
        (["kernels", "lst"], "'list'"),
        (["cache", "shwo"], "'show'"),
        (["apply", "a.png", "-k", "sharpn"], "'sharpen'"),
        (["kernels", "show", "gausian"], "'gaussian'"),
        (["apply", "a.png", "-k", "sharpen", "--bordr", "edge"], "--border"),
        (["apply", "a.png", "-k", "sharpen", "--border", "egde"], "'edge'"),
        (["apply", "a.png", "-k", "sharpen", "--padding", "sane"], "'same'"),
        (["apply", "a.png", "-k", "sharpen", "--range", "clop"], "'clip'"),
        (["apply", "a.png", "-k", "sharpen", "--normalize", "summ"], "'sum'"),
        (["apply", "a.png", "-k", "sharpen", "--alpha", "kep"], "'keep'"),
        (["apply", "a.png", "-k", "sharpen", "--plan", "driect"], "'direct'"),
        (["shape", "9x9", "-k", "3x3", "--paddin", "1"], "--padding"),
    ],
)
def test_a_misspelt_word_gets_the_nearest_one(folder, words, nearest):
    err = _refused(folder, *words)
    assert "id you mean" in err
    assert nearest in err


@pytest.mark.parametrize(
    ("words", "spec"),
    [
        (["apply", "a.png", "-k", "gaussian", "--sigma", "3"], "-k gaussian:sigma=3"),
        (["apply", "a.png", "-k", "log", "--sigma=3"], "-k log:sigma=3"),
        (["apply", "a.png", "-k", "gaussian:size=9", "--sigma", "3"], "gaussian:size=9,sigma=3"),
        (["apply", "a.png", "-k", "unsharp", "--radius", "4"], "-k unsharp:radius=4"),
        (["apply", "a.png", "-k", "blur", "--sigma"], "-k gaussian:sigma=2"),
        (["apply", "a.png", "--sigma", "-k", "blur"], "-k gaussian:sigma=2"),
        (["apply", "a.png", "-k", "blur", "--angle", "-30"], "-k motion:angle=-30"),
        (["shape", "9x9", "-k", "box", "--size", "5"], "-k box:size=5"),
        (["kernels", "show", "gabor", "--phase", "90"], "convfilter kernels show gabor:phase=90"),
        (["kernels", "new", "mine", "--sigma", "5"], "--from gaussian:sigma=5"),
    ],
)
def test_a_parameter_typed_as_an_option_is_led_behind_the_kernel(folder, words, spec):
    err = _refused(folder, *words)
    assert "is no option: parameters stand behind the kernel's name: " in err
    assert f"{spec}\n" in err
    assert "Did you mean" not in err


def test_options_that_are_no_parameters_are_answered_as_before(folder):
    assert "No such option '--sigma'" in _refused(folder, "kernels", "list", "--sigma", "2")
    err = _refused(folder, "apply", "a.png", "-k", "blur", "--strde", "2")
    assert "Did you mean" in err
    assert "'--stride'" in err


def test_no_message_shows_a_tab_as_letters(folder):
    for words in (["completion"], ["kernels", "export", "sharpen"], ["completion", "sh"]):
        assert "\\t" not in _refused(folder, *words)


def test_what_is_no_command_is_refused_as_unknown(folder):
    for word in ("resize", "convert"):
        assert f"'{word}' is no command" in _refused(folder, word, "a.png")


def test_border_mirror_is_refused_with_the_table(folder):
    err = _refused(folder, "apply", "a.png", "-k", "sharpen", "--border", "mirror")
    assert "two things" in err
    assert "  reflect    c b | a b c d | c b\n" in err
    assert "  symmetric  b a | a b c d | d c\n" in err


@pytest.mark.parametrize(
    ("words", "kernel"),
    [
        (["-k=sharpen"], "sharpen"),
        (["--kernel=sharpen"], "sharpen"),
        (["-ksharpen"], "sharpen"),
        (["-k", "-1 0 1"], "matrix-1x3"),
        (["-k", "−1 0 1"], "matrix-1x3"),
        (["--kernel", "-1 0 1; -2 0 2"], "matrix-2x3"),
        (["-k", "-.5 1"], "matrix-1x2"),
        (["--kernel=-1 0 1"], "matrix-1x3"),
    ],
)
def test_kernels_are_taken_however_they_are_attached(folder, words, kernel):
    done = run("apply", "a.png", *words, "-q", cwd=folder)
    assert (done.status, done.err) == (0, "")
    assert (folder / f"a_{kernel}.png").exists()


@pytest.mark.parametrize("words", [["--bias", "-5"], ["--bias=-5"], ["--scale", "-1"]])
def test_values_that_begin_with_a_dash_are_values(folder, words):
    assert run("apply", "a.png", "-k", "sharpen", *words, "-q", cwd=folder).status == 0


def test_options_may_stand_before_and_after_the_picture(folder):
    done = run("apply", "-s", "2", "a.png", "-q", "-k", "sharpen", "-o", "b.png", cwd=folder)
    assert (done.status, done.err) == (0, "")
    with Image.open(folder / "b.png") as image:
        assert image.size == (15, 11)


@pytest.mark.parametrize("name", ["-1.png", "-5 odd.png"])
def test_file_names_that_begin_with_a_dash_and_a_digit_stay_as_they_are(folder, name):
    done = run("apply", "a.png", "-k", "sharpen", "-q", "-o", name, cwd=folder)
    assert done.status == 0
    assert (folder / name).exists()
    done = run("apply", name, "-k", "sharpen", "-q", "-o", "again.png", cwd=folder)
    assert (done.status, done.err) == (0, "")


def test_after_two_dashes_everything_is_a_picture(folder):
    (folder / "-k.png").write_bytes((folder / "a.png").read_bytes())
    done = run("apply", "-k", "sharpen", "-q", "--", "-k.png", cwd=folder)
    assert (done.status, done.err) == (0, "")
    assert (folder / "-k_sharpen.png").exists()


@pytest.mark.parametrize("word", ["EDGE", "Edge", "replicate", "nearest"])
def test_words_ignore_case_and_have_synonyms(folder, word):
    words = ("--border", word, "--range", "CLIP", "--normalize", "Abs_Sum")
    done = run("apply", "a.png", "-k", "Sharpen", *words, cwd=folder)
    assert done.status == 0
    assert "border edge" in done.text


def test_a_folder_leads_to_batch(folder):
    (folder / "photos").mkdir()
    err = _refused(folder, "photos", "-k", "blur")
    assert "Did you mean: convfilter batch photos -o FOLDER -k blur" in err
    done = run("apply", "photos", "-k", "blur", cwd=folder)
    assert done.status == 1
    assert "photos: Is a directory; convfilter batch photos -o FOLDER filters" in done.err


def test_several_pictures_lead_to_batch(folder):
    err = _refused(folder, "apply", "a.png", "noise.png", "-k", "blur")
    assert "many at once: convfilter batch ./*.jpg -o FOLDER -k" in err
