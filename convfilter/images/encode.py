"""What a file format is given beside the pixels: options for Pillow, or raw parts for other encoders."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, NamedTuple

from convfilter.images.formats import ARRAYS, BY_NAME, PNG_LEVEL, Format, stored_mode
from convfilter.images.metadata import exif as exif_block
from convfilter.images.metadata import png_chunks as png
from convfilter.images.modes import MODES
from convfilter.images.picture import Metadata, Picture
from convfilter.images.target import QUALITY, WITH_QUALITY, Target, in_vain

# benchmarks/png_levels.py: looking for runs only (Z_RLE) makes photographs and their edges as small as
# level 6 does, in less time than level 1 as zlib has it, and drawings no larger than that.
PNG_RUNS = 3
# How a TIFF's compression is written: those without loss as they are, or as the usual one.
TIFF_COMPRESSIONS = {
    name: name for name in ("tiff_lzw", "tiff_adobe_deflate", "packbits", "raw")
} | dict.fromkeys(("tiff_deflate", "lzma", "zstd"), "tiff_adobe_deflate")
# Colours of a pixel by what an ICC profile's header says at bytes 16 … 20 (ICC.1:2022, 7.2.8).
ICC_CHANNELS = {b"GRAY": 1, b"RGB ": 3, b"CMYK": 4}
WORDS = {
    "exif": "EXIF",
    "icc": "the ICC profile",
    "xmp": "XMP",
    "iptc": "IPTC",
    "texts": "PNG text",
    "comment": "the comment",
}
# The most bytes that a format holds. JPEG: segments of 65535 bytes with their length and name, 255 of
# them for a profile. PNG: Pillow opens no picture with more.
MOST_BYTES = {
    ("JPEG", "exif"): 65533,
    ("JPEG", "icc"): 255 * 65519,
    ("JPEG", "xmp"): 65504,
    ("JPEG", "iptc"): 65506,
    ("JPEG", "comment"): 65533,
    ("JPEG2000", "comment"): 65531,
    ("PNG", "icc"): png.MOST_INFLATED,
    ("PNG", "texts"): png.MOST_TEXTS,
}
COMMENT = "Comment"
JPEG_MOST_DPI = 65535
# From which quality on colours of a JPEG are as fine as its brightness, where no source says: there
# ImageMagick and libvips begin, too. Pillow's numbers: 4:4:4 and 4:2:0.
FINE_QUALITY, FINE, HALVED = 90, 0, 2
SHAPE_TEXT = b'{"shape": ['  # see shape_text
BASELINE_STEP = 255  # of a quantization table in the JPEG that everybody reads
# What no chunk says too: sRGB's exponent, and its white and primaries (PNG, 11.3.2.5).
SRGB_GAMMA = (45455).to_bytes(4)
SRGB_PLACES = b"".join(
    n.to_bytes(4) for n in (31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)
)
USUAL_COLOURS = {b"gAMA": SRGB_GAMMA, b"cHRM": SRGB_PLACES}


class TiffTags(NamedTuple):
    """What a TIFF says beside its pixels; dpi (x, y), exif from "Exif\\0\\0" on, sized."""

    icc: bytes = b""
    xmp: bytes = b""
    dpi: tuple[float, float] | None = None
    exif: bytes = b""
    iptc: bytes = b""


def encoding(picture: Picture, target: Target) -> tuple[dict[str, Any], list[str]]:
    """Pillow's options for saving a picture, and what the format can't hold, as sentences."""
    form, notes = target.format, list[str]()
    stored = stored_mode(form, picture.mode) or picture.mode
    if stored != picture.mode:
        name = {"WEBP": "WebP"}.get(form.name, form.name)
        words = MODES[picture.mode].words
        notes.append(f"{name} holds no {words}: written as {stored} with three equal channels")
    notes += in_vain(target)
    options = _quality(picture, target, stored, notes) | _compression(picture, target, notes)
    kept, lost = held(picture, form, strip=target.strip)
    return options | _described(kept, target), notes + lost


def png_chunks(picture: Picture, *, strip: bool) -> tuple[list[tuple[bytes, bytes]], list[str]]:
    """Name and data of the chunks that stand between a PNG's IHDR and its pixels; what is left out."""
    kept, notes = held(picture, BY_NAME["PNG"], strip=strip)
    chunks = [png.icc_chunk(kept.icc)] if kept.icc else []
    chunks += [chunk for chunk in kept.colour_chunks if not (kept.icc and chunk[0] == b"sRGB")]
    chunks += [png.dpi_chunk(kept.dpi)] if kept.dpi else []
    chunks += [(b"eXIf", exif_block.body_of(kept.exif))] if kept.exif else []
    return chunks + _text_chunks(kept), notes


def tiff_tags(picture: Picture, *, strip: bool) -> tuple[TiffTags, list[str]]:
    """What a TIFF has to say beside its pixels, also one by Pillow: `add_described`; what is left out."""
    kept, notes = held(picture, BY_NAME["TIFF"], strip=strip)
    return TiffTags(kept.icc, kept.xmp, kept.dpi, kept.exif, kept.iptc), notes


def held(picture: Picture, form: Format, *, strip: bool) -> tuple[Metadata, list[str]]:
    """Of a picture's metadata what a format holds, for its size and kind of pixels; what it doesn't."""
    notes: list[str] = []
    metadata = picture.metadata
    if metadata.pictures > 1:
        notes.append(f"the file holds {metadata.pictures} pictures: the first was filtered")
    if strip:
        return Metadata(), notes
    metadata = _with_comment(_of_result(picture, form, notes), form)
    notes += metadata.lost
    lost = [name for name in WORDS if getattr(metadata, name) and name not in form.keeps]
    words = [WORDS[name] for name in lost if name != "exif" or exif_block.tells(metadata.exif)]
    if form.name != "PNG" and _unusual_colours(metadata):
        words.append("PNG's colour chunks")
    if words:
        listed = " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))
        notes.append(f"{form.name} can't hold {listed}: dropped")
    for name, most in ((name, most) for (of, name), most in MOST_BYTES.items() if of == form.name):
        if name not in lost and (size := _size(getattr(metadata, name))) > most:
            lost.append(name)
            notes.append(
                f"{form.name} can't hold {WORDS[name]} of {size} bytes, {most} at most: dropped"
            )
    if "dpi" not in form.keeps or (
        form.name == "JPEG" and max(metadata.dpi or (0,)) > JPEG_MOST_DPI
    ):
        lost.append("dpi")
    return metadata._replace(**{name: Metadata._field_defaults[name] for name in lost}), notes


def _of_result(picture: Picture, form: Format, notes: list[str]) -> Metadata:
    """A picture's metadata with its own size, without what is for another."""
    told = picture.metadata
    height, width = picture.pixels.shape[:2]
    exif, xmp, icc = exif_block.sized(told.exif, width, height), told.xmp, told.icc
    if SHAPE_TEXT in exif:
        from convfilter.images.metadata.shape_text import fitting

        exif = fitting(exif, () if form in ARRAYS else picture.shape, notes)
    if xmp:
        from convfilter.images.metadata.xmp import sized

        xmp = sized(xmp, width, height)
    if form not in ARRAYS:
        icc = _fitting_icc(icc, stored_mode(form, picture.mode) or picture.mode, notes)
    return told._replace(exif=exif, xmp=xmp, icc=icc)


def _with_comment(metadata: Metadata, form: Format) -> Metadata:
    """A comment as the PNG text of that name, and that as a comment (PNG, 11.3.3.2)."""
    named = [text for text in metadata.texts if text[0] == COMMENT]
    if form.name == "PNG" and metadata.comment:
        words = metadata.comment.rstrip(b"\0").decode(
            "utf-8" if _is_utf8(metadata.comment) else "latin-1"
        )
        added = () if named else ((COMMENT, words, "", ""),)
        return metadata._replace(comment=b"", texts=(*metadata.texts, *added))
    if "comment" in form.keeps and named and not metadata.comment:
        others = tuple(text for text in metadata.texts if text not in named)
        return metadata._replace(comment=named[0][1].encode(), texts=others)
    return metadata


def _is_utf8(content: bytes) -> bool:
    with suppress(UnicodeDecodeError):
        return content.decode() is not None
    return False


def _size(value: Any) -> int:
    """Bytes, or characters of texts as Pillow counts them."""
    return len(value) if isinstance(value, bytes) else sum(len(text[1]) for text in value)


def _fitting_icc(icc: bytes, mode: str, notes: list[str]) -> bytes:
    """The profile, unless it is for another kind of colour than the pixels'."""
    if icc and ICC_CHANNELS.get(icc[16:20]) != MODES[mode].channels:
        notes.append(f"the ICC profile is for another kind of colour than {mode}: dropped")
        return b""
    return icc


def _unusual_colours(metadata: Metadata) -> bool:
    """Whether the chunks say of the colours what neither a profile nor their absence does."""
    names = {name for name, _ in metadata.colour_chunks}
    if metadata.icc or b"sRGB" in names:
        return b"cICP" in names
    return any(USUAL_COLOURS.get(name) != data for name, data in metadata.colour_chunks)


def _quality(picture: Picture, target: Target, stored: str, notes: list[str]) -> dict[str, Any]:
    """How much a format with losses may lose."""
    name = target.format.name
    if name not in WITH_QUALITY:
        return {}
    if name == "WEBP" and picture.metadata.lossless and target.quality == QUALITY:
        return {"lossless": True, "exact": True}
    options: dict[str, Any] = {"quality": target.quality}
    tables = picture.metadata.tables if name == "JPEG" else None
    channels = MODES[stored].channels
    if target.keep_tables and tables:
        # Four inks may have been stored as luma, colours and black: only luma's table is for inks.
        first = [tables[number] for number in sorted(tables)][: 3 if channels == 3 else 1]
        options = {"qtables": [[min(step, BASELINE_STEP) for step in table] for table in first]}
    elif target.keep_tables:
        whose = "the source" if name == "JPEG" else name
        notes.append(f"--quality keep: {whose} has no JPEG tables: quality {target.quality}")
    if name == "JPEG" and channels == 3:  # of four inks Pillow thins out all but one
        unknown = FINE if target.quality >= FINE_QUALITY else HALVED
        sampling = picture.metadata.sampling
        options["subsampling"] = sampling if sampling >= 0 else unknown
    if name == "AVIF":
        options["max_threads"] = target.threads
    return options


def _compression(picture: Picture, target: Target, notes: list[str]) -> dict[str, Any]:
    """Pillow's options for PNG, TIFF and TGA."""
    name, level = target.format.name, target.compress
    of_source = picture.metadata.compression
    if name == "PNG":
        level = PNG_LEVEL if level is None else level
        return {"compress_level": level} | ({"compress_type": PNG_RUNS} if level == 1 else {})
    if name == "TIFF":
        if level is None:
            return {"compression": TIFF_COMPRESSIONS.get(of_source, "raw")}
        if level > 1:
            notes.append("TIFF is compressed or not: Deflate has one level here")
        return {"compression": "tiff_adobe_deflate" if level else "raw"}
    return {"compression": of_source if of_source == "tga_rle" else None} if name == "TGA" else {}


def _described(kept: Metadata, target: Target) -> dict[str, Any]:
    """Pillow's options for metadata: also for what isn't there, where an image's own would be taken."""
    name = target.format.writer
    given = {"exif": kept.exif, "xmp": kept.xmp, "icc_profile": kept.icc, "dpi": kept.dpi}
    options: dict[str, Any] = {key: value for key, value in given.items() if value}
    match name:
        case "JPEG":
            options["comment"] = kept.comment or None
            options |= _app13(kept)
        case "PNG":
            options |= {"icc_profile": kept.icc or None, "transparency": None} | _pnginfo(kept)
        case "TIFF":
            options["icc_profile"] = kept.icc or None
            options.pop("exif", None)  # see tiff_described
        case "WEBP":
            options["exif"] = exif_block.body_of(kept.exif)
        case "AVIF":
            options |= {"icc_profile": kept.icc, "exif": exif_block.untagged(kept.exif)}
        case "BMP":
            options["dpi"] = kept.dpi or (0, 0)
        case "TGA":
            options["id_section"] = b""
        case "GIF":
            options["comment"] = kept.comment
        case "JPEG2000" if kept.comment:
            options["comment"] = kept.comment
    return options


def _app13(kept: Metadata) -> dict[str, Any]:
    """IPTC, for which Pillow has no option of its own."""
    if not kept.iptc:
        return {}
    from convfilter.images.metadata.iptc import segment

    return {"extra": segment(kept.iptc)}


def _text_chunks(kept: Metadata) -> list[tuple[bytes, bytes]]:
    chunks = [png.text_chunk(text) for text in kept.texts]
    return [*chunks, png.xmp_chunk(kept.xmp)] if kept.xmp else chunks


def _pnginfo(kept: Metadata) -> dict[str, Any]:
    """The chunks for which Pillow has no option of its own."""
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    for name, data in (*kept.colour_chunks, *_text_chunks(kept)):
        info.add(name, data)
    return {"pnginfo": info} if info.chunks else {}
