"""Tasks of a batch, and who begins and ends them, for tests of runs on this machine."""

from pathlib import Path

from pictures import noise
from PIL import Image

from convfilter.batch.plan import make_tasks
from convfilter.batch.sources import Source
from convfilter.core.spec import make_spec
from convfilter.core.steps import make_steps
from convfilter.job import Job
from convfilter.presets.load import load_steps

PLENTY = 2**34


def job(kernel="blur", **fields):
    spec = make_spec(**{name: fields.pop(name) for name in ("range_policy",) if name in fields})
    steps = make_steps(load_steps(kernel), spec)
    return Job(source="", steps=steps, name="{stem}{ext}", **fields)


def twelve_tasks(folder):
    """Twelve pictures of 40×50."""
    for number in range(12):
        Image.fromarray(noise((40, 50, 3), seed=number)).save(folder / f"{number:02}.png")
    (folder / "out").mkdir()
    sources = [Source(str(path)) for path in sorted(folder.glob("*.png"))]
    return make_tasks(sources, job(), str(folder / "out"))


def outputs(tasks):
    """The folder of the results."""
    return Path(tasks[0].output).parent


def nothing(_):
    """Nothing is known of a task before it is begun."""


def same(finished):
    """The end of a task is what it was."""
    return finished
