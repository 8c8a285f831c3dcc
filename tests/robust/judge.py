"""What every ending of the command has to look like."""

import re
import warnings

import numpy as np
from PIL import Image, UnidentifiedImageError

from convfilter.images.decode import read_size

# How Python shows what nobody should see: objects, bytes, exceptions by name.
INSIDE = re.compile(
    r"Traceback|<_io|<[\w.]+ object|0x[0-9a-f]{6}|\bb['\"]|[A-Z]\w+(Error|Exception)\b"
)
LONGEST_LINE = 320


def complaint(said, name):
    """The one line that was said on standard error, without what all begin with."""
    assert re.fullmatch(r"convfilter: [^\n]+\n", said), said
    line = said.removesuffix("\n").removeprefix("convfilter: ")
    assert line.isprintable(), line
    assert not INSIDE.search(line), line
    assert len(line) <= LONGEST_LINE + len(name), line
    assert name in line, line
    assert not line.rstrip().endswith(":"), line
    return line


def whole(path):
    """Whether a file can be read back; of what Pillow can't read at least the header."""
    if path.suffix == ".npy":
        return np.load(path).size > 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # metadata that was odd already
        try:
            with Image.open(path) as image:
                image.load()
                return image.width > 0
        except UnidentifiedImageError:
            return read_size(str(path), 10**9) > (0, 0)


def check_ending(done, folder, name, statuses=(0, 1)):
    """A picture and nothing else, or a complaint about `name` and nothing at all."""
    assert done.status in statuses, (done.status, done.err)
    left = sorted(folder.iterdir())
    if done.status:
        complaint(done.err, name)
        assert not done.out
        assert left == []
    else:
        assert all(line.startswith("hint: ") for line in done.err.splitlines()), done.err
        assert len(left) == 1
        assert whole(left[0])
