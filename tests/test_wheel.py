"""The built wheel, in an environment of its own, away from the checkout."""

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The folder of an environment's programs that holds nothing but the wheel and what it needs."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    words = ["wheel", "--no-deps", "--wheel-dir", str(folder), str(ROOT)]
    subprocess.run([*pip, *words], check=True)
    venv.create(folder / "env")
    programs = folder / "env" / ("Scripts" if os.name == "nt" else "bin")
    wheel = next(folder.glob("*.whl"))
    # Not compiled: most of what it needs is never imported here.
    words = ["--python", programs / "python", "install", "--no-compile", wheel]
    subprocess.run([*pip, *words], check=True)
    return programs


def run(programs, folder, *words):
    environment = {
        k: v for k, v in os.environ.items() if not k.startswith(("CONVFILTER", "PYTHON"))
    }
    environment["CONVFILTER_CACHE_DIR"] = str(folder / "cache")
    return subprocess.run(
        [programs / "convfilter", *words],
        cwd=folder, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_it_filters_a_picture(installed, tmp_path):
    flower = str(ROOT / "sample_images" / "flower.jpg")
    answer = run(installed, tmp_path, "apply", flower, "-k", "sharpen", "-s", "2", "-o", "out.png")
    assert answer.returncode == 0, answer.stderr
    assert "229×305×3" in answer.stdout
    assert (tmp_path / "out.png").stat().st_size > 10_000


def test_it_brings_its_presets(installed, tmp_path):
    answer = run(installed, tmp_path, "kernels", "list")
    names = {line.split("\t")[0] for line in answer.stdout.splitlines()}
    assert names == {path.stem for path in (ROOT / "kernels").glob("*.yaml")}


def test_its_kernels_are_not_the_checkout_s(installed, tmp_path):
    code = "from convfilter.presets.registry import folder; print(folder())"
    answer = subprocess.run(
        [installed / "python", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert str(ROOT) not in answer.stdout


def test_it_brings_what_reports_are_made_of(installed, tmp_path):
    code = "from convfilter.report.page.write import style, script; print(style() + script())"
    answer = subprocess.run(
        [installed / "python", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    folder = ROOT / "convfilter" / "report" / "page"
    parts = [(folder / name).read_text(encoding="utf-8") for name in ("page.css", "page.js")]
    assert answer.stdout == "".join(parts) + "\n"


def test_python_m_works_too(installed, tmp_path):
    answer = subprocess.run(
        [installed / "python", "-m", "convfilter", "--version"],
        cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert answer.stdout.startswith("convfilter, version ")
