"""Pictures with all that can travel with pixels, and what files say of it: read by Pillow or byte by byte."""

import io
import struct
import zlib
from pathlib import Path

from exif_made import made
from filtering import saved
from pictures import noise
from PIL import Image, ImageCms, PngImagePlugin

from convfilter.images.encode import png_chunks
from convfilter.images.metadata.reading import read_metadata
from convfilter.images.picture import Metadata, Picture

COLOUR, GREY = noise((40, 60, 3)), noise((40, 60))
RGB_PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
GREY_PROFILE = RGB_PROFILE[:16] + b"GRAY" + RGB_PROFILE[20:]
CMYK_PROFILE = RGB_PROFILE[:16] + b"CMYK" + RGB_PROFILE[20:]
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><d tiff:Orientation="%d"/></x:xmpmeta>'
# Record 2: its version, the caption, two keywords, the copyright (IIM 4.2, chapter 6); odd.
IIM = b"".join(
    bytes((0x1C, 2, number)) + len(data).to_bytes(2) + data
    for number, data in (
        (0, b"\0\4"),
        (120, "Ein schöner Tag".encode()),
        (25, b"sky"),
        (25, b"sea!"),
        (116, b"(c) somebody"),
    )
)
EXIF_HOLDERS = [".jpg", ".png", ".tif", ".webp", ".avif"]
TEXTS = (
    ("Title", "Ein schönes Bild", "", ""),
    ("Description", "写真", "ja", "説明"),
    ("Description", "a photograph", "en", "Description"),
    ("Long", "word " * 5000, "", ""),
    ("Längeres", "漢字" * 5000, "", ""),
    ("Empty", "", "", ""),
)
COLOURS = (
    (b"cICP", bytes((9, 16, 0, 1))),
    (b"sRGB", b"\1"),
    (b"gAMA", struct.pack(">I", 100_000)),
    (b"cHRM", struct.pack(">8I", *range(30_000, 30_008))),
)
EVERYTHING = Metadata(
    exif=made(orientation=1, thumbnail="", size=(60, 40)),
    icc=RGB_PROFILE,
    xmp=XMP % 1,
    dpi=(144.0, 144.0),
    texts=TEXTS[:3],
    comment=b"a comment",
    colour_chunks=COLOURS,
    iptc=IIM,
)


def info_of(path):
    with Image.open(path) as image:
        image.load()
        return image.info


def png_with(*chunks, pixels=GREY):
    """A PNG with chunks behind its header, byte by byte."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    plain = buffer.getvalue()
    added = b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )
    return plain[:33] + added + plain[33:]


def chunks_of(path):
    """Name and data of every chunk of a PNG file."""
    content, place, found = Path(path).read_bytes(), 8, []
    while place < len(content):
        length, name = struct.unpack_from(">I4s", content, place)
        found.append((name, content[place + 8 : place + 8 + length]))
        place += 12 + length
    return found


def segments_of(path):
    """Marker and data of every segment of a JPEG file before its pixels."""
    content, place, found = Path(path).read_bytes(), 2, []
    while content[place + 1] != 0xDA:
        length = int.from_bytes(content[place + 2 : place + 4])
        found.append((content[place + 1], content[place + 4 : place + 2 + length]))
        place += 2 + length
    return found


def block_of(path):
    block = info_of(path)["exif"]
    return block if block.startswith(b"Exif\0\0") else b"Exif\0\0" + block


def texts_of(path):
    with Image.open(path) as image:
        return read_metadata(image).texts


def save_with_xmp(path, pixels, xmp, **options):
    if path.suffix == ".png":
        options["pnginfo"] = PngImagePlugin.PngInfo()
        options["pnginfo"].add_itxt("XML:com.adobe.xmp", xmp.decode())
    elif path.suffix == ".tif":
        options["tiffinfo"] = {700: xmp}
    else:
        options["xmp"] = xmp
    saved(path, pixels, **options)


def app13(iim=IIM, before=b"", behind=b""):
    """A JPEG's segment of Photoshop's resources, the IIM between others."""
    block = b"8BIM\4\4\0\0" + len(iim).to_bytes(4) + iim + b"\0" * (len(iim) % 2)
    data = b"Photoshop 3.0\0" + before + block + behind
    return b"\xff\xed" + (len(data) + 2).to_bytes(2) + data


def iptc_of(path):
    """The IIM as Pillow finds it in a JPEG, or a TIFF; b"" for none."""
    with Image.open(path) as image:
        if image.format == "TIFF":
            return image.tag_v2.get(33723, b"")
        return image.info.get("photoshop", {}).get(0x0404, b"")


def everything(folder):
    """A PNG with all that PNGs can hold."""
    path = folder / "everything.png"
    path.write_bytes(
        png_with(*png_chunks(Picture(COLOUR, None, EVERYTHING), strip=False)[0], pixels=COLOUR)
    )
    return path
