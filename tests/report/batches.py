"""Batches that never ran, and one that did: what a page is written of."""

from datetime import UTC, datetime

from pictures import noise
from PIL import Image

from convfilter import load_kernel
from convfilter.batch.record import DONE, FAILED, SKIPPED, Record
from convfilter.core.spec import Spec
from convfilter.report.page.told import Told

STARTED = datetime(2026, 8, 1, 9, 5, tzinfo=UTC)


def told_of(records, kernels=("sharpen",), **changes):
    """What a batch with these records tells."""
    counts = {
        name: sum(record.status == status for record in records)
        for name, status in (("done", DONE), ("skipped", SKIPPED), ("failed", FAILED))
    }
    told = Told(
        command="convfilter batch photos/ -o out/ -k sharpen",
        started=STARTED,
        elapsed_s=75,
        settings=(("stride", "1"), ("border", "edge  a a | a b c d | d d")),
        steps=tuple((load_kernel(kernel), Spec()) for kernel in kernels),
        total=len(records),
        megapixels=sum(record.pixels for record in records) / 1e6,
        **counts,
    )
    return told._replace(**changes)


def done(number=0, **changes):
    """A picture that was filtered; the larger its number, the larger and slower it is, but not by name."""
    record = Record(
        source=f"photos/{'abc'[number % 3]}/{number}.jpg",
        output=f"out/{'abc'[number % 3]}/{number}.jpg",
        status=DONE,
        source_mode="RGB",
        source_shape=(100 + number, 200, 3),
        output_mode="RGB",
        output_shape=(50 + number, 100, 3),
        seconds=(0.001 * number, 0.002, 0.01),
    )
    return record._replace(**changes)


def failed(number=0, **changes):
    """A picture that could not be read."""
    source = f"photos/bad-{number}.jpg"
    record = Record(
        source=source,
        output=f"out/bad-{number}.jpg",
        status=FAILED,
        error=f"{source}: damaged or cut off: broken data stream",
        error_type="PictureError",
    )
    return record._replace(**changes)


def with_files(folder, count, size=(60, 90)):
    """So many pictures that are there, before and after: those before are red, those after noise."""
    records = []
    for number in range(count):
        source, output = folder / f"in-{number}.png", folder / f"out-{number}.png"
        Image.new("RGB", size[::-1], (200, 0, 0)).save(source)
        Image.fromarray(noise((*size, 3), seed=number)).save(output)
        shape = (*size, 3)
        records.append(
            done(number, source=str(source), output=str(output), source_shape=shape,
                 output_shape=shape)
        )  # fmt: skip
    return records
