"""A die-cut sticker of a fox head on a transparent ground.

Fully transparent pixels hold pure green.  Nobody sees it, but a filter which mixes colours
without regard to alpha drags it over the edge of the sticker.
"""

import numpy as np
from PIL import Image, ImageDraw

from .common import (
    Array,
    blur,
    dilate,
    downsample,
    fractal_noise,
    grid,
    mix,
    rgb,
    smoothstep,
    to_bytes,
    to_srgb,
)

SIZE = 400
SCALE = 4
HIDDEN_COLOUR = (0, 255, 0)
Outline = list[tuple[float, float]]

HEAD: Outline = [
    (0.00, -0.37), (0.20, -0.42), (0.36, -0.62), (0.60, -0.88), (0.67, -0.88), (0.72, -0.60),
    (0.74, -0.28), (0.82, 0.00), (0.98, 0.24), (0.82, 0.30), (0.87, 0.44), (0.70, 0.45),
    (0.70, 0.59), (0.52, 0.58), (0.36, 0.70), (0.18, 0.80), (0.00, 0.83),
]  # fmt: skip
EAR: Outline = [
    (0.34, -0.42), (0.46, -0.60), (0.59, -0.74), (0.62, -0.72), (0.645, -0.52), (0.64, -0.26),
    (0.50, -0.32),
]  # fmt: skip
EAR_TIP: Outline = [
    (0.40, -0.66), (0.50, -0.70), (0.58, -0.66), (0.66, -0.60), (0.82, -0.56), (0.80, -1.0),
    (0.50, -1.0),
]  # fmt: skip
TUFT: Outline = [
    (0.36, -0.34), (0.43, -0.50), (0.46, -0.44), (0.54, -0.58), (0.55, -0.45), (0.61, -0.48),
    (0.63, -0.14), (0.48, -0.10),
]  # fmt: skip
CHEEK: Outline = [
    (0.00, 0.30), (0.07, 0.16), (0.20, 0.16), (0.40, 0.26), (0.62, 0.20), (0.86, 0.16),
    (1.05, 0.24), (0.90, 0.50), (0.60, 0.70), (0.30, 0.90), (0.00, 0.95),
]  # fmt: skip
BLAZE: Outline = [
    (0.00, -0.30), (0.035, -0.18), (0.06, 0.00), (0.13, 0.20), (0.14, 0.34), (0.00, 0.40),
]  # fmt: skip
NOSE: Outline = [
    (0.00, 0.43), (0.10, 0.43), (0.145, 0.48), (0.10, 0.56), (0.03, 0.61), (0.00, 0.615),
]  # fmt: skip


def spline(knots: Outline, steps: int = 24) -> Array:
    """Draw a smooth closed curve through points."""
    p = np.array(knots)
    before, after, next_but_one = (np.roll(p, shift, axis=0) for shift in (1, -1, -2))
    t = np.linspace(0, 1, steps, endpoint=False)[:, None, None]
    slope_in, slope_out = 0.42 * (after - before), 0.42 * (next_but_one - p)
    curve = (
        (2 * t**3 - 3 * t**2 + 1) * p
        + (t**3 - 2 * t**2 + t) * slope_in
        + (3 * t**2 - 2 * t**3) * after
        + (t**3 - t**2) * slope_out
    )
    return curve.transpose(1, 0, 2).reshape(-1, 2)


def place(points: Array) -> Array:
    """Turn drawing units (-1..1, y down) into supersampled pixels."""
    return (points * 0.85 + [0.99, 1.01]) * (SIZE * SCALE / 2)


def fill(curves: list[Array]) -> Array:
    """Return a mask of closed curves given in drawing units."""
    image = Image.new("L", (SIZE * SCALE, SIZE * SCALE), 0)
    draw = ImageDraw.Draw(image)
    for curve in curves:
        draw.polygon([tuple(point) for point in place(curve)], fill=255)
    return np.asarray(image) / 255.0


def whole(half: Outline) -> Array:
    """Return the mask of a shape that crosses the axis, given its right half."""
    return fill([spline(half + [(-x, y) for x, y in reversed(half) if x > 0])])


def pair(shape: Outline) -> Array:
    """Return the mask of a shape and its mirror image."""
    curve = spline(shape)
    return fill([curve, curve * [-1, 1]])


def ellipses(x: float, y: float, rx: float, ry: float) -> Array:
    """Return the mask of an ellipse and its mirror image."""
    t = np.linspace(0, 2 * np.pi, 120)
    curve = np.stack([x + rx * np.cos(t), y + ry * np.sin(t)], axis=-1)
    return fill([curve, curve * [-1, 1]])


def arc(x: float, y: float, radius: float, start: float, end: float, width: float) -> Array:
    """Return the mask of an arc with round ends and its mirror image."""
    t = np.radians(np.linspace(start, end, 60))
    dots = np.stack([x + radius * np.cos(t), y + radius * np.sin(t)], axis=-1)
    turn = np.linspace(0, 2 * np.pi, 24)
    ring = 0.5 * width * np.stack([np.cos(turn), np.sin(turn)], axis=-1)
    return fill([dot * mirror + ring for dot in dots for mirror in ([1, 1], [-1, 1])])


def rounded(mask: Array, reach: float) -> Array:
    """Return light and shade, about -1..1, as if the shape bulged, lit from the upper left."""
    height = np.sqrt(np.clip(blur(mask, reach * SCALE), 0, 1)) * mask
    dy, dx = np.gradient(blur(height, 1.5 * SCALE))
    return np.clip((dx + dy) * reach * SCALE * 1.2, -1, 1)


def draw_fox() -> tuple[Array, Array]:
    """Paint the fox; return linear RGB and its mask."""
    rng = np.random.default_rng(400)
    y, x = grid(SIZE * SCALE, SIZE * SCALE)
    down, across = y / (SIZE * SCALE), x / (SIZE * SCALE)
    fur = fractal_noise(rng, SIZE * SCALE, SIZE * SCALE, 14.0 * SCALE, 3)[..., None]
    head = whole(HEAD)
    tone = smoothstep(0.10, 0.80, 0.8 * down + 0.2 * across)[..., None]
    image = mix(rgb("#ffa238"), rgb("#e4541a"), tone) * (1 + 0.05 * fur)

    def paint(mask: Array, colour: Array | str, strength: float = 1.0) -> None:
        nonlocal image
        ink = rgb(colour) if isinstance(colour, str) else colour
        image = mix(image, ink, (strength * mask)[..., None])

    paint(blur(ellipses(0.30, -0.18, 0.22, 0.16), 14 * SCALE), "#ffc465", 0.75)
    paint(pair(EAR_TIP) * head, "#4a2020", 0.92)
    paint(pair(EAR), "#7c2d22")
    paint(blur(pair(EAR), 5 * SCALE) * pair(EAR), "#4e1b1c", 0.6)
    tuft = pair(TUFT)
    paint(blur(tuft, 2.5 * SCALE) * pair(EAR), "#3c1416", 0.5)
    cream = mix(rgb("#fff1dc"), rgb("#ff9f3f"), smoothstep(0.27, 0.385, down)[..., None])
    paint(tuft * (1 - smoothstep(0.385, 0.44, down)), cream)
    blaze = whole(BLAZE)
    paint(blur(blaze, 6 * SCALE), "#ffd9a0", 0.6)
    paint(blaze, "#fff3e0")
    cheek = whole(CHEEK) * head
    paint(np.roll(blur(cheek, 4 * SCALE), -2 * SCALE, 0) * head * (1 - blaze), "#b23a10", 0.42)
    cream = mix(rgb("#fffaf0"), rgb("#f0cfae"), smoothstep(0.55, 0.86, down)[..., None])
    paint(cheek, cream * (1 + 0.03 * fur))
    paint(blur(ellipses(0.56, 0.33, 0.13, 0.075), 5 * SCALE), "#ff8f86", 0.75)

    bulge = rounded(head, 26)[..., None]
    image = image * (1 + 0.42 * np.clip(bulge, 0, 1) - 0.50 * np.clip(-bulge, 0, 1))

    eye = ellipses(0.33, 0.07, 0.105, 0.125)
    paint(np.roll(blur(eye, 3 * SCALE), 2 * SCALE, 0), "#8a2c0c", 0.5)
    paint(eye, mix(rgb("#2a1210"), rgb("#5c2a18"), smoothstep(0.48, 0.60, down)[..., None]))
    paint(blur(ellipses(0.33, 0.135, 0.06, 0.035), 2 * SCALE), "#c26a34", 0.9)
    for sign in (-1, 1):
        middle = 0.33 * sign
        t = np.linspace(0, 2 * np.pi, 60)
        ring = np.stack([np.cos(t), np.sin(t)], axis=-1)
        paint(fill([ring * 0.036 + [middle - 0.035, 0.025]]), "#ffffff")
        paint(fill([ring * 0.017 + [middle + 0.040, 0.100]]), "#ffffff", 0.85)
    paint(arc(0.33, 0.10, 0.165, 215, 325, 0.030), "#3a1512")
    nose = whole(NOSE)
    paint(np.roll(blur(nose, 3 * SCALE), 3 * SCALE, 0), "#b07a55", 0.55)
    paint(nose, "#2b1414")
    paint(blur(ellipses(0.0, 0.462, 0.055, 0.018), 1.3 * SCALE), "#e8c8c0", 0.9)
    paint(arc(0.075, 0.615, 0.075, 25, 175, 0.022), "#3a1a16")
    return image, head


def render() -> Image.Image:
    """Render the sticker with its white outline and its shadow."""
    fox, head = draw_fox()
    paper = dilate(head, 11 * SCALE)
    paper = smoothstep(0.42, 0.58, blur(paper, 4.5 * SCALE))
    white = np.ones(3) * (0.94 + 0.06 * rounded(paper, 8)[..., None])
    face = mix(white, fox, head[..., None])
    dropped = np.roll(paper, (7 * SCALE, 4 * SCALE), axis=(0, 1))
    shadow = 0.50 * blur(dropped, 6.0 * SCALE)
    alpha = paper + (1 - paper) * shadow
    ink = rgb("#1c1430") * ((1 - paper) * shadow)[..., None]
    total = downsample(face * paper[..., None] + ink, SCALE)
    alpha = downsample(alpha, SCALE)
    colour = to_srgb(total / np.maximum(alpha, 1e-6)[..., None])
    pixels = to_bytes(np.concatenate([colour, alpha[..., None]], axis=-1))
    pixels[pixels[..., 3] == 0, :3] = HIDDEN_COLOUR
    return Image.fromarray(pixels)
