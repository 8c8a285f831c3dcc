"""The front of a town house in the afternoon sun.

The house is drawn twice at once: as colours, and as a relief which tells how far each point
stands out from the wall.  The relief then casts the shadows.
"""

import numpy as np
from PIL import Image, ImageDraw

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

HEIGHT, WIDTH = 640, 480
SCALE = 3
LEFT, RIGHT, MIDDLE = 72, 408, 240
EAVES, APEX, PLINTH, STREET = 188, 52, 452, 596
SUN = rgb("#ffe9c4") * 2.2
SKYLIGHT = rgb("#b4ccf6") * 0.46
STONE = rgb("#d0c2a6")
PAINT = rgb("#23544e")
Points = list[tuple[float, float]]


class Relief:
    """Colours and heights of a front; all positions in output pixels, y down."""

    def __init__(self, rng: np.random.Generator) -> None:
        """Start with empty colours at height zero."""
        self.rng = rng
        self.rows, self.columns = HEIGHT * SCALE, WIDTH * SCALE
        self.y, self.x = (a / SCALE for a in grid(self.rows, self.columns))
        self.colour = np.zeros((self.rows, self.columns, 3))
        self.height = np.zeros((self.rows, self.columns))
        self.grain = fractal_noise(rng, self.rows, self.columns, 40.0 * SCALE, 6)

    def polygon(self, points: Points, colour: Array, height: float | Array | None = None) -> None:
        """Fill a polygon; colour and height may be given for every pixel of the picture."""
        mask = Image.new("1", (self.columns, self.rows))
        ImageDraw.Draw(mask).polygon([(x * SCALE, y * SCALE) for x, y in points], fill=1)
        self.put(np.asarray(mask), colour, height)

    def box(
        self,
        x: float,
        y: float,
        w: float,
        h: float,
        colour: Array,
        height: float | Array | None = None,
    ) -> None:
        """Fill a rectangle."""
        top, left = max(round(y * SCALE), 0), max(round(x * SCALE), 0)
        bottom, right = max(round((y + h) * SCALE), 0), max(round((x + w) * SCALE), 0)
        area = (slice(top, bottom), slice(left, right))
        self.put(area, colour, height)

    def put(self, area: Array | tuple, colour: Array, height: float | Array | None) -> None:
        """Write colour, weathered a little, and height to an area."""
        tint = colour[area] if colour.ndim == 3 else colour
        self.colour[area] = tint * (1 + 0.17 * self.grain[area])[..., None]
        if height is not None:
            self.height[area] = height[area] if isinstance(height, np.ndarray) else height

    def disc(self, x: float, y: float, radius: float, colour: Array, height: float) -> None:
        """Fill a circle."""
        self.put(np.hypot(self.x - x, self.y - y) < radius, colour, height)

    def lit(self) -> Array:
        """Light the relief by a sun in the upper left and by the sky."""
        reach, slope = 34.0, 0.85
        excess = np.full(self.height.shape, -1e3)
        for t in np.arange(0.5, reach, 0.5):
            down, right = round(t * SCALE), round(0.62 * t * SCALE)
            caster = self.height[:-down, :-right] - t * slope
            np.maximum(excess[down:, right:], caster, out=excess[down:, right:])
        sun = 1 - smoothstep(-0.1, 0.6, excess - self.height)
        dy, dx = np.gradient(self.height, 1 / SCALE)
        facing = np.clip(1.0 + 0.32 * np.clip(0.55 * dx + dy, -1.6, 1.6), 0.15, 1.6)
        dents = sum(np.clip(blur(self.height, r * SCALE) - self.height, 0, 12) for r in (2.0, 7.0))
        sky = np.exp(-0.10 * dents)[..., None] * SKYLIGHT
        return self.colour * (0.62 * (sun * facing)[..., None] * SUN + sky)


def bricks(relief: Relief, base: Array) -> tuple[Array, Array]:
    """Return the colours and the heights of a brick wall for the whole picture."""
    tall, long = 5.0, 14.0
    course = np.floor(relief.y / tall).astype(int)
    along = relief.x / long + 0.5 * (course % 2)
    number = np.floor(along).astype(int) + 2
    tone = relief.rng.normal(0, 1, (course.max() + 1, number.max() + 1))[course, number]
    hue = relief.rng.normal(0, 1, (course.max() + 1, number.max() + 1))[course, number]
    edge_y = np.minimum(relief.y % tall, tall - relief.y % tall)
    edge_x = np.minimum(along % 1, 1 - along % 1) * long
    solid = smoothstep(0.15, 0.50, np.minimum(edge_y, edge_x))
    colour = base * np.exp(0.20 * tone)[..., None] * (1 + 0.08 * hue[..., None] * [1, -0.4, -1])
    colour = mix(rgb("#a8947c"), colour, solid[..., None])
    return colour, 0.55 * solid + 0.10 * tone * solid


def glass(relief: Relief) -> Array:
    """Return panes which mirror the bright sky and the dark houses across the street."""
    cloud = fractal_noise(relief.rng, relief.rows, relief.columns, 70.0 * SCALE, 4)
    wobble = 6 * value_noise(relief.rng, relief.rows, relief.columns, 16.0 * SCALE)
    slant = (relief.y + 0.55 * relief.x + wobble) % 118
    sheen = smoothstep(60, 72, slant) * smoothstep(104, 92, slant)
    dark = mix(rgb("#1b2a3a"), rgb("#3b556b"), smoothstep(-0.5, 0.7, cloud)[..., None])
    return mix(dark, rgb("#a9c6dd"), (0.62 * sheen)[..., None])


def window(relief: Relief, x: float, y: float, w: float, h: float, panes: Array) -> None:
    """Add a sash window with its stone frame, sill and lintel."""
    relief.box(x - 7, y - 7, w + 14, h + 9, STONE, 2.4)
    relief.box(x, y, w, h, rgb("#f4f1e8"), -4.0)
    relief.box(x + 3, y + 3, w - 6, h - 6, panes, -6.5)
    curtain = np.abs(np.sin(relief.x * 0.9 + 0.02 * relief.y))
    drape = mix(rgb("#8e8a84"), rgb("#d9d2c4"), curtain[..., None]) * 0.62
    for edge in (x + 3, x + 0.78 * w - 1):
        relief.box(edge, y + 3, 0.22 * w - 2, h - 6, mix(drape, panes, 0.45))
    for k in (1, 2):
        relief.box(x + k * w / 3 - 0.8, y + 2, 1.6, h - 4, rgb("#f4f1e8"), -4.6)
    for k in range(1, 4):
        thick = 3.0 if k == 2 else 1.6
        relief.box(x + 2, y + k * h / 4 - thick / 2, w - 4, thick, rgb("#f4f1e8"), -4.4)
    relief.box(x - 10, y + h + 1, w + 20, 5, STONE * 1.05, 7.0)
    centre = x + w / 2
    relief.polygon(
        [(x - 9, y - 6), (x - 12, y - 17), (x + w + 12, y - 17), (x + w + 9, y - 6)], STONE, 2.8
    )
    relief.polygon(
        [(centre - 5, y - 5), (centre - 8, y - 20), (centre + 8, y - 20), (centre + 5, y - 5)],
        STONE * 1.06,
        5.0,
    )


def shutters(relief: Relief, x: float, y: float, w: float, h: float) -> None:
    """Add louvred shutters on both sides of a window."""
    slats = 2.6 + 1.5 * ((relief.y % 4.0) / 4.0)
    for left in (x - 9 - 18, x + w + 9):
        relief.box(left, y - 4, 18, h + 6, PAINT, 4.4)
        relief.box(left + 2.5, y - 1, 13, h / 2 - 2, PAINT * 0.9, slats)
        relief.box(left + 2.5, y + h / 2 + 2, 13, h / 2 - 3, PAINT * 0.9, slats)


def gable(relief: Relief, wall: tuple[Array, Array], panes: Array) -> None:
    """Add the triangular gable with its sloping coping and a round window."""
    relief.polygon([(LEFT, EAVES), (MIDDLE, APEX), (RIGHT, EAVES)], *wall)
    run, drop = MIDDLE - LEFT, EAVES - APEX
    for sign in (-1, 1):
        for outset, thick, tone, height in ((0, 17, 0.92, 5.0), (-5, 10, 1.05, 9.0)):
            foot = MIDDLE + sign * (run + 12)
            low, top = EAVES + 12 * drop / run + outset, APEX + outset
            relief.polygon(
                [(foot, low), (MIDDLE, top), (MIDDLE, top + thick), (foot, low + thick)],
                STONE * tone,
                height,
            )
    for radius, colour, height in (
        (29, STONE, 4.0),
        (24, STONE * 0.85, 2.0),
        (21, rgb("#f4f1e8"), -4.0),
        (19, panes, -6.5),
    ):
        relief.disc(MIDDLE, 134, radius, colour, height)
    relief.box(MIDDLE - 1.2, 114, 2.4, 40, rgb("#f4f1e8"), -4.4)
    relief.box(MIDDLE - 20, 132.8, 40, 2.4, rgb("#f4f1e8"), -4.4)


def cornice(relief: Relief, x: float, y: float, w: float, colour: Array) -> None:
    """Add a moulding in three steps with a row of small blocks below."""
    for number in range(int(w // 9) + 1):
        relief.box(x + 9 * number, y + 9, 5, 6, colour * 0.97, 5.0)
    for offset, thick, out in ((6, 4, 4.0), (2, 5, 8.0), (-1, 3, 11.0)):
        relief.box(x - out / 2, y + offset, w + out, thick, colour, out)


def neighbours(relief: Relief, panes: Array) -> None:
    """Add parts of the houses to the left and to the right."""
    rows = relief.y % 7.0
    tiles = 1.6 * rows / 7.0 + 0.5 * np.abs(np.sin(relief.x * np.pi / 7.0))
    slate = rgb("#a5533a") * (1 + 0.15 * np.sin(np.floor(relief.x / 7) * 12.9)[..., None])
    for x, w, top, ridge, tint, first in (
        (0, LEFT, 262, 206, "#d9ae62", 292),
        (RIGHT, WIDTH - RIGHT, 214, 160, "#8aa6ba", 250),
    ):
        plaster = rgb(tint)
        relief.box(x, ridge, w, top - ridge, slate, tiles - 9.0)
        relief.box(x, ridge - 4, w, 5, rgb("#8a4530"), -7.0)
        relief.box(x, top, w, STREET - top, plaster, -2.0)
        cornice(relief, x - 4, top, w + 8, plaster * 1.1)
        for y in (first, first + 106):
            window(relief, x + w / 2 - 17, y, 34, 62, panes)
        groove = -2.5 + 2.0 * smoothstep(0.6, 1.4, relief.y % 16.0)
        relief.box(x, PLINTH + 36, w, STREET - PLINTH - 36, plaster * 0.86, groove)
    relief.box(20, 150, 26, 72, *bricks(relief, rgb("#9a5a44")))
    relief.box(17, 146, 32, 7, STONE, 4.0)


def balcony(relief: Relief) -> None:
    """Add the balcony with its iron bars in front of the middle window."""
    iron = rgb("#23282c")
    relief.box(MIDDLE - 54, 428, 108, 7, STONE * 1.05, 16.0)
    relief.box(MIDDLE - 50, 435, 100, 4, STONE * 0.95, 11.0)
    for x in np.arange(MIDDLE - 50, MIDDLE + 50.1, 7.1429):
        relief.box(x - 0.8, 392, 1.6, 36, iron, 15.0)
    for y, thick in ((390, 3.0), (400, 1.4), (421, 1.6)):
        relief.box(MIDDLE - 52, y, 104, thick, iron, 16.0)


def entrance(relief: Relief, panes: Array) -> None:
    """Add the door with its columns and pediment, and the lamps beside it."""
    relief.box(MIDDLE - 46, 476, 92, STREET - 476 - 28, STONE * 0.96, 3.0)
    top, foot = 488, STREET - 30
    relief.box(MIDDLE - 26, top, 52, foot - top, STONE * 0.6, -7.0)
    relief.box(MIDDLE - 25, top, 50, 20, panes, -8.0)
    for k in range(-3, 4):
        end = MIDDLE + 9.5 * k
        relief.polygon(
            [(MIDDLE - 1, 508), (end - 0.8, top), (end + 0.8, top), (MIDDLE + 1, 508)],
            rgb("#f4f1e8"),
            -6.5,
        )
    door = rgb("#8c2f2b")
    relief.box(MIDDLE - 25, 509, 50, foot - 509, door, -6.0)
    for x in (MIDDLE - 20, MIDDLE + 3):
        for y, h in ((514, 20), (538, 24)):
            relief.box(x, y, 17, h, door * 0.8, -7.6)
            relief.box(x + 2.5, y + 2.5, 12, h - 5, door, -6.4)
    relief.box(MIDDLE - 0.5, 509, 1.0, foot - 509, door * 0.4, -7.5)
    relief.disc(MIDDLE + 3.2, 542, 1.7, rgb("#f3cf6b"), -3.5)
    for x in (MIDDLE - 42, MIDDLE + 30):
        bulge = 9.0 - 0.16 * (relief.x - (x + 6)) ** 2
        relief.box(x, 484, 12, foot - 484, STONE * 1.04, bulge)
        relief.box(x - 2, 480, 16, 5, STONE, 11.0)
        relief.box(x - 2, foot - 7, 16, 7, STONE, 11.0)
    relief.box(MIDDLE - 52, 472, 104, 9, STONE * 1.04, 13.0)
    relief.polygon([(MIDDLE - 54, 472), (MIDDLE, 442), (MIDDLE + 54, 472)], STONE, 7.0)
    for sign in (-1, 1):
        relief.polygon(
            [(MIDDLE + 58 * sign, 473), (MIDDLE, 440), (MIDDLE, 447), (MIDDLE + 46 * sign, 473)],
            STONE * 1.08,
            13.0,
        )


def steps(relief: Relief) -> None:
    """Add the steps, the sloping side walls with hand rails, and two clipped trees."""
    pave = relief.y - STREET
    ahead = 1.0 + np.clip(pave, 0, None) / 26.0
    joint = np.minimum(np.abs(((relief.x - MIDDLE) / (30 * ahead)) % 1 - 0.5), 0.5)
    line = smoothstep(0.012, 0.03, joint) * smoothstep(0.02, 0.06, np.log2(ahead) * 3.2 % 1)
    slab = rgb("#b3a999") * (0.72 + 0.28 * line)[..., None]
    relief.box(0, STREET, WIDTH, HEIGHT - STREET, slab, 10.0 + 1.4 * np.clip(pave, 0, None))
    count = 6
    for k in range(count):
        y, half = STREET - 30 + 10 * k, 46 + 5.5 * k
        relief.box(MIDDLE - half, y, 2 * half, 4, STONE * 1.12, 12.0 + 12 * k)
        relief.box(MIDDLE - half, y + 4, 2 * half, 6, STONE * 0.70, 10.0 + 12 * k)
    iron = rgb("#23282c")
    for sign in (-1, 1):
        top, end = MIDDLE + sign * 50, MIDDLE + sign * 84
        for k in range(8):
            x, y = mix(top, end, k / 7), mix(STREET - 30, STREET + 28, k / 7)
            relief.box(float(x) - 0.9, float(y) - 36, 1.8, 40, iron, 20.0 + 10 * k)
        relief.polygon(
            [(top, 528), (top, 532), (end, 590), (end, 586)],
            iron,
            30.0,
        )
        relief.disc(end, 586, 4.0, iron, 95.0)
        x = MIDDLE + sign * 122
        away = np.hypot(relief.x - x, relief.y - 556)
        leaves = fractal_noise(relief.rng, relief.rows, relief.columns, 5.0 * SCALE, 3)
        ball = 12 + np.sqrt(np.clip(26**2 - away**2, 0, None)) + 5 * leaves
        green = mix(rgb("#2e5a24"), rgb("#6f9c40"), 0.5 + 0.5 * leaves[..., None])
        relief.polygon(
            [(x - 17, 582), (x + 17, 582), (x + 12, 612), (x - 12, 612)],
            rgb("#b5603c"),
            24.0 - 0.05 * (relief.x - x) ** 2,
        )
        relief.box(x - 19, 578, 38, 7, rgb("#c06a44"), 28.0 - 0.05 * (relief.x - x) ** 2)
        relief.put(away + 3 * leaves < 25, green, ball)


def heaven(relief: Relief) -> Array:
    """Paint the sky with a few fair-weather clouds."""
    t = np.clip(relief.y / 270.0, 0, 1)[..., None]
    image = mix(rgb("#3f86cc"), rgb("#cfe6f6") * 1.2, t)
    noise = fractal_noise(relief.rng, relief.rows * 2, relief.columns, 120.0 * SCALE, 6)[::2]
    return mix(image, rgb("#ffffff") * 1.9, (0.9 * smoothstep(0.0, 0.55, noise))[..., None])


def render() -> Image.Image:
    """Render the building."""
    rng = np.random.default_rng(480640)
    relief = Relief(rng)
    relief.height[:] = -60.0
    sky = heaven(relief)
    panes = glass(relief)
    wall = bricks(relief, rgb("#a1442e"))
    neighbours(relief, panes)
    relief.box(LEFT, EAVES, RIGHT - LEFT, STREET - EAVES, *wall)
    gable(relief, wall, panes)
    for k in range(int((PLINTH - EAVES) // 12)):
        long = 20 if k % 2 else 13
        for x in (LEFT, RIGHT - long):
            relief.box(x, EAVES + 17 + 12 * k, long, 11, STONE * (0.94 + 0.06 * (k % 3)), 2.6)
    cornice(relief, LEFT - 6, EAVES + 2, RIGHT - LEFT + 12, STONE * 1.05)
    for x in (102, 213, 324):
        window(relief, x, 232, 54, 78, panes)
        window(relief, x, 356, 54, 78, panes)
    for x in (102, 324):
        shutters(relief, x, 232, 54, 78)
        shutters(relief, x, 356, 54, 78)
    level = (relief.y - PLINTH) / 18.0
    joint = ((relief.x - MIDDLE) / 34.0 + 0.5 * (np.floor(level) % 2)) % 1.0 * 34.0
    groove = 3.0 * smoothstep(0.5, 1.3, np.minimum(level % 1.0 * 18.0, joint))
    relief.box(LEFT, PLINTH, RIGHT - LEFT, STREET - PLINTH, STONE * 0.92, groove)
    relief.box(LEFT - 3, PLINTH - 6, RIGHT - LEFT + 6, 8, STONE * 1.04, 7.0)
    relief.box(LEFT - 2, STREET - 26, RIGHT - LEFT + 4, 26, STONE * 0.74, 5.0)
    for x in (102, 324):
        window(relief, x, 486, 54, 66, panes)
    balcony(relief)
    entrance(relief, panes)
    steps(relief)
    image = relief.lit()
    open_sky = relief.height <= -50.0
    image[open_sky] = sky[open_sky]
    image = downsample(image, SCALE)
    tone = to_srgb(1.0 - np.exp(-1.30 * image))
    return Image.fromarray(to_bytes(mix(tone, smoothstep(0.0, 1.0, tone), 0.25)))
