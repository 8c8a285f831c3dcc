"""A city on the water by night, taken by hand at a very high sensitivity."""

import numpy as np
from PIL import Image

from .common import (
    Array,
    blur,
    downsample,
    fractal_noise,
    grid,
    mix,
    rgb,
    smoothstep,
    to_bytes,
    to_srgb,
    value_noise,
)

HEIGHT, WIDTH = 426, 640
SCALE = 2
SHORE = 286
WINDOW_TINTS = ("#ffc56b", "#ffb04d", "#ffd99a", "#ffe9c8", "#bfe0ff", "#ff9a55")


def sky(rng: np.random.Generator) -> Array:
    """Paint the sky with its city glow, stars, clouds and the moon."""
    rows, columns = SHORE * SCALE, WIDTH * SCALE
    y, x = (a / SCALE for a in grid(rows, columns))
    t = (y / SHORE)[..., None]
    image = mix(rgb("#050a20"), rgb("#15244f"), smoothstep(0.0, 0.6, t))
    image = mix(image, rgb("#6a4078"), smoothstep(0.40, 0.88, t))
    image = mix(image, rgb("#f08a4c"), 0.85 * smoothstep(0.62, 1.08, t))
    for _ in range(130):
        sy, sx = rng.uniform(0, 0.62 * SHORE), rng.uniform(0, WIDTH)
        row, column = int(sy * SCALE), int(sx * SCALE)
        image[row : row + 2, column : column + 2] += 0.9 * rng.uniform() ** 4
    away = np.hypot(y - 72, x - 138)
    moon = smoothstep(25.5, 24.5, away)
    maria = 0.5 + 0.5 * fractal_noise(rng, rows, columns, 26.0, 4)
    face = 0.95 - 0.75 * smoothstep(0.42, 0.75, maria) * smoothstep(25, 14, away)
    face = face * (0.80 + 0.20 * np.sqrt(np.clip(1 - (away / 25) ** 2, 0, 1)))
    image = mix(image, 1.25 * face[..., None] * rgb("#fff3d6"), moon[..., None])
    glow = 0.16 * np.exp(-away / 26) + 0.05 * np.exp(-away / 90)
    image = image + glow[..., None] * rgb("#cfd8ff")
    cloud = fractal_noise(rng, rows * 4, columns, 190.0, 5)[::4]
    cloud = smoothstep(0.02, 0.55, cloud) * smoothstep(8, 70, y)
    lit = (0.05 + 0.55 * np.exp(-away / 60))[..., None] * rgb("#b9c3ea")
    lit = lit + 0.22 * smoothstep(0.4, 1.0, t) * rgb("#e08a58")
    return mix(image, lit, (0.55 * cloud)[..., None])


def tower(
    image: Array,
    rng: np.random.Generator,
    left: float,
    width: float,
    height: float,
    wall: Array,
    lights: float,
) -> None:
    """Draw a building with lit windows; all measures in output pixels."""

    def box(x: float, y: float, w: float, h: float, colour: Array) -> None:
        """Fill a rectangle whose lower left corner lies at x, y above the shore."""
        top, bottom = round((SHORE - y - h) * SCALE), round((SHORE - y) * SCALE)
        x0, x1 = max(round(x * SCALE), 0), max(round((x + w) * SCALE), 0)
        image[max(top, 0) : bottom, x0:x1] = colour

    box(left, 0, width, height, wall)
    box(left + 0.82 * width, 0, 0.18 * width, height, wall * 0.6)
    crown = rng.uniform()
    if crown < 0.35:
        box(left + 0.18 * width, height, 0.64 * width, 0.08 * height, wall)
    elif crown < 0.55:
        box(left + 0.25 * width, height, 0.5 * width, 7, wall)
        box(left + 0.47 * width, height, 1.2, 0.22 * height, wall * 1.4)
        box(left + 0.47 * width - 0.4, height * 1.22, 2, 2, np.array([2.2, 0.12, 0.08]))
    pane, floor = rng.uniform(3.4, 5.0), rng.uniform(5.0, 7.0)
    tint = rgb(WINDOW_TINTS[rng.integers(len(WINDOW_TINTS))])
    for level in np.arange(4.0, height - 4.0, floor):
        busy = lights * (1.9 if rng.uniform() < 0.16 else rng.uniform(0.3, 1.1))
        for x in np.arange(left + 2.0, left + width - pane + 0.5, pane):
            if rng.uniform() > busy:
                continue
            colour = (
                tint if rng.uniform() < 0.7 else rgb(WINDOW_TINTS[rng.integers(len(WINDOW_TINTS))])
            )
            box(x, level, 0.62 * pane, 0.56 * floor, colour * rng.uniform(0.25, 1.15))


def skyline(image: Array, rng: np.random.Generator) -> None:
    """Draw three rows of buildings, the nearest last."""
    rows = (
        ("#302d54", 0.10, (16, 34), (70, 215), 0.12),
        ("#1f2347", 0.25, (20, 44), (58, 235), 0.34),
        ("#0d1024", 0.40, (30, 62), (30, 105), 0.36),
    )
    for code, gap, widths, heights, lights in rows:
        x = -20.0
        while x < WIDTH:
            width = rng.uniform(*widths)
            centre = np.exp(-(((x - 400) / 170) ** 2))
            height = mix(heights[0], heights[1], rng.uniform(0.1, 0.7) * (0.45 + 0.85 * centre))
            tower(image, rng, x, width, float(height), rgb(code), lights)
            x += width * (1 + gap * rng.uniform(-0.6, 0.6))
        y, _ = grid(*image.shape[:2])
        haze = 0.20 * smoothstep(0.45, 1.0, y / (SHORE * SCALE))[..., None]
        image[:] = mix(image, rgb("#8a5560"), haze * (1.0 - gap * 2.2))


def quay(image: Array, rng: np.random.Generator) -> None:
    """Draw the embankment with its trees and street lamps."""
    rows, columns = image.shape[:2]
    y, x = (a / SCALE for a in grid(rows, columns))
    crowns = 13 + 7 * value_noise(rng, 1, columns, 34.0) + 3 * value_noise(rng, 1, columns, 9.0)
    ragged = 2.0 * fractal_noise(rng, rows, columns, 8.0, 3)
    trees = smoothstep(-0.8, 0.8, crowns + ragged - (SHORE - 7 - y))
    image[:] = mix(image, rgb("#070c10"), (0.94 * trees)[..., None])
    wall = smoothstep(SHORE - 8.5, SHORE - 7.5, y)[..., None]
    stone = 0.05 * (1 + 0.25 * value_noise(rng, rows, columns, 5.0))[..., None]
    image[:] = mix(image, stone * rgb("#c8a080"), wall)
    for lamp in np.arange(18.0, WIDTH, 43.0) + rng.uniform(-3, 3, 15):
        post = (np.abs(x - lamp) < 0.6) & (y > SHORE - 30) & (y < SHORE - 7)
        image[post] = rgb("#0a0a10")
        away = np.hypot(y - (SHORE - 31), x - lamp)
        pool = np.exp(-(((x - lamp) / 15) ** 2) - ((y - (SHORE - 7)) / 5) ** 2)
        light = 6.5 * smoothstep(2.6, 1.6, away) + 0.34 * np.exp(-away / 5.5) + 0.25 * pool
        light = light + 0.055 * np.exp(-away / 20.0)
        image += light[..., None] * rgb("#ffb45a")


def water(rng: np.random.Generator, above: Array) -> Array:
    """Mirror the picture in moving water."""
    rows, columns = (HEIGHT - SHORE) * SCALE, WIDTH * SCALE
    y, x = grid(rows, columns)
    depth = y / rows
    waves = np.zeros((rows, columns))
    for cell in (26.0, 13.0, 7.0):
        flat = value_noise(rng, rows * 5, columns, cell * SCALE)[::5]
        waves += flat * cell / 26.0
    source = rows * (0.02 + depth * 1.55) + waves * SCALE * (2.0 + 24.0 * depth)
    row = np.clip(above.shape[0] - 1 - np.abs(source), 0, above.shape[0] - 1).astype(int)
    sway = value_noise(rng, rows * 3, columns, 12.0 * SCALE)[::3] * SCALE * (0.6 + 4.0 * depth)
    column = np.clip(x + sway, 0, columns - 1).astype(int)
    streaks = blur(above, 16.0 * SCALE, 1.3 * SCALE) + 0.35 * blur(above, 42.0 * SCALE, 2.2 * SCALE)
    soft = np.clip(0.55 * blur(above, 4.0 * SCALE, 0.7 * SCALE) + 0.85 * streaks, 0, None)
    image = mix(above[row, column], soft[row, column], 0.80)
    glitter = smoothstep(0.25, 0.9, waves + 0.35 * value_noise(rng, rows * 4, columns, 9.0)[::4])
    path = np.exp(-(((x / SCALE - 138) / (16 + 30 * depth)) ** 2)) * smoothstep(0.05, 0.5, depth)
    image = image + 0.8 * (glitter * path)[..., None] * rgb("#e8e4ff")
    crest = np.exp(0.55 * waves)[..., None]
    fade = mix(0.95, 0.55, depth)[..., None]
    return image * rgb("#b4c4e6") * crest * fade + 0.010 * rgb("#5a7ab8")


def high_iso(rng: np.random.Generator, light: Array) -> Array:
    """Add photon noise, coloured sensor noise and faint banding; return sRGB values."""
    photons = 260.0
    noisy = rng.poisson(np.clip(light, 0, 4) * photons) / photons
    noisy = noisy + rng.normal(0, 0.0065, light.shape)
    noisy = noisy + blur(rng.normal(0, 0.016, light.shape), 0.9)
    noisy = noisy + rng.normal(0, 0.0012, (HEIGHT, 1, 1))
    tone = to_srgb(1.0 - np.exp(-1.5 * np.clip(noisy + 0.001, 0, None)))
    return np.clip(tone + rng.normal(0, 0.018, light.shape), 0, 1)


def render() -> Image.Image:
    """Render the night scene."""
    rng = np.random.default_rng(6400)
    above = sky(rng)
    skyline(above, rng)
    quay(above, rng)
    image = downsample(np.concatenate([above, water(rng, above)]), SCALE)
    glow = np.clip(image - 0.5, 0, None)
    image = blur(image, 0.55) + 0.10 * blur(glow, 4.0) + 0.10 * blur(glow, 16.0)
    return Image.fromarray(to_bytes(high_iso(rng, image)))
