"""What a page tells of a batch beside its records."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from convfilter.core.stages import Steps


class Told(NamedTuple):
    """A batch as a whole.

    command     the command line as it was typed
    started     when
    elapsed_s   how long it took, waiting included
    settings    (label, value) of what was asked for, in the order in which it is told
    steps       the kernels, each with its options
    total       pictures, of which so many were done, skipped (an earlier run has done them) and failed;
                the rest was not begun, because the run was ended
    megapixels  of the sources that were filtered in this run, all frames
    """

    command: str
    started: datetime
    elapsed_s: float
    settings: tuple[tuple[str, str], ...]
    steps: Steps
    total: int
    done: int
    skipped: int
    failed: int
    megapixels: float

    @property
    def well(self) -> int:
        """Pictures whose outputs are there."""
        return self.done + self.skipped

    @property
    def left(self) -> int:
        """Pictures that were not begun."""
        return self.total - self.well - self.failed
