"""Flowers, stalks and grass as surfaces, and the garden that sets them into a scene."""

from dataclasses import dataclass

import numpy as np

from .common import Array, mix, normalize, resize, rgb, smoothstep, value_noise
from .surfaces import Scene

GOLDEN_ANGLE = 2.39996


@dataclass
class Palette:
    """The colours of a petal from its base to its tip, and of its veins."""

    base: str
    middle: str
    tip: str
    vein: str


def petal(
    rng: np.random.Generator,
    length: float,
    width: float,
    lift: tuple[float, float],
    palette: Palette,
    detail: float,
) -> tuple[Array, Array]:
    """Model one petal growing along +x from the origin, its face towards +z.

    `lift` holds the angles at which it leaves the base and ends at the tip.
    """
    rows, columns = int(length * detail), int(width * detail)
    u, v = np.meshgrid(np.linspace(0, 1, rows), np.linspace(-1, 1, columns), indexing="ij")
    phase = rng.uniform(0, 2 * np.pi, 6)
    notch = 0.030 * np.cos(3 * np.pi * v + rng.normal(0, 0.3)) * (1 - v**4)
    s = u * (1 - 0.05 * v**2 - 0.24 * np.abs(v) ** 6 + notch + 0.012 * np.sin(9 * v + phase[0]))
    half = 0.5 * width * (0.20 + 0.80 * np.sin(np.pi / 2 * np.clip(s / 0.72, 0, 1)) ** 1.25)
    half = half * (1 - 0.20 * np.clip((s - 0.72) / 0.28, 0, 1) ** 2)

    path = np.linspace(0, 1, 200)
    angle = mix(lift[0], lift[1], path**1.2) + 0.10 * np.sin(5 * path + phase[1])
    out = np.cumsum(np.cos(angle)) * length / 200
    up = np.cumsum(np.sin(angle)) * length / 200
    bend = np.interp(s, path, angle)

    wander = 0.05 * np.sin(4 * s + phase[2])
    flute = np.cos(np.pi * (3.0 * v + wander)) * 0.022 * length * smoothstep(0.05, 0.5, s)
    cup = 0.17 * width * v**2 * smoothstep(0.0, 0.4, s) * (1 - 0.6 * s)
    ruffle = np.abs(v) ** 2.5 * np.sin(6.5 * s + phase[3] * np.sign(v)) * 0.075 * width * s
    fan = v * (1 - 0.10 * s * v**2) + 0.5 * wander
    lines = np.abs((5.5 * fan + 0.12 * np.sin(7 * s + phase[4])) % 1.0 - 0.5)
    vein = np.exp(-((lines / 0.060) ** 2)) * (1 - 0.70 * s)
    twigs = np.abs((11.0 * fan + 0.9 * np.sin(4.0 * s + 3 * v + phase[5])) % 1.0 - 0.5)
    fine = np.exp(-((twigs / 0.11) ** 2)) * smoothstep(0.25, 0.55, s) * (1.1 - s)
    height = flute + cup + ruffle - 0.0065 * length * vein - 0.0030 * length * fine

    twist = -0.20 + rng.normal(0, 0.08) * s
    across, rise = half * v * np.cos(twist), height + half * v * np.sin(twist)
    points = np.stack(
        [
            np.interp(s, path, out) - np.sin(bend) * rise,
            across + 0.04 * length * rng.normal(0, 0.5) * s**2,
            np.interp(s, path, up) + np.cos(bend) * rise,
        ],
        axis=-1,
    )
    streak = resize(rng.uniform(-1, 1, (6, max(columns // 5, 8))), rows, columns)
    blotch = value_noise(rng, rows, columns, max(rows / 6, 4.0))
    tone = np.clip(s + 0.045 * streak + 0.07 * blotch, 0, 1)[..., None]
    colour = mix(rgb(palette.base), rgb(palette.middle), smoothstep(0.0, 0.42, tone))
    colour = mix(colour, rgb(palette.tip), smoothstep(0.40, 1.02, tone))
    stain = 0.60 * vein + 0.35 * fine
    colour = mix(colour, rgb(palette.vein), np.clip(stain, 0, 1)[..., None])
    return points, colour * (1 + 0.05 * streak[..., None])


def ball(radius: float, stretch: float, detail: float, rough: float = 0.0) -> Array:
    """Model an egg whose long axis is z; `rough` adds small bumps."""
    count = max(int(radius * detail * 2.5), 8)
    polar, turn = np.meshgrid(
        np.linspace(0, np.pi, count), np.linspace(0, 2 * np.pi, 2 * count), indexing="ij"
    )
    size = radius * (1 + rough * np.sin(9 * polar) * np.sin(7 * turn))
    return np.stack(
        [
            size * np.sin(polar) * np.cos(turn),
            size * np.sin(polar) * np.sin(turn),
            -size * stretch * np.cos(polar),
        ],
        axis=-1,
    )


def bezier(knots: Array, t: Array) -> Array:
    """Return the points of a cubic curve with four control points."""
    s = 1 - t
    weights = np.stack([s**3, 3 * s**2 * t, 3 * s * t**2, t**3], axis=-1)
    return weights @ knots


def tube(knots: Array, thick: tuple[float, float], detail: float) -> Array:
    """Model a round stalk along a curve, with the radius at its start and end."""
    extent = np.linalg.norm(np.diff(knots, axis=0), axis=1).sum()
    t = np.linspace(0, 1, max(int(extent * detail), 8))
    centre = bezier(knots, t)
    along = normalize(np.gradient(centre, axis=0))
    side = normalize(np.cross(along, [0.13, 0.21, 0.97]))
    third = np.cross(along, side)
    turn = np.linspace(0, 2 * np.pi, max(int(7 * max(thick) * detail), 10))[None, :, None]
    radius = mix(thick[0], thick[1], t)[:, None, None]
    ring = np.cos(turn) * side[:, None] + np.sin(turn) * third[:, None]
    return centre[:, None] + radius * ring


def blade(
    rng: np.random.Generator, knots: Array, width: float, detail: float
) -> tuple[Array, Array]:
    """Model a folded blade of grass along a curve."""
    extent = np.linalg.norm(np.diff(knots, axis=0), axis=1).sum()
    rows, columns = int(extent * detail), int(width * detail * 1.5)
    t, v = np.meshgrid(np.linspace(0, 1, rows), np.linspace(-1, 1, columns), indexing="ij")
    centre = bezier(knots, t[:, 0])
    along = normalize(np.gradient(centre, axis=0))
    side = normalize(np.cross(along, [0.0, 0.0, 1.0]))
    turn = rng.uniform(-0.5, 0.5) + rng.uniform(-0.8, 0.8) * t[:, :1]
    up = np.cross(side, along)
    flat = np.cos(turn) * side + np.sin(turn) * up
    fold = np.cross(flat, along)
    half = 0.5 * width * (1 - t**2.2) ** 0.8 * (0.75 + 0.25 * smoothstep(0, 0.3, t))
    rib = 0.5 + 0.5 * np.cos(2 * np.pi * 5 * v)
    groove = np.abs(v) * half * 0.45 + 0.05 * width * rib * (1 - np.abs(v))
    points = centre[:, None] + flat[:, None] * (half * v)[..., None]
    points = points + fold[:, None] * groove[..., None]
    streak = resize(rng.uniform(-1, 1, (5, columns // 3 + 4)), rows, columns)
    colour = mix(rgb("#3f8a22"), rgb("#a6d84e"), np.clip(t + 0.25 * streak, 0, 1)[..., None])
    colour = mix(colour, rgb("#c9e07a"), (0.8 * np.exp(-((v / 0.07) ** 2)))[..., None])
    return points, colour * (1 - 0.25 * rib[..., None])


def frame(axis: Array, roll: float = 0.0) -> Array:
    """Return rows x, y, z of a frame whose z axis is `axis`."""
    z = normalize(axis)
    x = normalize(np.cross([0.0, 1.0, 0.0], z))
    y = np.cross(z, x)
    return np.stack([np.cos(roll) * x + np.sin(roll) * y, -np.sin(roll) * x + np.cos(roll) * y, z])


@dataclass
class Garden:
    """Plants flowers and grass into a scene; `detail` is the number of points per pixel."""

    scene: Scene
    rng: np.random.Generator
    detail: float

    def bloom(
        self, place: Array, axis: Array, size: float, palette: Palette, roll: float = 0.0
    ) -> list[Array]:
        """Add a flower head that looks along `axis`; return the grids of its petals."""
        turned = frame(axis, roll)
        grids = self._ring(
            place - 0.05 * size * turned[2],
            turned,
            (size, 0.62 * size),
            (0.10, -0.12),
            0.2,
            palette,
        )
        grids += self._ring(
            place, turned, (0.90 * size, 0.58 * size), (0.42, 0.02), 0.2 + np.pi / 8, palette
        )
        heart = place + 0.03 * size * turned[2]
        self._florets(heart, turned, 0.205 * size)
        self._stamens(heart, turned, 0.205 * size)
        return grids

    def stalk(self, knots: Array, thick: tuple[float, float], colour: str) -> None:
        """Add a stalk along a curve."""
        self.scene.add(tube(knots, thick, self.detail), rgb(colour), sheer=0.15)

    def grass(self, knots: Array, width: float, brightness: float = 1.0) -> Array:
        """Add a blade of grass along a curve and return its grid of points."""
        points, colour = blade(self.rng, knots, width, self.detail)
        self.scene.add(points, colour * brightness, sheer=0.5, gloss=0.10)
        return points

    def _ring(
        self,
        place: Array,
        turned: Array,
        size: tuple[float, float],
        lift: tuple[float, float],
        start: float,
        palette: Palette,
    ) -> list[Array]:
        """Add eight petals around `place`; `size` is their length and width."""
        rng, count = self.rng, 8
        grids = []
        for index in range(count):
            angle = start + 2 * np.pi * (index + rng.normal(0, 0.07)) / count
            tilt = rng.normal(0, 0.07)
            points, colour = petal(
                rng,
                size[0] * rng.uniform(0.94, 1.05),
                size[1] * rng.uniform(0.93, 1.07),
                (lift[0] + tilt, lift[1] + 1.5 * tilt + rng.normal(0, 0.08)),
                palette,
                self.detail,
            )
            points = points + np.array([0.085, 0, 0.034 * (index % 2)]) * size[0]
            c, s = np.cos(angle), np.sin(angle)
            spun = points @ np.array([[c, s, 0], [-s, c, 0], [0, 0, 1.0]])
            grids.append(spun @ turned + place)
            self.scene.add(grids[-1], colour, sheer=0.70, gloss=0.06)
        return grids

    def _florets(self, place: Array, turned: Array, size: float) -> None:
        """Add the dome of florets, set in spirals."""
        rng, count = self.rng, 190
        for index in range(count):
            share = (index + 0.5) / count
            radius, angle = size * np.sqrt(share), index * GOLDEN_ANGLE
            dome = 0.46 * size * (1 - share**1.3) - 0.10 * size * np.exp(-((share / 0.10) ** 2))
            spot = np.array([radius * np.cos(angle), radius * np.sin(angle), dome])
            lean = frame(np.array([spot[0], spot[1], 1.5 * size]))
            ripe = smoothstep(0.25, 0.65, np.array(share + rng.normal(0, 0.06)))
            grain = ball(size * mix(0.050, 0.074, ripe), mix(2.4, 1.7, ripe), self.detail, 0.10)
            top = smoothstep(0.0, 1.0, np.linspace(0, 1, grain.shape[0]))[:, None, None]
            dark = mix(rgb("#7d5a10"), rgb("#a8480c"), ripe)
            light = mix(rgb("#d9c22c"), rgb("#ffc21f"), ripe) * rng.uniform(0.85, 1.1)
            points = (grain @ lean + spot) @ turned + place
            self.scene.add(points, mix(dark, light, top), sheer=0.15, gloss=0.10)

    def _stamens(self, place: Array, turned: Array, size: float) -> None:
        """Add the stamens which stand around the dome."""
        rng = self.rng
        for index in range(46):
            share = rng.uniform(0.42, 1.02)
            radius, angle = size * np.sqrt(share), index * GOLDEN_ANGLE + rng.normal(0, 0.2)
            outward = np.array([np.cos(angle), np.sin(angle), 0.0])
            foot = radius * outward + [0, 0, 0.30 * size]
            reach = size * rng.uniform(0.16, 0.34) * outward
            rise = np.array([0, 0, size * rng.uniform(0.20, 0.42)])
            tip = foot + 1.1 * rise + reach
            knots = np.stack([foot, foot + 0.9 * rise, foot + rise + 0.4 * reach, tip])
            stalk = tube(knots, (0.020 * size, 0.014 * size), self.detail * 1.4)
            self.scene.add(stalk @ turned + place, rgb("#6b1a24"), sheer=0.2)
            pollen = ball(0.052 * size, 1.9, self.detail, 0.22) @ frame(outward + [0, 0, 0.6])
            gold = rgb("#ffcf3a") * rng.uniform(0.8, 1.1)
            self.scene.add((pollen + tip) @ turned + place, gold, sheer=0.1, gloss=0.12)
