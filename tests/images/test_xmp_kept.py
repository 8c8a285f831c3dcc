"""XMP that told of the picture before: its size is made true, its thumbnails go, the rest stays."""

import pytest
from filtering import apply, saved
from metadata_made import COLOUR, EXIF_HOLDERS, info_of, save_with_xmp

from convfilter.images.metadata.reading import upright_xmp
from convfilter.images.metadata.xmp import sized, without_extension, without_thumbnails

ATTRIBUTES = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:ImageWidth="%d"\n'
    b' tiff:ImageLength=\'%d\' exif:PixelXDimension="%d" exif:PixelYDimension = "%d"'
    b' dc:title="60"/></x:xmpmeta>'
)
ELEMENTS = (
    b"<x:xmpmeta><rdf:Description><tiff:ImageWidth>%d</tiff:ImageWidth>"
    b"<tiff:ImageLength> %d </tiff:ImageLength><exif:PixelXDimension>%d</exif:PixelXDimension>"
    b"<exif:PixelYDimension>%d</exif:PixelYDimension><dc:title>40</dc:title></rdf:Description></x:xmpmeta>"
)
FORMS = pytest.mark.parametrize("form", [ATTRIBUTES, ELEMENTS], ids=["attributes", "elements"])
THUMBNAILS = (
    b"<xmp:Thumbnails>\n<rdf:Alt><rdf:li rdf:parseType='Resource'><xmpGImg:width>256</xmpGImg:width>"
    b"<xmpGImg:image>/9j/4AAQ</xmpGImg:image></rdf:li></rdf:Alt></xmp:Thumbnails>"
)


@FORMS
@pytest.mark.parametrize("target", EXIF_HOLDERS)
@pytest.mark.parametrize("suffix", EXIF_HOLDERS)
def test_xmp_tells_the_results_size_in_every_format(tmp_path, suffix, target, form):
    source = tmp_path / f"a{suffix}"
    save_with_xmp(source, COLOUR, form % (60, 40, 60, 40))
    outcome = apply(source, tmp_path / f"b{target}", stride=2)
    assert info_of(outcome.output)["xmp"] == form % (30, 20, 30, 20)


@FORMS
def test_a_size_that_stays_is_no_change(form):
    assert sized(form % (60, 40, 60, 40), 60, 40) == form % (60, 40, 60, 40)
    assert sized(form % (60, 40, 60, 40), 12345, 7) == form % (12345, 7, 12345, 7)


def test_a_picture_that_was_turned_has_its_new_size(tmp_path):
    form = b'<d tiff:Orientation="%d" tiff:ImageWidth="%d" tiff:ImageLength="%d"/>'
    source = saved(tmp_path / "a.jpg", COLOUR, xmp=form % (6, 60, 40))
    assert info_of(apply(source).output)["xmp"] == form % (1, 40, 60)


ODD = [
    b'<d><a tiff:ImageWidth="1"/><b tiff:ImageWidth="2"/></d>',  # whose?
    b'<d tiff:ImageWidth="1"><tiff:ImageWidth>2</tiff:ImageWidth></d>',
    b"<d><tiff:ImageWidth>1</tiff:ImageWidth><tiff:ImageWidth>2</tiff:ImageWidth></d>",
    b'<d xmpMM:Pantry="x" tiff:ImageWidth="1"/>',
    b'<d tiff:ImageWidth="wide" tiff:ImageLength="4.5" exif:PixelXDimension=""/>',
    b"<d><tiff:ImageWidth>4.5</tiff:ImageWidth><tiff:ImageLength><a/></tiff:ImageLength></d>",
    b"the words tiff:ImageWidth and 5",
    b'<d tiff:ImageWidth="1',
    b"<tiff:ImageWidth",
    b"<tiff:ImageWidthOfAll>5</tiff:ImageWidthOfAll>",
    '<d tiff:ImageWidth="1"/>'.encode("utf-16"),
    b"\xff\xfe\0<",
    b"",
]


@pytest.mark.parametrize("xmp", ODD)
def test_odd_xmp_stays_as_it_is(xmp):
    assert sized(xmp, 9, 7) == xmp
    assert upright_xmp(xmp) == xmp


@pytest.mark.parametrize("target", EXIF_HOLDERS)
def test_thumbnails_go_and_what_stands_around_them_stays(tmp_path, target):
    source = tmp_path / "a.png"
    around = b"<x:xmpmeta><a>1</a>%s<b>2</b></x:xmpmeta>"
    save_with_xmp(source, COLOUR, around % THUMBNAILS)
    assert info_of(apply(source, tmp_path / f"b{target}").output)["xmp"] == around % b""


@pytest.mark.parametrize(
    ("xmp", "want"),
    [
        (b"<a/>%s<b/>%s<c/>" % (THUMBNAILS, THUMBNAILS), b"<a/><b/><c/>"),
        (b"<a/>%s<b/>" % THUMBNAILS.replace(b"xmp:", b"xap:"), b"<a/><b/>"),
        (b'<a/><xmp:Thumbnails rdf:parseType="Resource"/><b/>', b"<a/><b/>"),
        (b'<a/><xmp:Thumbnails x="1">1</xmp:Thumbnails><b/>', b"<a/><b/>"),
        (b"<a/><xmp:Thumbnails><b/>", None),
        (b"<a/><xmp:Thumbnails", None),
        (b"<a/><xmp:ThumbnailsAndMore></xmp:ThumbnailsAndMore>", None),
        (b"<a>:Thumbnails</a>", None),
    ],
)
def test_thumbnails_in_every_way_of_writing(xmp, want):
    assert without_thumbnails(xmp) == (xmp if want is None else want)


def test_many_openings_without_an_end_take_no_time():
    xmp = b"<xmp:Thumbnails>" * 100_000 + b'<d tiff:ImageWidth="1" ' * 50_000
    assert without_thumbnails(xmp) == xmp
    assert sized(xmp, 9, 7) == xmp
    assert sized(b"<" + b" tiff" * 200_000 + b"tiff:ImageWidth", 9, 7)


GUID = b"A" * 32


@pytest.mark.parametrize(
    ("xmp", "want"),
    [
        (b'<d a="1" xmpNote:HasExtendedXMP="%s" b="2"/>' % GUID, b'<d a="1" b="2"/>'),
        (
            b"<d><xmpNote:HasExtendedXMP>%s</xmpNote:HasExtendedXMP><b/></d>" % GUID,
            b"<d><b/></d>",
        ),
        (b"<d/>", b"<d/>"),
        (b"", b""),
    ],
)
def test_a_packet_no_longer_points_to_one_that_is_gone(xmp, want):
    assert without_extension(xmp) == want
