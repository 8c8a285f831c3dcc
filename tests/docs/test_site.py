"""The docs as a site: built strictly, loading nothing from anywhere, readable on a telephone."""

import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOADED = {"src", "srcset", "poster", "data"}


class Loaded(HTMLParser):
    """Addresses of what a page loads by itself; links are for people."""

    def __init__(self):
        super().__init__()
        self.addresses = []

    def handle_starttag(self, tag, attrs):
        for name, value in attrs:
            if name in LOADED or (tag == "link" and name == "href"):
                self.addresses.append(value)


def test_every_page_is_in_it(site):
    pages = [path.relative_to(ROOT / "docs") for path in (ROOT / "docs").rglob("*.md")]
    assert len(pages) > 20
    for page in pages:
        assert (site / page).with_suffix(".html").exists(), page


def test_it_loads_nothing_from_the_network(site):
    pages, styles = [*site.rglob("*.html")], [*site.rglob("*.css")]
    found = {}
    for page in pages:
        parser = Loaded()
        parser.feed(page.read_text(encoding="utf-8"))
        found |= dict.fromkeys(parser.addresses, page)
    for style in styles:
        text = style.read_text(encoding="utf-8")
        found |= dict.fromkeys(re.findall(r"url\(\s*[\"']?([^\"')]+)", text), style)
        found |= dict.fromkeys(re.findall(r"@import\s+[\"']([^\"']+)", text), style)
    assert len(found) > 20
    outside = {a: where for a, where in found.items() if re.match(r"([a-z]+:)?//", a)}
    assert not outside


@pytest.mark.parametrize(
    ("fault", "complaint"),
    [
        ("[gone](nowhere.md)", "nowhere.md"),
        ("[gone](batch.md#nowhere)", "nowhere"),
        ("![gone](nowhere.png)", "nowhere.png"),
    ],
)
def test_a_link_to_nowhere_stops_the_build(build, tmp_path, fault, complaint):
    docs = tmp_path / "docs"
    docs.mkdir()
    shutil.copytree(ROOT / "docs/site", docs / "site")
    shutil.copy(ROOT / "docs/conf.py", docs)
    (docs / "batch.md").write_text("# Batch\n")
    (docs / "index.md").write_text(f"# Home\n\n## All\n\n- [Batch](batch.md)\n\n{fault}\n")
    answer = build(docs, tmp_path / "site")
    assert answer.returncode != 0
    assert complaint in answer.stderr


def test_a_page_that_no_list_names_stops_the_build(build, tmp_path):
    docs = tmp_path / "docs"
    docs.mkdir()
    shutil.copytree(ROOT / "docs/site", docs / "site")
    shutil.copy(ROOT / "docs/conf.py", docs)
    (docs / "index.md").write_text("# Home\n")
    (docs / "lost.md").write_text("# Lost\n")
    answer = build(docs, tmp_path / "site")
    assert answer.returncode != 0
    assert "lost.md" in answer.stderr


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_pages_open_without_a_problem_and_are_no_wider_than_the_window(chromium, site, dark):
    with chromium.page(width=360, height=700, dark=dark) as page:
        for name in ["index", "how-it-works", "other-tools", "tutorial/kernel", "tutorial/edges"]:
            page.open(site / f"{name}.html")
            assert page.problems == [], name
            for width in (360, 800, 1100, 1280):
                page.size(width, 700)
                assert page.run("document.documentElement.scrollWidth") <= width, (name, width)
            page.size(360, 700)
            assert page.run("[...document.images].every(each => each.naturalWidth > 0)"), name
        assert all(address.startswith("file:") for address in page.requests)


def test_the_side_bar_walks_the_tutorial_in_its_order(chromium, site):
    with chromium.page() as page:
        page.open(site / "tutorial/index.html")
        links = "[...document.querySelectorAll('.sidebar-tree .toctree-l2 > a')]"
        names = page.run(f"{links}.map(each => each.getAttribute('href'))")
    text = (ROOT / "docs/tutorial/index.md").read_text(encoding="utf-8")
    written = re.findall(r"^\d+\. \[[^\]]+\]\((.+)\.md\)", text, re.MULTILINE)
    assert len(written) == 10
    assert [Path(name).stem for name in names] == written


def test_the_search_finds_pages_without_a_server(chromium, site):
    with chromium.page() as page:
        page.open(site / "search.html")
        page.run("Search.performSearch('dilation')")
        found = page.run("""new Promise(done => {
            const look = () => {
                const links = [...document.querySelectorAll("#search-results li a")];
                links.length ? done(links.map(each => each.href)) : setTimeout(look, 20);
            };
            look();
        })""")
        assert any("/tutorial/stride.html" in link for link in found)
        assert page.problems == []
