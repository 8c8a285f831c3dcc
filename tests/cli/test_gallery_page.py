"""The gallery as a page, in a browser: nothing is loaded, everything can be looked at."""

import re

import numpy as np
import pytest
from pictures import noise
from PIL import Image
from running import run, save
from uncompiled import UNCOMPILED

NASTY = '<img src=x onerror=alert(1)> "&".png'
KERNELS = ("-k", "sharpen", "-k", "gaussian:sigma=1 then sobel:border=edge", "-k", "<b>\"&'")


def gallery(*words, cwd):
    return run("gallery", *words, cwd=cwd, command=UNCOMPILED)


@pytest.fixture
def folder(tmp_path):
    """A folder with flower.png (90×120) and its page g.html of 3 tiles, one of them broken."""
    save(tmp_path / "flower.png", noise((90, 120, 3)))
    done = gallery("flower.png", *KERNELS, "-o", "g.html", cwd=tmp_path)
    assert done.status == 1
    return tmp_path


def look(page):
    """What the opened dialog shows."""
    page.run("Promise.all([...document.querySelectorAll('dialog img')].map(i => i.decode()))")
    return page.run(
        "(() => { const d = document.querySelector('dialog'); return {open: d.open, "
        "title: d.querySelector('h2').textContent, words: d.querySelector('.words').textContent, "
        "slider: d.querySelector('input').value, "
        "sizes: [...d.querySelectorAll('img')].map(i => [i.naturalWidth, i.naturalHeight])}; })()"
    )


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (1280, True), (360, False)])
def test_it_opens_without_a_request_or_a_complaint(chromium, folder, width, dark):
    with chromium.page(width=width, dark=dark) as page:
        page.open(folder / "g.html")
        assert page.run("document.querySelectorAll('button.picture').length") == 2
        assert page.run("document.querySelectorAll('.fault').length") == 1
        assert page.run("document.documentElement.scrollWidth <= innerWidth")
        ground = page.run("getComputedStyle(document.body).backgroundColor")
        assert (int(re.findall(r"\d+", ground)[0]) < 64) == dark
        assert page.run("[...document.images].every(i => i.src.startsWith('data:') || !i.src)")
        assert (page.problems, page.requests) == ([], [])


def test_a_click_enlarges_and_keys_go_on(chromium, folder):
    with chromium.page() as page:
        page.open(folder / "g.html")
        assert not page.run("document.querySelector('dialog').open")
        page.click("button.picture")
        shown = look(page)
        assert (shown["open"], shown["title"]) == (True, "sharpen")
        assert shown["words"].startswith("3×3 → 88×118×3 · range clip")
        assert shown["sizes"] == [[118, 88], [120, 90]]
        page.click("dialog .next")
        assert look(page)["title"] == "gaussian:sigma=1 then sobel:border=edge"
        page.press("Home")  # moves nothing: the slider has no focus
        page.press("ArrowRight")
        assert look(page)["title"] == "sharpen"
        page.press("Escape")
        assert not look(page)["open"]
        assert page.run("document.activeElement.className") == "picture"
        assert page.problems == []


def test_the_slider_uncovers_the_picture_as_it_was(chromium, folder):
    with chromium.page() as page:
        page.open(folder / "g.html")
        page.click("button.picture")
        look(page)
        covered = "getComputedStyle(document.querySelector('.cover')).clipPath"
        assert page.run(covered) == "inset(0px 50% 0px 0px)"
        left, top, width, height = page.place(".pair")
        page.drag([(left + width / 2, top + 5), (left + width / 4, top + height / 2)])
        assert look(page)["slider"] == "25"
        assert page.run(covered) == "inset(0px 75% 0px 0px)"
        page.run("document.querySelector('dialog input').focus()")
        page.press("End")
        assert page.run(covered) == "inset(0px 0% 0px 0px)"


def test_before_lies_exactly_under_after(chromium, tmp_path):
    """Columns of one colour each: a result of `valid` shows the middle ones, at the same places."""
    columns = np.arange(0, 240, 8, dtype=np.uint8)
    save(tmp_path / "c.png", np.tile(columns, (20, 1)))
    words = (
        "-k",
        "0 0 0 0 0 0 1",
        "-o",
        "c.html",
    )  # 24 columns are left, the anchor 3 before the tap
    assert gallery("c.png", *words, cwd=tmp_path).status == 0
    with chromium.page(900, 800) as page:
        page.open(tmp_path / "c.html")
        page.click("button.picture")
        look(page)
        page.run("document.querySelectorAll('.name, .edge').forEach(e => e.remove())")
        seen = []
        for share in (0, 100):
            page.run(f"place({share})")
            left, top, width, height = page.place(".pair")
            page.picture(tmp_path / "shown.png", whole=False)
            with Image.open(tmp_path / "shown.png") as image:
                row = np.asarray(image.convert("L"))[int(top + height / 2)]
            middles = left + (np.arange(24) + 0.5) * width / 24
            seen.append(row[middles.astype(int)].tolist())
    assert seen[0] == columns[6:].tolist()
    assert seen[1] == columns[3:27].tolist()


def test_names_are_text_whatever_they_look_like(chromium, tmp_path):
    save(tmp_path / NASTY, noise((30, 40)))
    assert gallery(NASTY, *KERNELS, "-o", "n.html", cwd=tmp_path).status == 1
    with chromium.page() as page:
        page.open(tmp_path / "n.html")
        assert NASTY in page.run("document.querySelector('h1').textContent")
        assert page.run("[...document.querySelectorAll('b')].at(-1).textContent") == "<b>\"&'"
        assert (
            page.run("document.images.length") == 2 + 3 + 3
        )  # tiles, weights, dialog and original
        assert (page.problems, page.requests) == ([], [])


def test_the_theme_can_be_said(chromium, tmp_path):
    save(tmp_path / "a.png", noise((30, 40)))
    gallery("a.png", "-k", "blur", "--theme", "dark", "-o", "d.html", cwd=tmp_path)
    with chromium.page(dark=False) as page:
        page.open(tmp_path / "d.html")
        ground = page.run("getComputedStyle(document.body).backgroundColor")
        assert int(re.findall(r"\d+", ground)[0]) < 64


def test_a_page_forbids_all_that_is_not_in_it(folder):
    text = (folder / "g.html").read_text(encoding="utf-8")
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)[1]
    assert policy.startswith("default-src 'none'; img-src data:; style-src 'sha256-")
    assert "unsafe" not in policy
    assert "://" not in re.sub(r"base64,[^\"]*", "", text)
    assert "<b>\"&'" not in text


def test_a_large_picture_is_in_the_page_twice_a_small_one_once(tmp_path):
    for side, copies in ((100, 0), (1500, 1)):
        save(tmp_path / "p.png", np.full((side, side), 99, np.uint8))
        gallery("p.png", "-k", "blur", "-f", "-o", "p.html", cwd=tmp_path)
        assert (tmp_path / "p.html").read_text().count("data-large") == copies
