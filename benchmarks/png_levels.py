"""What PNG's settings cost and bring: time against size, the table behind PNG's default level.

photo   a photograph scaled to 12 Mpx, with a sensor's noise
page    a drawing: sample_images/page.png at 12 Mpx
edges   sobel-x of the photograph, as `convfilter apply` writes it

python benchmarks/png_levels.py [ROUNDS]     writes results/png.json
"""

from __future__ import annotations

import io
import statistics
import sys
import time
from pathlib import Path

import numpy as np
from measure import save
from PIL import Image

import convfilter

ROOT = Path(__file__).resolve().parents[1]
SIZE = (4000, 3000)
NOISE = 4.0  # standard deviation in levels: ISO 400 or so
STRATEGIES = {"default": 0, "filtered": 1, "huffman": 2, "rle": 3, "fixed": 4}
LEVELS_OF_STRATEGIES = (1, 3, 6)


def pictures() -> dict[str, Image.Image]:
    """The three kinds that a filter's results are."""
    from skimage import data

    cat = Image.fromarray(data.chelsea()).resize(SIZE, Image.Resampling.BICUBIC)
    grain = np.random.default_rng(0).normal(0, NOISE, (SIZE[1], SIZE[0], 3))
    photo = np.rint(np.asarray(cat) + grain).clip(0, 255).astype(np.uint8)
    kernel = convfilter.load_kernel("sobel-x")
    edges = convfilter.correlate(photo, kernel, padding="same", border="edge", range_policy="auto")
    with Image.open(ROOT / "sample_images" / "page.png") as page:
        drawing = page.convert("RGB").resize(SIZE, Image.Resampling.BICUBIC)
    return {"photo": Image.fromarray(photo), "page": drawing, "edges": Image.fromarray(edges)}


def settings() -> list[dict[str, int]]:
    """Pillow's ten levels as they are, and every strategy at three of them."""
    levels = [{"compress_level": level} for level in range(10)]
    return levels + [
        {"compress_level": level, "compress_type": number}
        for number in STRATEGIES.values()
        for level in LEVELS_OF_STRATEGIES
    ]


def measured(rounds: int) -> list[dict[str, object]]:
    """All settings in turn, round after round."""
    images = pictures()
    cases = [(name, options) for options in settings() for name in images]
    times: list[list[float]] = [[] for _ in cases]
    sizes = [0] * len(cases)
    for _ in range(rounds):
        for number, (name, options) in enumerate(cases):
            buffer = io.BytesIO()
            # The processor's time, not the clock's: it is one thread's work, and others may be at work.
            started = time.process_time()
            images[name].save(buffer, "PNG", **options)
            times[number].append(time.process_time() - started)
            sizes[number] = buffer.getbuffer().nbytes
    names = {number: name for name, number in STRATEGIES.items()}
    return [
        {
            "picture": name,
            "level": options["compress_level"],
            "strategy": names.get(options.get("compress_type", -1), "Pillow's own"),
            "processor_s": statistics.median(seconds),
            "megabytes": size / 1e6,
            "runs": len(seconds),
        }
        for (name, options), seconds, size in zip(cases, times, sizes, strict=True)
    ]


def show(rows: list[dict[str, object]]) -> None:
    """One line a setting: milliseconds and megabytes of every picture."""
    found: dict[tuple[object, object], list[str]] = {}
    for row in rows:
        cell = (
            f"{float(str(row['processor_s'])) * 1e3:7.0f} ms {float(str(row['megabytes'])):6.2f} MB"
        )
        found.setdefault((row["level"], row["strategy"]), []).append(cell)
    print(f"{'level, strategy':<20}{'photo':>20}{'page':>20}{'edges':>20}")
    for (level, strategy), cells in found.items():
        print(f"{level}, {strategy:<17}" + "".join(f"{cell:>20}" for cell in cells))


if __name__ == "__main__":
    table = measured(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
    show(table)
    save("png", table)
