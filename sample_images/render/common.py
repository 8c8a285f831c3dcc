"""Helpers shared by all pictures: interpolation, colour, blur, noise and supersampling.

Images are float arrays of shape (height, width) or (height, width, channels).
Light is added and blurred in linear values; `to_srgb` comes last.
"""

import numpy as np
from PIL import Image

Array = np.ndarray


def mix(a: Array | float, b: Array | float, t: Array | float) -> Array:
    """Blend from `a` (t = 0) to `b` (t = 1)."""
    return a + (np.asarray(b) - a) * t


def smoothstep(low: float, high: float, x: Array) -> Array:
    """Rise smoothly from 0 at `low` to 1 at `high`."""
    t = np.clip((x - low) / (high - low), 0.0, 1.0)
    return t * t * (3.0 - 2.0 * t)


def normalize(vectors: Array) -> Array:
    """Scale the vectors on the last axis to length one."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / np.maximum(length, 1e-9)


def rgb(code: str) -> Array:
    """Turn a colour such as `#ff8800` into linear RGB."""
    return to_linear(np.array([int(code[i : i + 2], 16) for i in (1, 3, 5)]) / 255.0)


def to_linear(srgb: Array) -> Array:
    """Decode sRGB values in 0..1."""
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def to_srgb(linear: Array) -> Array:
    """Encode linear light as sRGB values in 0..1."""
    x = np.clip(linear, 0.0, 1.0)
    return np.where(x <= 0.0031308, x * 12.92, 1.055 * x ** (1 / 2.4) - 0.055)


def to_bytes(values: Array) -> Array:
    """Round values in 0..1 to 8 bits."""
    return np.rint(np.clip(values, 0.0, 1.0) * 255.0).astype(np.uint8)


def grid(height: int, width: int) -> tuple[Array, Array]:
    """Return the y and x coordinates of all pixel centres."""
    y, x = np.mgrid[0:height, 0:width]
    return y + 0.5, x + 0.5


def downsample(image: Array, factor: int) -> Array:
    """Average blocks of `factor` x `factor` pixels: the end of supersampling."""
    height, width = image.shape[0] // factor, image.shape[1] // factor
    return image.reshape(height, factor, width, factor, *image.shape[2:]).mean(axis=(1, 3))


def resize(image: Array, height: int, width: int) -> Array:
    """Scale an image with smooth (bicubic) interpolation."""
    planes = image[..., None] if image.ndim == 2 else image
    scaled = [
        np.asarray(Image.fromarray(plane).resize((width, height), Image.Resampling.BICUBIC))
        for plane in np.moveaxis(planes, -1, 0).astype(np.float32)
    ]
    return np.stack(scaled, axis=-1).reshape(height, width, *image.shape[2:])


def _filter(image: Array, kernel: Array, margin: int) -> Array:
    """Convolve with a centred odd kernel by FFT, repeating the edge pixels outside."""
    border = [(margin, margin)] * 2 + [(0, 0)] * (image.ndim - 2)
    padded = np.pad(image, border, mode="edge")
    shape = padded.shape[:2]
    full = np.zeros(shape)
    full[: kernel.shape[0], : kernel.shape[1]] = kernel
    full = np.roll(full, (-(kernel.shape[0] // 2), -(kernel.shape[1] // 2)), axis=(0, 1))
    response = np.fft.rfft2(full)
    if image.ndim == 3:
        response = response[..., None]
    blurred = np.fft.irfft2(np.fft.rfft2(padded, axes=(0, 1)) * response, shape, axes=(0, 1))
    return blurred[margin : margin + image.shape[0], margin : margin + image.shape[1]]


def blur(image: Array, sigma: float, sigma_x: float | None = None) -> Array:
    """Gaussian blur; `sigma_x` may set another width for the horizontal direction."""
    sigmas = (sigma, sigma if sigma_x is None else sigma_x)
    profiles = []
    for s in sigmas:
        reach = int(np.ceil(3.0 * s))
        profile = np.exp(-0.5 * (np.arange(-reach, reach + 1) / max(s, 1e-6)) ** 2)
        profiles.append(profile / profile.sum())
    return _filter(image, np.outer(*profiles), max(len(p) // 2 for p in profiles))


def disc_kernel(radius: float) -> Array:
    """Return a disc with a soft edge of one pixel and a maximum of one."""
    reach = int(np.ceil(radius)) + 1
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    return np.clip(radius + 0.5 - np.hypot(y, x), 0.0, 1.0)


def lens_blur(image: Array, radius: float) -> Array:
    """Blur with a disc, as an open lens does out of focus."""
    kernel = disc_kernel(radius)
    return _filter(image, kernel / kernel.sum(), kernel.shape[0] // 2)


def dilate(mask: Array, radius: float) -> Array:
    """Grow a soft mask by `radius` pixels in all directions."""
    kernel = disc_kernel(radius)
    touched = _filter(mask, kernel, kernel.shape[0] // 2)
    return np.clip(touched / (1.33 * np.sqrt(2.0 * radius)), 0.0, 1.0)


def value_noise(rng: np.random.Generator, height: int, width: int, cell: float) -> Array:
    """Smooth noise of about -1..1 whose blobs measure `cell` pixels."""
    rows, columns = int(np.ceil(height / cell)) + 3, int(np.ceil(width / cell)) + 3
    knots = rng.uniform(-1.0, 1.0, (rows, columns))
    big = resize(knots, int(rows * cell), int(columns * cell))
    top, left = int(1.5 * cell), int(1.5 * cell)
    return big[top : top + height, left : left + width]


def fractal_noise(
    rng: np.random.Generator, height: int, width: int, cell: float, octaves: int = 4
) -> Array:
    """Sum value noise over octaves, each half as large and half as strong."""
    total = np.zeros((height, width))
    for octave in range(octaves):
        scale = 0.5**octave
        total += scale * value_noise(rng, height, width, max(cell * scale, 1.0))
    return total / (2.0 - 0.5 ** (octaves - 1))
