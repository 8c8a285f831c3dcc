"""A pink cosmos in morning light, sharp before a soft background."""

import numpy as np
from PIL import Image

from .common import (
    Array,
    blur,
    downsample,
    fractal_noise,
    grid,
    lens_blur,
    mix,
    normalize,
    rgb,
    smoothstep,
    to_bytes,
    to_srgb,
    value_noise,
)
from .plants import Garden, Palette
from .surfaces import Light, Scene

HEIGHT, WIDTH = 459, 612
SCALE = 3
LIGHT = Light(
    direction=normalize(np.array([-0.62, 0.62, 0.48])),
    sun=np.array([3.3, 2.85, 2.25]),
    sky=np.array([0.60, 0.60, 0.66]),
    ground=np.array([0.26, 0.24, 0.17]),
)
PINK = Palette(base="#7d0648", middle="#d42a86", tip="#f78fc2", vein="#9c0f5c")
WHITE = Palette(base="#e6c9dd", middle="#f7e6f0", tip="#fff6fa", vein="#d8a8c6")


def main_scene(rng: np.random.Generator) -> tuple[Scene, list[tuple[Array, float]]]:
    """Build what is in focus; return the scene, and places and sizes for dew drops."""
    scene = Scene(HEIGHT, WIDTH, SCALE, LIGHT)
    garden = Garden(scene, rng, SCALE * 1.5)
    head = np.array([62.0, 34.0, 20.0])
    axis = np.array([-0.34, 0.30, 0.89])
    petals = garden.bloom(head, axis, 172.0, PINK, roll=0.15)
    stem = np.stack([head - 14 * axis, head - 110 * axis, [120, -190, -70], [112, -330, -60]])
    garden.stalk(stem, (4.6, 5.4), "#5d9436")
    blades = [
        ([-250, -300, 10], [-238, -150, 20], [-215, -30, 20], [-160, 60, 25], 15),
        ([-190, -300, 30], [-190, -190, 30], [-225, -110, 40], [-292, -60, 50], 13),
        ([-120, -300, 5], [-125, -200, 10], [-110, -120, 0], [-70, -75, -20], 10),
        ([205, -300, 30], [212, -180, 30], [235, -60, 40], [288, 20, 40], 14),
        ([250, -300, 40], [240, -200, 40], [215, -120, 50], [160, -92, 60], 11),
    ]
    drops = []
    for *knots, width in blades:
        points = garden.grass(np.array(knots, float), width)
        for share in rng.uniform(0.45, 0.95, 3):
            row = int(share * (points.shape[0] - 1))
            drops.append((points[row, points.shape[1] // 2], rng.uniform(1.6, 3.0)))
    for points in petals:
        for _ in range(4):
            row = int(rng.uniform(0.45, 0.93) * (points.shape[0] - 1))
            column = int(rng.uniform(0.15, 0.85) * (points.shape[1] - 1))
            drops.append((points[row, column], 1.6 + 4.2 * rng.uniform() ** 2))
    return scene, drops


def paint_drop(image: Array, source: Array, row: float, column: float, r: float) -> None:
    """Paint a drop of radius `r` which shows `source` upside down, as lenses do."""
    sun = LIGHT.direction[:2] * [1, -1] / np.linalg.norm(LIGHT.direction[:2])
    reach = int(2.2 * r)
    top, left = int(row) - reach, int(column) - reach
    window = (slice(top, top + 2 * reach), slice(left, left + 2 * reach))
    y, x = np.mgrid[-reach:reach, -reach:reach] / r
    far = np.hypot(x, y)
    towards = x * sun[0] + y * sun[1]
    shadow = np.exp(-((((x + 0.45 * sun[0]) ** 2 + (y + 0.45 * sun[1]) ** 2) / 0.95) ** 2))
    under = image[window] * (1 - 0.55 * shadow)[..., None]
    bend = r * (1.0 - 1.7 * np.clip(far, 0, 1) ** 2)
    source_row = np.clip(row + y * bend, 0, image.shape[0] - 1).astype(int)
    source_column = np.clip(column + x * bend, 0, image.shape[1] - 1).astype(int)
    bright = 0.62 - 0.42 * towards + 0.55 * np.clip(-towards, 0, 1) ** 2
    lens = source[source_row, source_column] * bright[..., None]
    lens = lens + 0.10 * smoothstep(0.2, 1.0, -towards)[..., None]
    lens = lens * (1 - 0.45 * smoothstep(0.75, 1.0, far))[..., None]
    spark = np.exp(-(((x - 0.42 * sun[0]) ** 2 + (y - 0.42 * sun[1]) ** 2) / 0.030))
    lens = lens + 2.2 * spark[..., None]
    image[window] = mix(under, lens, np.clip((1.0 - far) * r + 0.5, 0, 1)[..., None])


def add_dew(image: Array, scene: Scene, drops: list[tuple[Array, float]]) -> None:
    """Paint those drops that lie inside the picture and are not hidden."""
    source = image.copy()
    for place, radius in drops:
        row, column = scene.project(place)
        r = radius * SCALE
        margin = 2.2 * r + 1
        inside_rows = margin < row < image.shape[0] - margin
        if not inside_rows or not margin < column < image.shape[1] - margin:
            continue
        if scene.depth[int(row), int(column)] <= place[2] + 1.5:
            paint_drop(image, source, row, column, r)


def background(rng: np.random.Generator) -> Array:
    """Paint a sunlit meadow far out of focus, with discs of light."""
    y, x = grid(HEIGHT, WIDTH)
    slope = np.clip(0.62 * y / HEIGHT + 0.38 * x / WIDTH, 0, 1)[..., None]
    image = mix(rgb("#c3cf6a"), rgb("#5d8a3a"), smoothstep(0.0, 0.45, slope))
    image = mix(image, rgb("#12301f"), smoothstep(0.35, 0.95, slope))
    patches = fractal_noise(rng, HEIGHT, WIDTH, 150.0, 3)[..., None]
    image = image * np.exp(0.75 * patches)
    lean = value_noise(rng, HEIGHT, WIDTH * 2, 50.0)[:, ::2][..., None]
    image = image * np.exp(0.25 * lean)
    image = blur(image, 14.0)
    tints = [rgb(c) for c in ("#f3eca0", "#cfe07a", "#fff6d8", "#9cc45a", "#f2c9a0")]
    for _ in range(85):
        cy, cx = rng.uniform(-0.05, 0.95) * HEIGHT, rng.uniform(-0.05, 1.05) * WIDTH
        sunny = np.exp(-2.3 * (0.62 * cy / HEIGHT + 0.38 * cx / WIDTH))
        radius = rng.uniform(7, 27)
        far = np.hypot(y - cy, x - cx)
        disc = smoothstep(radius + 1.6, radius - 1.6, far)
        rim = 0.80 + 0.35 * smoothstep(0.6 * radius, radius, far)
        strength = 0.62 * sunny * rng.uniform(0.12, 1.0) ** 1.7
        image = image + (disc * rim * strength)[..., None] * tints[rng.integers(len(tints))]
    return blur(image, 1.3)


def soft_layer(image: Array, scene: Scene, radius: float) -> Array:
    """Lay a scene over the image, out of focus."""
    colour, cover = (downsample(a, scene.scale) for a in scene.shade())
    soft = lens_blur(np.concatenate([colour, cover[..., None]], axis=-1), radius)
    return image * (1 - soft[..., 3:]) + soft[..., :3]


def distant(rng: np.random.Generator, image: Array) -> Array:
    """Add flowers and grass far behind the focus."""
    far = Garden(Scene(HEIGHT, WIDTH, 1, LIGHT), rng, 2.2)
    for place, axis, size in (
        ((-215.0, 118.0, -200.0), (0.3, 0.25, 0.9), 66.0),
        ((255.0, 165.0, -260.0), (-0.5, 0.4, 0.8), 54.0),
    ):
        spot = np.array(place)
        far.bloom(spot, np.array(axis), size, PINK)
        stem = np.stack([spot, spot - [0, 60, 30], spot - [-10, 200, 30], spot - [5, 420, 30]])
        far.stalk(stem, (3.0, 3.0), "#4f8030")
    image = soft_layer(image, far.scene, 11.0)
    near = Garden(Scene(HEIGHT, WIDTH, 1, LIGHT), rng, 2.2)
    spot = np.array([-178.0, -92.0, -90.0])
    near.bloom(spot, np.array([0.25, 0.45, 0.8]), 70.0, WHITE, roll=0.4)
    stem = np.stack([spot, spot - [0, 40, 40], spot - [-15, 130, 40], spot - [-20, 300, 40]])
    near.stalk(stem, (2.6, 2.8), "#5d8f38")
    for _ in range(16):
        foot = np.array([rng.uniform(-320, 320), -270.0, -170.0])
        tip = foot + [rng.normal(0, 60), rng.uniform(80, 240), 0]
        knots = np.stack([foot, mix(foot, tip, [0.05, 0.4, 0]), mix(foot, tip, [0.3, 0.8, 0]), tip])
        near.grass(knots, rng.uniform(7, 13), brightness=0.7)
    return soft_layer(image, near.scene, 5.0)


def render() -> Image.Image:
    """Render the flower."""
    rng = np.random.default_rng(3)
    image = distant(rng, background(rng))
    scene, drops = main_scene(rng)
    colour, cover = scene.shade()
    sharp = np.repeat(np.repeat(image, SCALE, 0), SCALE, 1)
    sharp = mix(sharp, colour, cover[..., None])
    add_dew(sharp, scene, drops)
    image = downsample(sharp, SCALE)
    y, x = grid(HEIGHT, WIDTH)
    image = image + 0.10 * blur(np.clip(image - 0.6, 0, None), 9.0)
    off_centre = ((x / WIDTH - 0.5) ** 2 + (y / HEIGHT - 0.5) ** 2)[..., None]
    image = image * (1 - 0.55 * off_centre)
    image = mix((image @ [0.2126, 0.7152, 0.0722])[..., None], image, 1.02)
    tone = to_srgb(1.0 - np.exp(-1.35 * np.clip(image, 0, None)))
    tone = mix(tone, smoothstep(0.0, 1.0, tone), 0.26)
    grain = rng.normal(0, 0.009, (HEIGHT, WIDTH, 1)) + rng.normal(0, 0.004, (HEIGHT, WIDTH, 3))
    return Image.fromarray(to_bytes(tone + grain))
