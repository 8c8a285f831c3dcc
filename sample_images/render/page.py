"""A printed page about convolution, photographed slightly out of focus."""

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from .common import Array, blur, downsample, fractal_noise, grid, mix, to_bytes

HEIGHT, WIDTH = 800, 600
SCALE = 3
MARGIN, GUTTER = 46, 26
COLUMN = (WIDTH - 2 * MARGIN - GUTTER) // 2
INK = 255

INTRODUCTION = (
    "A convolution replaces every pixel by a weighted sum of its neighbours. The table of"
    " weights is called the kernel, and the choice of weights decides what happens to the"
    " picture."
)
LEFT = [
    "Lay the kernel over the image so that its centre rests on one pixel. Multiply each weight"
    " by the pixel below it, add up the products, and write the sum into a new image. Then move"
    " on to the next pixel and do it again.",
    "If all weights are equal and add up to one, the result is the mean of the neighbours, and"
    " the picture becomes softer. If the centre is large and the weights around it are negative,"
    " differences grow, and the picture becomes sharper.",
    "Weights that add up to zero give nothing on an even surface. They answer only where the"
    " brightness changes: such a kernel finds edges.",
]
RIGHT = [
    "The step from one position to the next is the stride. With a stride of two, every second"
    " row and every second column is left out, and the result has about a quarter of the pixels.",
    "At the border the kernel reaches over the edge, where there are no pixels. Either those"
    " positions are skipped and the image shrinks, or the image is padded first: with zeros, or"
    " with copies of the pixels nearest to the edge.",
    "Strictly speaking, a convolution turns the kernel by half a circle before it is laid down."
    " Without the turn the sum is called a correlation. For a kernel that looks the same after"
    " the turn, both give the same result.",
]
SHARPEN = [[0, -1, 0], [-1, 5, -1], [0, -1, 0]]
PATCH = [[62, 64, 63, 61], [60, 70, 66, 62], [61, 63, 90, 88], [60, 62, 91, 92]]


class Sheet:
    """A supersampled sheet of paper that takes positions in output pixels."""

    def __init__(self) -> None:
        """Start with no ink."""
        self.image = Image.new("L", (WIDTH * SCALE, HEIGHT * SCALE), 0)
        self.draw = ImageDraw.Draw(self.image)

    def font(self, size: float) -> ImageFont.FreeTypeFont:
        """Return the built-in font at a size given in output pixels."""
        return ImageFont.load_default(size=size * SCALE)

    def text(
        self, x: float, y: float, text: str, size: float, anchor: str = "ls", weight: float = 0.0
    ) -> None:
        """Print a text; `weight` thickens the strokes."""
        self.draw.text(
            (x * SCALE, y * SCALE),
            text,
            fill=INK,
            font=self.font(size),
            anchor=anchor,
            stroke_width=weight * SCALE,
        )

    def rule(self, x: float, y: float, width: float, height: float, ink: int = INK) -> None:
        """Fill a rectangle."""
        box = [x * SCALE, y * SCALE, (x + width) * SCALE - 1, (y + height) * SCALE - 1]
        self.draw.rectangle(box, fill=ink)

    def paragraph(
        self, x: float, y: float, width: float, text: str, size: float, lead: float = 1.42
    ) -> float:
        """Set a ragged paragraph whose first baseline is `y`; return the next baseline."""
        lines = [""]
        for word in text.split():
            longer = f"{lines[-1]} {word}".strip()
            if self.font(size).getlength(longer) <= width * SCALE:
                lines[-1] = longer
            else:
                lines.append(word)
        for line in lines:
            self.text(x, y, line, size)
            y += lead * size
        return y

    def table(self, x: float, y: float, cell: float, rows: list[list[int]], shade: bool) -> None:
        """Print numbers in a ruled table; `shade` tints each cell by its number."""
        size = len(rows) * cell
        for i, row in enumerate(rows):
            for j, value in enumerate(row):
                left, top = x + j * cell, y + i * cell
                if shade:
                    self.rule(left, top, cell, cell, int(110 - value))
                label = str(value)
                self.text(left + cell / 2, top + cell / 2, label, 0.40 * cell, "mm")
        for k in range(len(rows) + 1):
            self.rule(x + k * cell - 0.4, y - 0.4, 0.8, size + 0.8)
            self.rule(x - 0.4, y + k * cell - 0.4, size + 0.8, 0.8)


def figure(sheet: Sheet, top: float) -> None:
    """Draw a patch of an image, the kernel, and their sum of products."""
    cell = 27.0
    left = MARGIN + 14.0
    sheet.table(left, top, cell, PATCH, shade=True)
    for offset in (0.0, 3 * cell):
        sheet.rule(left - 1.5, top - 1.5 + offset, 3 * cell + 3, 3)
        sheet.rule(left - 1.5 + offset, top - 1.5, 3, 3 * cell + 3)
    middle = top + 2 * cell
    sheet.text(left + 5.1 * cell, middle - 5, "*", 40, "mm")
    sheet.table(left + 6.2 * cell, middle - 1.5 * cell, cell, SHARPEN, shade=False)
    sheet.text(left + 10.2 * cell, middle, "=", 30, "mm")
    window = [row[:3] for row in PATCH[:3]]
    total = int(np.sum(np.multiply(window, SHARPEN)))
    sheet.table(left + 11.2 * cell, middle - 0.75 * cell, 1.5 * cell, [[total]], shade=False)
    note = left + 13.6 * cell
    for number, line in enumerate(("Nine products,", "one sum: the pixel", f"70 becomes {total}.")):
        sheet.text(note, middle - 12 + 17 * number, line, 12.0)


def typeset() -> Array:
    """Set the page and return the ink, 0..1, in output pixels."""
    sheet = Sheet()
    right = MARGIN + COLUMN + GUTTER
    sheet.text(MARGIN, 50, "NOTES ON IMAGES", 11, weight=0.2)
    sheet.text(WIDTH - MARGIN, 50, "CHAPTER 3", 11, "rs", weight=0.2)
    sheet.rule(MARGIN, 59, WIDTH - 2 * MARGIN, 2.2)
    sheet.text(MARGIN - 2, 108, "The Sum of Products", 46, weight=0.5)
    below = sheet.paragraph(MARGIN, 143, WIDTH - 2 * MARGIN, INTRODUCTION, 16.5)
    sheet.rule(MARGIN, below - 8, WIDTH - 2 * MARGIN, 0.8)
    ends = []
    for x, paragraphs in ((MARGIN, LEFT), (right, RIGHT)):
        y = below + 20
        for text in paragraphs:
            y = sheet.paragraph(x, y, COLUMN, text, 13.2) + 8
        ends.append(y)
    sheet.rule(MARGIN + COLUMN + GUTTER / 2, below + 10, 0.8, max(ends) - below - 34)
    top = max(ends) + 8
    figure(sheet, top)
    sheet.text(
        MARGIN + 14,
        top + 134,
        "Figure 1. A sharpening kernel on the upper left corner of a small grey image.",
        11.5,
    )
    sheet.rule(MARGIN, HEIGHT - 48, WIDTH - 2 * MARGIN, 0.8)
    sheet.text(WIDTH / 2, HEIGHT - 28, "27", 11.5, "ms")
    return downsample(np.asarray(sheet.image) / 255.0, SCALE)


def render() -> Image.Image:
    """Render the page with soft focus and a gentle fall of light."""
    rng = np.random.default_rng(27)
    y, x = grid(HEIGHT, WIDTH)
    paper = 0.965 - 0.055 * (x / WIDTH) * (y / HEIGHT) - 0.02 * (y / HEIGHT)
    paper = paper + 0.006 * fractal_noise(rng, HEIGHT, WIDTH, 60.0)
    image = mix(paper, 0.13, blur(typeset(), 1.05))
    return Image.fromarray(to_bytes(image))
