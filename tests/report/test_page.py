"""The page of a batch, read as text: whole or not at all, small, and true to any name."""

import json
import os
import re
import tracemalloc
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from batches import done, failed, told_of, with_files

from convfilter.batch.record import SKIPPED
from convfilter.errors import OptionError, PictureError
from convfilter.report.page import pairs, write
from convfilter.report.page.pairs import MOST_PAIRS, Choice
from convfilter.report.page.write import check_page, write_page

HOSTILE = "</script><script>alert(1)</script>\"'&<!--\n\u202egpj.\udcff\u2028"


class Parts(HTMLParser):
    """Texts by their element's name, and data by its attributes, as a browser takes the page apart."""

    def __init__(self, page):
        super().__init__(convert_charrefs=True)
        self.elements, self.texts, self.data, self._open = [], [], [], []
        self.feed(page)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in ("meta", "link", "input", "br", "rect", "path"):
            self._open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        if not data.strip():
            return
        tag, attributes = self.elements[-1]
        if tag == "script" and attributes:
            self.data.append((attributes, json.loads(data)))
        else:
            self.texts.append((tuple(self._open), data))

    def text(self, *, within):
        """All text in elements of a name."""
        return "".join(text for tags, text in self.texts if within in tags)


def page_of(folder, records, told=None):
    path = folder / "report.html"
    write_page(str(path), told or told_of(records), iter(records))
    return Parts(path.read_text(encoding="utf-8"))


def rows_of(page):
    return [
        row for attributes, rows in page.data if attributes.get("class") == "rows" for row in rows
    ]


def test_every_record_is_a_row_in_order(tmp_path):
    records = [done(number) for number in range(150)]
    rows = rows_of(page_of(tmp_path, records))
    assert [row[1] for row in rows] == [record.source for record in records]
    assert rows[7] == [
        1, "photos/b/7.jpg", "out/b/7.jpg", "RGB", [107, 200, 3], "RGB", [57, 100, 3], 1,
        [7.0, 2.0, 10.0], [], "", "", 0,
    ]  # fmt: skip


def test_names_can_not_break_the_page(tmp_path):
    records = [
        done(source=HOSTILE, output=HOSTILE, notes=(HOSTILE,), source_mode=HOSTILE),
        failed(source=HOSTILE, error=HOSTILE, error_type="PictureError"),
    ]
    told = told_of(records, command=HOSTILE, settings=((HOSTILE, HOSTILE),))
    page = page_of(tmp_path, records, told)
    visible = HOSTILE.replace("\n", r"\n").replace("\u202e", r"\u202e")
    visible = visible.replace("\udcff", r"\udcff").replace("\u2028", r"\u2028")
    assert [row[1] for row in rows_of(page)] == [visible] * 2
    assert rows_of(page)[0][9] == [visible]
    assert page.text(within="pre") == visible
    assert page.text(within="bdi") == visible
    assert [tag for tag, attributes in page.elements if tag == "script" and not attributes] == [
        "script"
    ]


def test_it_asks_nothing_of_any_network(tmp_path):
    page_of(tmp_path, with_files(tmp_path, 2))
    content = (tmp_path / "report.html").read_text()
    addresses = set(re.findall(r"\b(?:https?:)?//[a-z][\w.]*\.\w+", content))
    assert addresses == {"http://www.w3.org"}  # the name of SVG, which nobody asks
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', content)[1]
    assert policy.startswith("default-src 'none'; img-src data:; style-src 'sha256-")
    assert "unsafe" not in policy


def test_failures_stand_in_plain_html_on_top(tmp_path):
    records = [*(done(number) for number in range(70)), failed(5), *(failed(n) for n in range(20))]
    page = page_of(tmp_path, records)
    assert page.text(within="h1") == "70 of 91 pictures filtered"
    listed = page.text(within="li")
    assert listed.startswith(
        "photos/bad-5.jpgdamaged or cut off: broken data streamphotos/bad-0.jpg"
    )
    assert listed.count("damaged") == 21
    assert page.text(within="summary") == "9 more"
    tags = [tag for tag, _ in page.elements]
    assert tags.index("ul") < tags.index("article")


def test_of_very_many_failures_the_rest_is_in_the_table(tmp_path):
    records = [failed(number) for number in range(1234)]
    page = page_of(tmp_path, records)
    assert "1,034 more are in the table below." in page.text(within="section")
    assert len(rows_of(page)) == 1234
    assert all(row[10] for row in rows_of(page))


def test_where_all_went_well_nothing_is_said_of_failures(tmp_path):
    page = page_of(tmp_path, [done(), done(1, status=SKIPPED, seconds=(0.0, 0.0, 0.0))])
    assert page.text(within="h1") == "2 pictures filtered"
    assert "failed" not in page.text(within="h2")
    assert not [1 for _, attributes in page.elements if attributes.get("class") == "failed"]
    assert "done by an earlier run" in page.text(within="header")


def test_of_a_run_that_was_ended_the_rest_is_not_begun(tmp_path):
    records = [done(), failed(), done(1)]
    page = page_of(tmp_path, records, told_of(records, total=10))
    assert page.text(within="h1") == "2 of 10 pictures filtered"
    assert "not begun7" in page.text(within="header")
    assert "All 3 pictures" in page.text(within="h2")


def test_the_numbers_have_units(tmp_path):
    records = [done(number) for number in range(3)]
    words = page_of(tmp_path, records).text(within="header")
    assert "0.0606 Mpx" in words
    assert "1 min 15 s" in words
    assert "read 8%" in words
    assert "slowest photos/c/2.jpg, 14 ms" in words


def test_ten_thousand_records_take_no_memory(tmp_path):
    count = 10_000
    told = told_of([done()], total=count, done=count)
    records = (done(number, notes=("a note " * 10,)) for number in range(count))
    write_page(str(tmp_path / "warm.html"), told, [done()])
    tracemalloc.start()
    write_page(str(tmp_path / "report.html"), told, records)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (tmp_path / "report.html").stat().st_size > 1_500_000
    assert peak < 1_000_000


def test_shown_pictures_are_spread_evenly():
    choice = Choice(10_000)
    shown = [number for number in range(10_000) if choice.takes(done(number))]
    assert len(shown) == MOST_PAIRS
    gaps = [later - earlier for earlier, later in pairwise(shown)]
    assert set(gaps) == {41, 42}


def test_of_few_pictures_all_are_shown_and_of_failures_none():
    choice = Choice(3)
    records = [done(), failed(), done(1), done(2, status=SKIPPED), failed(1)]
    assert [choice.takes(record) for record in records] == [True, False, True, True, False]


def test_more_records_than_were_told_do_not_make_the_page_large():
    choice = Choice(2)
    assert sum(choice.takes(done(number)) for number in range(1000)) == 2


def test_both_pictures_are_in_the_page(tmp_path):
    page = page_of(tmp_path, with_files(tmp_path, 3))
    shown = {attributes["id"]: pair for attributes, pair in page.data if "id" in attributes}
    assert list(shown) == ["pair-0", "pair-1", "pair-2"]
    assert all(
        address.startswith("data:image/jpeg;base64,") for pair in shown.values() for address in pair
    )
    assert [row[12] for row in rows_of(page)] == [1, 1, 1]
    assert "All 3; at most 320 pixels a side" in page.text(within="section")


def test_a_file_that_is_gone_is_no_picture(tmp_path):
    records = with_files(tmp_path, 3)
    os.unlink(records[0].source)
    os.unlink(records[2].source)
    os.unlink(records[2].output)
    page = page_of(tmp_path, records)
    shown = {attributes["id"]: pair for attributes, pair in page.data if "id" in attributes}
    assert list(shown) == ["pair-0", "pair-1"]
    assert shown["pair-0"][0] is None
    assert shown["pair-0"][1]
    assert "2 of 3, evenly spread, the rest can't be shown" in page.text(within="section")


def test_without_pictures_there_is_no_place_for_them(tmp_path):
    page = page_of(tmp_path, [done(source="-", output="s3://bucket/a.png")])
    assert "Before and after" not in page.text(within="h2")


def test_a_page_does_not_grow_beyond_its_limit(tmp_path, monkeypatch):
    records = with_files(tmp_path, 12, (200, 300))
    monkeypatch.setattr(pairs, "MOST_BYTES", 150_000)
    monkeypatch.setattr("convfilter.report.page.rows.AT_ONCE", 4)
    page = page_of(tmp_path, records)
    shown = sum(row[12] for row in rows_of(page))
    assert 2 <= shown < 8
    assert (tmp_path / "report.html").stat().st_size < 300_000
    assert f"{shown} of 12, evenly spread" in page.text(within="section")


def test_an_older_page_stays_when_the_new_one_can_not_be_made(tmp_path):
    page_of(tmp_path, [done()])
    before = (tmp_path / "report.html").read_bytes()

    def records():
        yield done()
        raise PictureError("the manifest ends here")

    with pytest.raises(PictureError, match="the manifest ends here"):
        write_page(str(tmp_path / "report.html"), told_of([done()]), records())
    assert (tmp_path / "report.html").read_bytes() == before
    assert os.listdir(tmp_path) == ["report.html"]


def test_a_folder_that_is_gone_is_told(tmp_path):
    with pytest.raises(PictureError, match=r"report\.html: could not be written: No such file"):
        write_page(str(tmp_path / "no" / "report.html"), told_of([done()]), [done()])


def test_what_stands_there_is_replaced_only_if_it_is_such_a_page(tmp_path):
    page_of(tmp_path, [done()])
    check_page(str(tmp_path / "report.html"), overwrite=False)
    (tmp_path / "mine.html").write_text("<!doctype html>\n<p>my thesis")
    with pytest.raises(PictureError, match="exists already and is no report of a batch"):
        check_page(str(tmp_path / "mine.html"), overwrite=False)
    check_page(str(tmp_path / "mine.html"), overwrite=True)
    check_page(str(tmp_path / "new.htm"), overwrite=False)


def test_a_page_has_its_suffix_and_its_folder(tmp_path):
    with pytest.raises(OptionError, match=r"does not end with \.html or \.htm"):
        check_page(str(tmp_path / "photo.jpg"), overwrite=True)
    with pytest.raises(PictureError, match="there is no folder"):
        check_page(str(tmp_path / "no" / "a.html"), overwrite=True)


def test_a_link_keeps_leading_to_the_page(tmp_path):
    (tmp_path / "there").mkdir()
    (tmp_path / "report.html").symlink_to("there/real.html")
    page_of(tmp_path, [done()])
    assert (tmp_path / "report.html").is_symlink()
    assert (tmp_path / "there" / "real.html").read_text().startswith(write.START)
