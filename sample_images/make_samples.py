"""Render the sample pictures: `python sample_images/make_samples.py [--only NAME] [--out DIR]`.

Every picture is drawn from nothing by a module of its own in `render/`.  All randomness has a
fixed seed, so that a second run gives the same pixels.
"""

import argparse
import time
from pathlib import Path

from render import SAMPLES


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Render the sample pictures.")
    parser.add_argument(
        "--only",
        metavar="NAME",
        choices=[Path(name).stem for name in SAMPLES],
        help="render one picture: %(choices)s",
    )
    parser.add_argument(
        "--out",
        metavar="DIR",
        type=Path,
        default=Path(__file__).resolve().parent,
        help="folder to write to (default: the folder of this script)",
    )
    return parser.parse_args()


def main() -> None:
    """Render and save the pictures asked for."""
    arguments = parse_arguments()
    arguments.out.mkdir(parents=True, exist_ok=True)
    for name, (render, options) in SAMPLES.items():
        if arguments.only not in (None, Path(name).stem):
            continue
        start = time.perf_counter()
        image = render()
        target = arguments.out / name
        image.save(target, **options)
        print(
            f"{target}: {image.width} x {image.height}, {image.mode}, "
            f"{target.stat().st_size / 1000:.0f} kB, {time.perf_counter() - start:.1f} s"
        )


if __name__ == "__main__":
    main()
