"""A picture filtered as its job says: in linear light, in part, through a mask, into integer pixels.

The way of the numbers, in this order: decoded light, kernels with their range policy, mask, encoded
light or integer pixels, into its place. What a job does not ask for costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from convfilter.alpha import AlphaResult, Out, alpha_modes, opaque_of, run_with_alpha
from convfilter.core.conv import Outline, outline_steps
from convfilter.core.finish import Statistics, settle_results
from convfilter.core.kernel import shape_text
from convfilter.errors import OptionError, PictureError
from convfilter.images.blank import blank_picture
from convfilter.images.modes import mode_of
from convfilter.images.picture import Picture

if TYPE_CHECKING:
    from convfilter.core.execute import Result
    from convfilter.core.stages import Steps
    from convfilter.job import Job
    from convfilter.parts import Region

PLAIN_BITS = 8
Coloured = tuple["NDArray[Any]", "NDArray[Any] | None"]  # colours, and alpha if there is one
# How profiles that have this curve name themselves.
SRGB = (b"sRGB", "sRGB".encode("utf-16-be"))


class Prepared(NamedTuple):
    """What will be done to a picture, checked.

    steps    for the numbers that are filtered
    modes    how each step handles alpha
    made     of the whole picture
    pixel    dtype of the result
    alpha    whether the result has it
    cmyk     whether its four channels are inks
    maps     whether its channels are the maps of a bank
    region   the part that is filtered, as far as it lies in the picture; None: all
    notes    what has to be said of it
    """

    steps: Steps
    modes: tuple[str, ...]
    made: Outline
    pixel: np.dtype[Any]
    alpha: bool
    cmyk: bool
    maps: bool
    region: Region | None
    notes: tuple[str, ...]

    @property
    def mode(self) -> str:
        """The kind of pixels that come out."""
        return mode_of(self.made.shape, self.pixel.name, has_alpha=self.alpha, cmyk=self.cmyk)

    @property
    def map_mode(self) -> str:
        """The kind of one map of a bank by itself; '' where there are no maps."""
        return mode_of(self.made.shape[:2], self.pixel.name, has_alpha=False) if self.maps else ""


def prepare(picture: Picture, job: Job, *, holds_floats: bool) -> Prepared:
    """What a job makes of a picture; raises what can be known before anything is filtered.

    holds_floats  whether the output can hold them; else `rescale` makes integer pixels of them
    """
    pixels = picture.pixels
    steps, dtype = job.steps, pixels.dtype
    if job.linear:
        if picture.cmyk:
            raise OptionError("linear: CMYK are inks, not light; leave --linear out")
        from convfilter.light import linear_steps

        steps, dtype = linear_steps(steps, dtype), np.dtype(np.float32)
    made = outline_steps(pixels.shape, dtype, steps)
    _check_sizes(made, picture, job)
    modes: tuple[str, ...] = ("none",) * len(steps)
    if picture.alpha is not None:
        modes = alpha_modes(job.alpha, steps, made.policy)
    keeps = picture.alpha is not None and "drop" not in modes
    pixel = made.pixel
    if job.linear and made.policy != "float":
        pixel = pixels.dtype
    elif pixel.kind == "f" and pixels.dtype.kind == "f":
        pixel = _pixel_of_floats(pixel, made.policy, job.bits, holds_floats=holds_floats)
    maps = any(kernel.maps is not None for kernel, _ in steps)
    inks = picture.cmyk and made.shape[2:] == pixels.shape[2:] and not maps
    notes: tuple[str, ...] = ()
    if job.linear and (icc := picture.metadata.icc) and not any(word in icc for word in SRGB):
        notes += ("the sRGB curve was used; the picture's ICC profile may have another",)
    if "drop" in modes and job.alpha != "drop":
        notes += ("alpha was dropped: a sum over channels, or plain numbers, has no place for it",)
    region = None
    if job.region is not None:
        from convfilter.parts import check_region

        region, said = check_region(job.region, *pixels.shape[:2])
        notes += said
    prepared = Prepared(steps, modes, made, pixel, keeps, inks, maps, region, notes)
    if job.region or job.mask:
        _check_same_kind(picture, prepared, "region" if job.region else "mask")
    return prepared


def _check_sizes(made: Outline, picture: Picture, job: Job) -> None:
    for geometry in made.geometries:
        if (count := geometry.out[0] * geometry.out[1]) > max(job.max_pixels, picture.pixels.size):
            raise PictureError(
                f"{job.source}: the result would have {geometry.out[0]}×{geometry.out[1]} = {count} "
                "pixels: use a smaller padding; --max-pixels raises the limit"
            )


def _pixel_of_floats(
    pixel: np.dtype[Any], policy: str, bits: int, *, holds_floats: bool
) -> np.dtype[Any]:
    """Floats become integer pixels only by `rescale`, where they must, or by --bits."""
    if policy == "float":
        if bits:
            raise OptionError("bits: --range float keeps the numbers as they are; leave one out")
        return pixel
    if bits or (policy == "rescale" and not holds_floats):
        return np.dtype(f"uint{bits or PLAIN_BITS}")
    return pixel


def _check_same_kind(picture: Picture, prepared: Prepared, option: str) -> None:
    """What is left as it was and what is filtered stand side by side in one picture."""
    after, before = prepared.made.shape, picture.pixels.shape
    if after != before:
        raise OptionError(
            f"{option}: it keeps the picture's own shape {shape_text(before)}, the result has "
            f"{shape_text(after)}: "
            "use --padding same, stride 1, and a kernel that is laid on each channel"
        )
    if (prepared.pixel.kind == "f") > (picture.pixels.dtype.kind == "f"):
        raise OptionError(
            f"{option}: floating-point numbers can't stand beside pixels: leave --range float out"
        )


class Filtered(NamedTuple):
    """A result, its alpha handling in words, and notes."""

    picture: Picture
    result: Result
    alpha: str


def filter_picture(
    picture: Picture,
    job: Job,
    prepared: Prepared,
    *,
    weights: NDArray[Any] | None = None,
    ends: Statistics | None = None,
) -> Filtered:
    """Filters a picture.

    weights  of the mask (H, W), from `read_mask`
    ends     what `rescale` stretches, where this is one of several frames

    Raises ShapeError for weights of another size than the picture's.
    """
    made = prepared.made
    if weights is not None:
        from convfilter.mask import check_mask

        check_mask(weights.shape, picture.pixels.shape, job.mask)
    done = blank_picture(
        made.shape, prepared.pixel, picture.metadata, has_alpha=prepared.alpha, cmyk=prepared.cmyk
    )
    if job.linear or prepared.region or weights is not None or prepared.pixel != made.pixel:
        result = _in_steps(picture, job, prepared, done, weights, ends)
    else:
        out = Out(done.pixels, done.alpha)
        result = run_with_alpha(
            picture.pixels, picture.alpha, prepared.steps, prepared.modes, out, ends
        ).result
    return Filtered(done, result, ", ".join(dict.fromkeys(prepared.modes)))


def _in_steps(
    picture: Picture,
    job: Job,
    prepared: Prepared,
    done: Picture,
    weights: NDArray[Any] | None,
    ends: Statistics | None,
) -> Result:
    pixels, alpha = picture.pixels, picture.alpha
    if job.linear:
        from convfilter.light import to_linear

        pixels = to_linear(pixels)
        alpha = None if alpha is None else alpha / np.float32(opaque_of(alpha.dtype))
    region = prepared.region
    if region is not None:
        from convfilter.parts import run_region

        made = run_region(pixels, alpha, prepared.steps, prepared.modes, region, ends)
    else:
        made = run_with_alpha(pixels, alpha, prepared.steps, prepared.modes, ends=ends)
    result, part = made.result, region.slices if region is not None else np.s_[:, :]
    if weights is not None:
        before = pixels[part], None if alpha is None else alpha[part]
        mixed, seen = masked(before, (made.result.pixels, made.alpha), weights[part])
        made = AlphaResult(made.result._replace(pixels=mixed), seen)
    finished, facts = into_pixels(made.result.pixels, prepared.pixel, result.statistics, job)
    if region is not None:
        done.pixels[...] = _as_pixels(picture.pixels, prepared.pixel)
        if done.alpha is not None:
            done.alpha[...] = _as_pixels(picture.alpha, prepared.pixel)
    done.pixels[part] = finished
    if done.alpha is not None:
        done.alpha[part] = _as_pixels(made.alpha, prepared.pixel)
    return result._replace(pixels=done.pixels, statistics=facts)


def masked(before: Coloured, after: Coloured, weights: NDArray[Any]) -> Coloured:
    """Colours and alpha, if there is one, from before to after by a mask (H, W)."""
    from convfilter.mask import blend, blend_with_alpha

    (pixels, alpha), (filtered, seen) = before, after
    if alpha is None or seen is None:
        return blend(pixels, filtered, weights), seen
    return blend_with_alpha((pixels, alpha), (filtered, seen), weights)


def into_pixels(
    values: NDArray[Any], pixel: np.dtype[Any], facts: Statistics, job: Job
) -> tuple[NDArray[Any], Statistics]:
    """Filtered numbers as pixels of the result's dtype, and the facts with those that were cut."""
    if values.dtype == pixel:
        return values, facts
    if job.linear:
        from convfilter.light import from_linear

        encoded, below, above, bad = from_linear(values, pixel)
        return encoded, facts._replace(below=below, above=above, nonfinite=bad)
    levels, cut = settle_results(values * opaque_of(pixel), "clip", 0.0, pixel)
    return levels, facts._replace(below=cut.below, above=cut.above, nonfinite=cut.nonfinite)


def _as_pixels(values: NDArray[Any] | None, pixel: np.dtype[Any]) -> NDArray[Any]:
    """Unfiltered numbers, floats of 0…1 as levels where the result has these."""
    assert values is not None  # noqa: S101 - for the type checker
    if values.dtype == pixel or values.dtype.kind != "f":
        return values
    levels: NDArray[Any] = np.rint(np.clip(np.nan_to_num(values), 0, 1) * opaque_of(pixel))
    return levels.astype(pixel)


def read_mask(path: str) -> NDArray[Any]:
    """The weights (H, W) of a mask's file: white 1, black or transparent 0, as uint8, uint16 or floats.

    Raises PictureError for what can't be read.
    """
    from convfilter.images.decode import decode
    from convfilter.images.read import to_picture
    from convfilter.images.wanted import Wanted

    mask = to_picture(decode(path, Wanted(frame=0)), gray=True)
    weights: NDArray[Any] = mask.pixels
    if weights.dtype.kind == "f":
        weights = np.nan_to_num(weights).clip(0, 1)
    elif weights.dtype.name not in ("uint8", "uint16") and 0 <= weights.min() <= weights.max() <= 1:
        weights = weights.astype(np.uint8) * np.uint8(255)  # false and true
    elif weights.dtype.name not in ("uint8", "uint16"):
        raise PictureError(
            f"{path}: a mask has 8 or 16 bits, or floating-point numbers from 0 to 1, not {weights.dtype}"
        )
    if mask.alpha is None:
        return weights
    return weights / opaque_of(weights.dtype) * (mask.alpha / opaque_of(mask.alpha.dtype))


def dark_rim(pixels: NDArray[Any], result: Result, job: Job) -> bool:
    """Whether a zero border left a rim clearly darker than what lies beside it; of inks it is paper."""
    if (
        job.spec.border.kind != "zero"
        or pixels.shape[2:] == (4,)
        or not all(result.geometry.padding)
        or job.kernel.members
    ):
        return False
    if result.policy not in ("clip", "auto") or min(pixels.shape[:2]) < 8:
        return False
    rim, inner = pixels[0].astype(float).mean(), pixels[3].astype(float).mean()
    return bool(rim < 0.8 * inner)
