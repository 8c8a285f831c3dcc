"""The page of a batch as people use it, in headless Chromium: opened, sorted, searched, slid, turned over."""

import json
from operator import attrgetter

import numpy as np
import pytest
from batches import done, failed, told_of, with_files
from PIL import Image

from convfilter.batch.record import SKIPPED
from convfilter.report.page.write import write_page

WIDTHS = (1280, 768, 360)
LARGE = ("gabor", "gabor-bank", "kirsch", "unsharp", "0.001 -12345 3; 1e-9 2 7")
# Of every row in the table: the text of one of its cells.
NAMES = "[...document.querySelectorAll('#rows .name')].map((e) => e.textContent)"
CELLS = "[...document.querySelectorAll('#rows tr')].map((r) => r.cells[{}].textContent)"
VISIBLE = "getComputedStyle(document.querySelector({})).display !== 'none'"
# The share of a picture's box that lies left of the line.
CUT = """(() => {
  const box = document.querySelector('.box').getBoundingClientRect();
  const line = document.querySelector('.box .line').getBoundingClientRect();
  return (line.left + line.width / 2 - box.left) / box.width;
})()"""
# Texts whose contrast with what is behind them is too low (WCAG 2.1, 1.4.3), by how far it is.
FAINT = """(() => {
  const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
  const mixed = (colours) => {
    canvas.clearRect(0, 0, 1, 1);
    for (const colour of colours) { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); }
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const light = (rgb) => {
    const [r, g, b] = rgb.map((v) => v / 255).map((v) => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
    return .2126 * r + .7152 * g + .0722 * b;
  };
  const faint = [];
  for (const e of document.querySelectorAll('main *, footer *')) {
    const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if (!own || !e.checkVisibility() || e.closest('.box, svg, option, script, button:disabled')) continue;
    const behind = [];
    for (let up = e; up; up = up.parentElement) behind.unshift(getComputedStyle(up).backgroundColor);
    const [a, b] = [light(mixed(behind)), light(mixed([...behind, getComputedStyle(e).color]))];
    const contrast = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (contrast < 4.5) faint.push(`${e.tagName}.${e.className} ${e.textContent.slice(0, 20)}: ${contrast}`);
  }
  return faint;
})()"""


@pytest.fixture
def shown(chromium, tmp_path):
    """Writes a page, opens it, and makes sure at the end that nothing went wrong and nobody was asked."""
    opened = []

    def show(records, width=1280, told=None, **options):
        path = tmp_path / "report.html"
        write_page(str(path), told or told_of(records), records)
        page = chromium.page(width, 800, **options)
        opened.append(page.__enter__())
        page.open(path)
        return page

    yield show
    for page in opened:
        page.run("1")  # whatever it had to say has arrived by now
        page.__exit__()
        assert page.problems == []
        assert page.requests == []


def some_of_each(folder):
    """In this order: 3 with pictures, 1 skipped, 2 failed, 60 without pictures."""
    skipped = done(100, status=SKIPPED, seconds=(0.0, 0.0, 0.0))
    return [*with_files(folder, 3), skipped, failed(1), failed(2), *map(done, range(200, 260))]


def test_it_opens_with_failures_on_top_of_the_table(shown, tmp_path):
    page = shown(some_of_each(tmp_path))
    assert page.run("document.title") == "66 pictures, convfilter batch"
    assert page.run(CELLS.format(1))[:4] == ["failed", "failed", "done", "done"]
    assert page.run(CELLS.format(2))[0] == "damaged or cut off: broken data stream"
    assert page.run("document.getElementById('place').value") == "1–50 of 66"


KEYS = {
    "before": lambda r: r.source_shape[0] * r.source_shape[1],
    "after": lambda r: r.output_shape[0] * r.output_shape[1],
    "mpx": attrgetter("pixels"),
    "read": lambda r: r.seconds[0],
    "filter": lambda r: r.seconds[1],
    "write": lambda r: r.seconds[2],
    "all": lambda r: sum(r.seconds),
}


def mixed_up(count):
    """Records of which no column is in order."""
    order = np.random.default_rng(3).permutation(count).tolist()
    seconds = np.random.default_rng(4).random((count, 3)).round(4).tolist()
    return [
        done(
            n, seconds=tuple(seconds[n]), output_shape=(7 * n % count + 1, 10, 3), frames=1 + n % 3
        )
        for n in order
    ]


def test_a_click_on_a_head_sorts_by_its_numbers_the_largest_first(shown):
    records = mixed_up(45)
    page = shown(records)
    for by, key in KEYS.items():
        head = f"th button[data-by={by}]"
        order = f"document.querySelector('{head}').parentElement.ariaSort"
        page.click(head)
        assert page.run(NAMES) == [r.source[7:] for r in sorted(records, key=key, reverse=True)]
        assert page.run(order) == "descending"
        page.click(head)
        assert page.run(NAMES) == [r.source[7:] for r in sorted(records, key=key)]
        assert page.run(order) == "ascending"
        page.click(head)
        assert page.run(NAMES) == [record.source[7:] for record in records]
        assert page.run("[...document.querySelectorAll('th')].every((e) => e.ariaSort === 'none')")


def test_names_sort_as_people_count(shown):
    page = shown([done(source=f"{name}.jpg") for name in ("b10", "a", "b9", "B1")])
    page.click("th button[data-by=name]")
    assert page.run(NAMES) == ["a.jpg", "B1.jpg", "b9.jpg", "b10.jpg"]


def test_it_is_worked_by_keys(shown):
    page = shown(mixed_up(60))
    page.run("document.querySelector('th button[data-by=all]').focus()")
    page.press("Enter")
    assert page.run("document.querySelector('th:last-child').ariaSort") == "descending"
    assert page.run("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.press("Tab")
    page.press("Enter")
    assert page.run("document.activeElement.ariaExpanded") == "true"
    assert page.run("document.querySelectorAll('#rows .detail').length") == 1
    page.run("document.querySelector('input[name=status]').focus()")
    page.press("ArrowRight")
    assert page.run("document.activeElement.value") == "done"


def test_words_find_rows(shown, tmp_path):
    page = shown(some_of_each(tmp_path))
    page.click("#find")
    page.type("BROKEN bad-2")
    assert page.run(NAMES) == ["photos/bad-2.jpg"]
    assert page.run("document.getElementById('place').value") == "1–1 of 1"
    page.run("document.getElementById('find').select()")
    page.type("459×612")
    assert page.run("document.getElementById('rows').textContent") == "Nothing matches."
    assert page.run("document.getElementById('place').value") == "0 of 0"


def test_a_status_is_chosen(shown, tmp_path):
    page = shown(some_of_each(tmp_path))
    for status, count in (("skipped", 1), ("failed", 2), ("done", 50)):
        page.click(f"input[value={status}]")
        assert page.run(CELLS.format(1)) == [status] * count


def test_pages_are_turned(shown):
    page = shown([done(number) for number in range(120)])
    assert page.run("document.getElementById('previous').disabled")
    page.click("#next")
    page.click("#next")
    assert page.run("document.getElementById('next').disabled")
    assert page.run(NAMES) == [done(number).source[7:] for number in range(100, 120)]
    page.click("#previous")
    assert page.run("document.getElementById('place').value") == "51–100 of 120"


def test_the_line_follows_the_pointer(shown, tmp_path):
    page = shown(with_files(tmp_path, 1))
    left, top, width, height = page.place(".box")
    assert page.run(CUT) == pytest.approx(0.5, abs=0.01)
    y = top + height / 3
    page.drag([(left + width * 0.5, y), (left + width * 0.6, y), (left + width * 0.8, y)])
    assert page.run(CUT) == pytest.approx(0.8, abs=0.01)
    assert page.run("document.querySelector('.box input').value") == "80"
    page.drag([(left + width * 0.1, y)])
    assert page.run(CUT) == pytest.approx(0.1, abs=0.01)
    page.press("ArrowRight")
    assert page.run(CUT) == pytest.approx(0.11, abs=0.01)
    page.press("End")
    assert page.run(CUT) == pytest.approx(1, abs=0.01)


def test_before_is_left_of_the_line_and_after_right_of_it(shown, tmp_path):
    page = shown(with_files(tmp_path, 1), scale=1)
    left, top, width, height = page.place(".box")
    for share in (0.25, 0.75):
        page.drag([(left + width * share, top + height * 0.6)])
        page.picture(tmp_path / "shown.png", whole=False)
        with Image.open(tmp_path / "shown.png") as image:
            pixels = np.asarray(image.convert("RGB"), int)
        row = pixels[int(top + height * 0.8), int(left) : int(left + width)]
        red = np.abs(row - (200, 0, 0)).max(axis=1) < 30
        line = int(width * share)
        assert red[5 : line - 18].all()
        assert red[line + 18 :].mean() < 0.2


def test_where_before_is_transparent_after_does_not_shine_through(shown, tmp_path):
    records = with_files(tmp_path, 1, (100, 150))
    Image.new("RGBA", (150, 100), (0, 0, 0, 0)).save(records[0].source)
    Image.new("RGB", (150, 100), (0, 0, 200)).save(records[0].output)
    page = shown(records)
    left, top, width, height = page.place(".box")
    page.picture(tmp_path / "shown.png", whole=False)
    with Image.open(tmp_path / "shown.png") as image:
        row = np.asarray(image.convert("RGB"), int)[int(top + height * 0.8)]
    blue = np.abs(row[int(left) : int(left + width)] - (0, 0, 200)).max(axis=1) < 30
    middle = len(blue) // 2
    assert not blue[: middle - 3].any()
    assert blue[middle + 3 : -3].all()


def test_a_picture_that_is_gone_says_so(shown, tmp_path):
    records = with_files(tmp_path, 1)
    (tmp_path / "out-0.png").unlink()
    page = shown(records)
    assert page.run("document.querySelector('.box .missing.after').textContent") == "no picture"
    assert page.run("document.querySelectorAll('.box img').length") == 1


def test_twelve_pictures_at_a_time(shown, tmp_path):
    page = shown(with_files(tmp_path, 15, (8, 9)))
    count = "document.querySelectorAll('#gallery .box').length"
    assert page.run(count) == 12
    assert page.run("document.getElementById('more').textContent") == "Show 3 of 3 more"
    page.click("#more")
    assert page.run(count) == 15
    assert not page.run(VISIBLE.format("'#more'"))
    assert page.run("[...document.images].every((i) => i.complete && i.naturalWidth === 9)")


def test_a_row_opens_to_its_pictures_and_notes(shown, tmp_path):
    records = with_files(tmp_path, 2)
    records[1] = records[1]._replace(notes=("mode P was promoted to RGB",), frames=4)
    page = shown(records)
    page.click("#rows tr:nth-child(2) .name")
    opened = page.run("document.querySelector('#rows .detail').innerText")
    assert records[1].output in opened
    assert "mode P was promoted to RGB" in opened
    assert "4, each by itself" in opened
    assert page.run("document.querySelectorAll('#rows .detail .box img').length") == 2
    page.click("#rows tr:nth-child(2) .name")
    assert page.run("document.querySelector('#rows .detail')") is None


def test_hostile_names_are_only_names(shown):
    name = "photos/</script><img src=x onerror=console.error(1)>\"'&amp;\u202egpj.\n<b>"
    records = [done(source=name, output=name, notes=(name,)), failed(source=name, error=name)]
    page = shown([*records, done(source="/elsewhere.png")])
    visible = name.replace("\u202e", r"\u202e").replace("\n", r"\n")
    assert page.run(NAMES) == [visible, visible, "/elsewhere.png"]
    page.click("#rows tr:nth-child(2) .name")
    assert visible in page.run("document.querySelector('#rows .detail').innerText")
    assert page.run("document.images.length") == 0


def test_nothing_but_the_page_s_own_script_is_run(chromium, tmp_path):
    path = tmp_path / "report.html"
    write_page(str(path), told_of([done()]), [done()])
    content = path.read_text()
    added = "<script>document.title = 'run'</script><img src='http://127.0.0.1:9/a.png'></body>"
    path.write_text(content.replace("</body>", added))
    with chromium.page() as page:
        page.open(path)
        assert page.run("document.title") == "1 picture, convfilter batch"
        assert sum("Content Security Policy" in problem for problem in page.problems) == 2


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_it_is_readable_at_every_width_light_and_dark(shown, tmp_path, width, dark):
    records = [
        *some_of_each(tmp_path),
        failed(source=f"photos/{'long' * 40}.jpg", error="x" * 300),
        done(source=f"photos/{'a name without blanks ' * 9}.jpg", frames=1234,
             source_shape=(123456, 234567, 3), seconds=(1234.5, 9876.5, 12.5)),
    ]  # fmt: skip
    settings = (("a long label of it", "y" * 200),)
    told = told_of(records, LARGE, command="convfilter " + "z" * 300, settings=settings)
    page = shown(records, width, told, dark=dark)
    for row in (1, 2, 6):
        page.run(f"document.querySelectorAll('#rows .name')[{row}].click()")
    root = "document.documentElement"
    assert page.run(f"{root}.scrollWidth <= {root}.clientWidth")
    ground = page.run("getComputedStyle(document.documentElement).backgroundColor")
    assert (sum(json.loads(f"[{ground[4:-1]}]")) < 3 * 128) == dark
    assert page.run(FAINT) == []
    smallest = "Math.min(...[...document.querySelectorAll('main *')].map((e) => parseFloat(getComputedStyle(e).fontSize)))"
    assert page.run(smallest) >= 11


def test_on_a_phone_a_list_sorts_instead_of_the_heads(shown):
    records = mixed_up(20)
    page = shown(records, 360)
    assert not page.run(VISIBLE.format("'thead'"))
    assert page.run(VISIBLE.format("'.order'"))
    choose = "(() => {{ const s = document.getElementById('order'); s.value = '{}'; s.dispatchEvent(new Event('change')); }})()"
    page.run(choose.format("mpx"))
    want = [r.source[7:] for r in sorted(records, key=KEYS["mpx"], reverse=True)]
    assert page.run(NAMES) == want
    page.click("#turn")
    assert page.run(NAMES) == [r.source[7:] for r in sorted(records, key=KEYS["mpx"])]
    assert page.run("document.getElementById('turn').textContent") == "↑"
    assert not page.run(VISIBLE.format("'td.read'"))
    page.run(choose.format("read"))
    assert page.run(VISIBLE.format("'td.read'"))


def test_without_scripts_all_but_the_table_and_the_pictures_is_there(shown, tmp_path):
    page = shown(some_of_each(tmp_path), scripts=False)
    seen = page.text()
    for text in ("64 of 66 pictures filtered", "photos/bad-1.jpg", "broken data stream", "sharpen",
                 "The rows of this table need scripts", "convfilter batch photos/"):  # fmt: skip
        assert text in seen
    for text in ("Sort by", "Next", "Read ms"):
        assert text not in seen


def test_ten_thousand_rows_sort_and_are_found(shown):
    records = [
        done(number, seconds=(0.001 * (number * 7919 % 10007), 0.0, 0.0))
        for number in range(10_000)
    ]
    page = shown(records)
    page.click("th button[data-by=read]")
    slowest = max(records, key=lambda r: r.seconds[0])
    assert page.run(NAMES)[0] == slowest.source[7:]
    assert page.run(NAMES + ".length") == 50
    page.click("#find")
    page.type("/7777.jpg")
    assert page.run(NAMES) == ["b/7777.jpg"]


def test_it_prints_what_is_on_the_screen(shown, tmp_path):
    page = shown(some_of_each(tmp_path), dark=True)
    page.scheme(dark=False, media="print")
    assert not page.run(VISIBLE.format("'.controls'"))
    page.printed(tmp_path / "report.pdf")
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")
