"""Less memory than a picture needs, wherever it runs out: one line, and nothing is left."""

import io
import re
import sys

import pytest
from PIL import Image

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits of memory are Linux's here")

SIDE = 1500  # 9 MB decoded
FORMATS = {
    "a.png": ("PNG", "RGB", {"compress_level": 1}),
    "a.jpg": ("JPEG", "RGB", {}),
    "a.tif": ("TIFF", "RGBA", {"compression": "tiff_lzw"}),
    "a.webp": ("WEBP", "RGB", {"method": 0}),
    "a.bmp": ("BMP", "L", {}),
}


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("megabytes", [12, 20, 40])
def test_too_little_memory_is_told_in_one_line(server, tmp_path, name, megabytes):
    form, mode, options = FORMATS[name]
    buffer = io.BytesIO()
    Image.new(mode, (SIDE, SIDE)).save(buffer, form, **options)
    (tmp_path / name).write_bytes(buffer.getvalue())
    (tmp_path / "out").mkdir()
    words = ("apply", name, "-k", "identity", "-o", "out/")
    done = server.run(*words, cwd=tmp_path, more_memory_bytes=megabytes * 2**20)
    assert done.status in (0, 1)
    if done.status:
        assert re.fullmatch(r"convfilter: [^\n]*(memory|damaged)[^\n]*\n", done.err), done.err
    assert len(list((tmp_path / "out").iterdir())) == (not done.status)
