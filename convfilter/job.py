"""What is to be done with one picture, and what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from convfilter.images.wanted import Wanted

if TYPE_CHECKING:
    from convfilter.comparison import Comparison
    from convfilter.core.execute import Result
    from convfilter.core.kernel import Kernel
    from convfilter.core.spec import Spec
    from convfilter.core.stages import Steps
    from convfilter.images.frames.reading import Timing
    from convfilter.images.picture import Picture
    from convfilter.parts import Region


DEFAULT_NAME = "{stem}_{kernel}{ext}"


class Job(NamedTuple):
    """What to do with one picture.

    source      a path, or '-' for standard input
    steps       kernels that are applied in turn, each with its options
    output      a path, a folder that ends with '/', '-' for standard output, or '' for the default
                name beside the source
    format      name or suffix of the output's format, '' for what the names say
    quality     of JPEG, WebP and AVIF
    keep_tables  the source's JPEG tables instead, if it has some
    compress    of PNG and TIFF, 0 … 9; None for the usual
    wanted      how the picture is read
    linear      whether light is filtered, not its sRGB codes
    region      the part that is filtered; None: all
    mask        a picture's path whose grey says how much; '' for none
    fsync       waits until the disk has the output
    name        the output's name where `output` is a folder or '', with {stem}, {kernel}, {ext} (the
                suffix, which follows the result) and {suffix} (the source's, without its dot)
    suffix_fixed  whether it may not follow the result: another picture of a batch might go there
    may_replace  an output's path that may be replaced though `overwrite` is not said
    compare     a picture's path: before, after and their difference; '' for none
    keep        whether the outcome has the picture, to be shown
    padding_chosen  whether the padding was asked for; only the hints want to know
    """

    source: str
    steps: Steps
    output: str = ""
    format: str = ""
    overwrite: bool = False
    gray: bool = False
    alpha: str = "auto"
    quality: int = 92
    keep_tables: bool = False
    compress: int | None = None
    strip: bool = False
    wanted: Wanted = Wanted()
    linear: bool = False
    region: Region | None = None
    mask: str = ""
    fsync: bool = False
    name: str = DEFAULT_NAME
    suffix_fixed: bool = False
    may_replace: str = ""
    compare: str = ""
    keep: bool = False
    padding_chosen: bool = False

    @property
    def max_pixels(self) -> int:
        """Of the source, and of the result."""
        return self.wanted.max_pixels

    @property
    def bits(self) -> int:
        """Bits a sample that were asked for; 0: as they are."""
        return self.wanted.bits

    @property
    def kernel(self) -> Kernel:
        """The last step's."""
        return self.steps[-1][0]

    @property
    def spec(self) -> Spec:
        """The last step's."""
        return self.steps[-1][1]


class Seconds(NamedTuple):
    """How long the parts of a job took."""

    read: float
    filter: float
    write: float


class Outcome(NamedTuple):
    """What became of a job: all that a report tells.

    Of several frames everything is the first one's, but the statistics are of all.
    """

    job: Job
    source_mode: str
    source_shape: tuple[int, ...]
    output: str
    output_mode: str
    output_shape: tuple[int, ...]
    result: Result
    alpha: str
    notes: tuple[str, ...]
    rim: bool
    seconds: Seconds
    frames: int = 1
    timing: Timing | None = None
    compared: Comparison | None = None
    picture: Picture | None = None

    @property
    def in_shares(self) -> bool:
        """Whether results were shares of white, from 0 to 1, before they became integer pixels."""
        from convfilter.images.modes import MODES

        floats = MODES[self.source_mode].dtype.startswith("float") or self.source_mode == "N"
        return self.job.linear or (floats and MODES[self.output_mode].dtype.startswith("uint"))
