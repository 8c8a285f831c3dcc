"""docs/speed.svg: time against kernel size, both logarithmic, one panel a kind of kernel."""

from __future__ import annotations

import math
from collections.abc import Callable
from html import escape
from typing import NamedTuple

from cases import KINDS, SIZES
from matrix import OWN
from measure import Row

WIDTH, HEIGHT = 960, 400
LEFT, TOP, PANEL_WIDTH, PANEL_HEIGHT, GAP = 64, 84, 274, 256, 26
LINES = {OWN: "own", "OpenCV": "opencv", "fastest of the others": "others"}
# Colours that differ in lightness too; the second set is for dark pages.
STYLE = """\
text { font: 13px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; fill: #24292f }
.title { font-weight: 600; font-size: 14px } .small { fill: #57606a; font-size: 12px }
.grid { stroke: #d0d7de; stroke-width: 1 } .frame { stroke: #8c959f; fill: none }
path { fill: none; stroke-width: 2 }
.own { stroke: #0b62c4; stroke-width: 3 } .opencv { stroke: #c4460b } .others { stroke: #7a7f87 }
.others { stroke-dasharray: 6 4 }
circle.own { fill: #0b62c4 } circle.opencv { fill: #c4460b } circle.others { fill: #7a7f87 }
circle { stroke-width: 0 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 } .small { fill: #9da7b1 } .grid { stroke: #30363d }
  .frame { stroke: #6e7681 }
  .own { stroke: #58a6ff } .opencv { stroke: #ff9257 } .others { stroke: #a0a7af }
  circle.own { fill: #58a6ff } circle.opencv { fill: #ff9257 } circle.others { fill: #a0a7af }
}"""

Points = dict[int, float]


class Scale(NamedTuple):
    """Where sizes and milliseconds lie on a panel."""

    low: float
    high: float

    def x(self, size: int) -> float:
        share = math.log(size / SIZES[0]) / math.log(SIZES[-1] / SIZES[0])
        return 14 + share * (PANEL_WIDTH - 28)

    def y(self, ms: float) -> float:
        share = math.log(ms / self.low) / math.log(self.high / self.low)
        return PANEL_HEIGHT * (1 - share)


def svg(rows: list[Row]) -> str:
    """The whole picture, from the rows of the matrix."""
    panels = {kind: lines_of(rows, kind) for kind in KINDS}
    every = [ms for lines in panels.values() for points in lines.values() for ms in points.values()]
    scale = Scale(_decade(min(every), math.floor), _decade(max(every), math.ceil))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
        "<title>Milliseconds against kernel size: dense, separable and box kernels</title>",
        f"<style>\n{STYLE}\n</style>",
        *_legend(),
        _text(LEFT - 8, TOP - 14, "ms", "end small"),
    ]
    for number, (kind, lines) in enumerate(panels.items()):
        left = LEFT + number * (PANEL_WIDTH + GAP)
        parts.append(f'<g transform="translate({left} {TOP})">')
        parts += _panel(kind, lines, scale, labelled=number == 0)
        parts.append("</g>")
    return "\n".join([*parts, "</svg>"]) + "\n"


def lines_of(rows: list[Row], kind: str) -> dict[str, Points]:
    """Milliseconds by size of each line: uint8 RGB, stride and dilation 1."""
    found: dict[str, Points] = {name: {} for name in LINES}
    for row in rows:
        if (row["dtype"], row["channels"], row["kind"]) != ("uint8", 3, kind):
            continue
        if row["stride"] > 1 or row["dilation"] > 1:
            continue
        for name, figures in row["times"].items():
            if name not in row["limits"]:
                line = found[_line(name)]
                ms = figures["median_s"] * 1e3
                line[row["size"]] = min(ms, line.get(row["size"], math.inf))
    return found


def _line(name: str) -> str:
    if name == OWN:
        return OWN
    return "OpenCV" if name.startswith("OpenCV") else "fastest of the others"


def _panel(kind: str, lines: dict[str, Points], scale: Scale, *, labelled: bool) -> list[str]:
    parts = [_text(PANEL_WIDTH / 2, -14, kind, "middle title")]
    decade = scale.low
    while decade <= scale.high * 1.001:
        y = scale.y(decade)
        parts.append(f'<line class="grid" x1="0" x2="{PANEL_WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/>')
        if labelled:
            parts.append(_text(-8, y + 4, f"{decade:g}", "end small"))
        decade *= 10
    for size in SIZES:
        x = scale.x(size)
        parts.append(f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="{PANEL_HEIGHT}"/>')
        parts.append(_text(x, PANEL_HEIGHT + 18, str(size), "middle small"))
    parts.append(_text(PANEL_WIDTH / 2, PANEL_HEIGHT + 40, "kernel width, pixels", "middle small"))
    parts.append(f'<rect class="frame" width="{PANEL_WIDTH}" height="{PANEL_HEIGHT}"/>')
    for name in reversed(LINES):  # convfilter's line is drawn last, above the others
        parts += _curve(LINES[name], lines[name], scale)
    return parts


def _curve(style: str, points: Points, scale: Scale) -> list[str]:
    places = [(scale.x(size), scale.y(ms)) for size, ms in sorted(points.items())]
    if not places:
        return []
    path = " L".join(f"{x:.1f} {y:.1f}" for x, y in places)
    dots = [f'<circle class="{style}" cx="{x:.1f}" cy="{y:.1f}" r="3.5"/>' for x, y in places]
    return [f'<path class="{style}" d="M{path}"/>', *dots]


def _legend() -> list[str]:
    parts, x = [], LEFT
    for name, style in LINES.items():
        parts.append(f'<path class="{style}" d="M{x} 30 L{x + 34} 30"/>')
        parts.append(f'<circle class="{style}" cx="{x + 17}" cy="30" r="3.5"/>')
        parts.append(_text(x + 42, 34, name, "start"))
        x += 42 + 8 * len(name) + 30
    parts.append(_text(WIDTH - 12, 34, "1000×1000 RGB, uint8", "end small"))
    return parts


def _text(x: float, y: float, text: str, style: str) -> str:
    anchor, _, name = style.partition(" ")
    kind = f' class="{name}"' if name else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{kind}>{escape(text)}</text>'


def _decade(value: float, towards: Callable[[float], int]) -> float:
    return 10.0 ** towards(math.log10(value))
