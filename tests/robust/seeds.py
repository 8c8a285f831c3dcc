"""Whole pictures of every format and mode, as bytes: what is broken, mutated and killed here starts as one.

seed("tif-lzw")        the bytes
suffix_of("tif-lzw")   ".tif"
"""

import io
from functools import cache

import numpy as np
from PIL import Image, features

HEIGHT, WIDTH, FRAMES = 30, 40, 3
DPI_AND_TEXT = {"dpi": (72, 72)}

# name → (Pillow's format, mode, options). The name's first word is the suffix.
WRITTEN = {
    "jpg-rgb": ("JPEG", "RGB", {"quality": 85}),
    "jpg-progressive": ("JPEG", "RGB", {"progressive": True}),
    "jpg-restarts": ("JPEG", "RGB", {"restart_marker_blocks": 2}),
    "jpg-grey": ("JPEG", "L", {}),
    "jpg-cmyk": ("JPEG", "CMYK", {}),
    "png-rgb": ("PNG", "RGB", DPI_AND_TEXT),
    "png-rgba": ("PNG", "RGBA", {}),
    "png-grey": ("PNG", "L", {}),
    "png-grey-alpha": ("PNG", "LA", {}),
    "png-deep": ("PNG", "I;16", {}),
    "png-palette": ("PNG", "P", {"transparency": 3}),
    "png-bits": ("PNG", "1", {}),
    "tif-raw": ("TIFF", "RGB", DPI_AND_TEXT),
    "tif-lzw": ("TIFF", "RGB", {"compression": "tiff_lzw"}),
    "tif-deflate": ("TIFF", "RGBA", {"compression": "tiff_adobe_deflate"}),
    "tif-packbits": ("TIFF", "L", {"compression": "packbits"}),
    "tif-jpeg": ("TIFF", "RGB", {"compression": "jpeg"}),
    "tif-fax": ("TIFF", "1", {"compression": "group4"}),
    "tif-zstd": ("TIFF", "RGB", {"compression": "zstd"}),
    "tif-deep": ("TIFF", "I;16", {}),
    "tif-float": ("TIFF", "F", {}),
    "tif-palette": ("TIFF", "P", {}),
    "tif-cmyk": ("TIFF", "CMYK", {"compression": "tiff_lzw"}),
    "webp-lossy": ("WEBP", "RGB", {}),
    "webp-alpha": ("WEBP", "RGBA", {}),
    "webp-lossless": ("WEBP", "RGB", {"lossless": True}),
    "avif-rgb": ("AVIF", "RGB", {}),
    "avif-alpha": ("AVIF", "RGBA", {}),
    "gif-palette": ("GIF", "P", {}),
    "gif-grey": ("GIF", "L", {}),
    "bmp-rgb": ("BMP", "RGB", {}),
    "bmp-palette": ("BMP", "P", {}),
    "bmp-bits": ("BMP", "1", {}),
    "ppm-rgb": ("PPM", "RGB", {}),
    "pgm-grey": ("PPM", "L", {}),
    "pgm-deep": ("PPM", "I;16", {}),
    "pbm-bits": ("PPM", "1", {}),
    "pfm-float": ("PPM", "F", {}),
    "tga-rgb": ("TGA", "RGB", {}),
    "tga-runs": ("TGA", "RGBA", {"compression": "tga_rle"}),
    "tga-palette": ("TGA", "P", {}),
    "jp2-rgb": ("JPEG2000", "RGB", {}),
    "jp2-deep": ("JPEG2000", "I;16", {}),
    "j2k-grey": ("JPEG2000", "L", {"no_jp2": True}),
}
ANIMATED = {
    "png-animated": ("PNG", "RGBA", {}),
    "webp-animated": ("WEBP", "RGB", {}),
    "gif-animated": ("GIF", "P", {}),
    "avif-animated": ("AVIF", "RGB", {}),
    "tif-pages": ("TIFF", "RGB", {"compression": "tiff_lzw"}),
    "jpg-two": ("MPO", "RGB", {}),
}
ARRAYS = {"npy-bytes": "uint8", "npy-floats": "float32"}
OPTIONAL = {"AVIF": "avif", "WEBP": "webp", "JPEG2000": "jpg_2000"}
MISSING = tuple(form for form, name in OPTIONAL.items() if not features.check(name))

NAMES = tuple(
    name
    for name in (*WRITTEN, *ANIMATED, *ARRAYS)
    if name in ARRAYS or (WRITTEN | ANIMATED)[name][0] not in MISSING
)


def suffix_of(name):
    """The suffix of a seed's file."""
    return "." + name.partition("-")[0]


@cache
def seed(name):
    """A seed's bytes."""
    buffer = io.BytesIO()
    if name in ARRAYS:
        np.save(buffer, _pixels(3, 0).astype(ARRAYS[name]))
    elif name in ANIMATED:
        form, mode, options = ANIMATED[name]
        frames = [image(mode, number) for number in range(FRAMES)]
        frames[0].save(buffer, form, save_all=True, append_images=frames[1:], **options)
    else:
        form, mode, options = WRITTEN[name]
        image(mode).save(buffer, form, **options)
    return buffer.getvalue()


def image(mode, number=0):
    """A picture of slopes and some noise, in which every compression finds something to do."""
    if mode == "I;16":
        return Image.fromarray(_pixels(1, number).astype(np.uint16) * 257)
    if mode == "F":
        return Image.fromarray(_pixels(1, number).astype(np.float32) / 255)
    if mode == "LA":
        return Image.fromarray(_pixels(2, number))
    if mode == "RGBA":
        return Image.fromarray(_pixels(4, number))
    return Image.fromarray(_pixels(3, number)).convert(mode)


def _pixels(channels, number):
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    maps = [5 * x + 20 * number, 250 - 7 * y, 3 * (x + y), 40 + 6 * x]
    noise = np.random.default_rng(number).integers(0, 60, (HEIGHT, WIDTH, channels))
    noise[:, : WIDTH // 2] = 0
    pixels = ((np.dstack(maps[:channels]) + noise) % 256).astype(np.uint8)
    return pixels[:, :, 0] if channels == 1 else pixels
