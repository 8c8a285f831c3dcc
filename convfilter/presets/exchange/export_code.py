"""Kernels as Python: complete scripts for OpenCV, SciPy, PyTorch and numpy alone.

All add in float64 and divide once, so whole numbers over one divisor give convfilter's very pixels. The odd
pixel of even sizes is told: OpenCV's anchor and SciPy's origin would have it before, as `same-lower`.
"""

from __future__ import annotations

from typing import Any

from convfilter.core.kernel import Amount
from convfilter.errors import OptionError
from convfilter.presets.exchange.exported import Export, flat_only, number_text, same_as

PIXELS = "pixels = np.atleast_3d(np.asarray(image))  # height, width, channels"
HALFWAY = (
    "# this kernel's values are no fractions: sums that lie almost halfway may round the other way"
)


def opencv(export: Export) -> str:
    """`cv2.filter2D`, kernel as written, BORDER_REPLICATE."""
    flat_only(export, "OpenCV's filter2D")
    if export.policy == "float":
        raise OptionError("cv2.imwrite has no pixels for the range 'float': use --to numpy")
    height, width = export.size
    return _script(
        export,
        "opencv-python numpy",
        ["import cv2", "import numpy as np"],
        [
            "pixels = cv2.imread(IN, cv2.IMREAD_ANYCOLOR | cv2.IMREAD_ANYDEPTH)  # without transparency",
            "if pixels is None:",
            '    raise SystemExit(f"{IN} can\'t be read")',
            *_weights(export),
            "sums = cv2.filter2D(",
            "    pixels,",
            "    cv2.CV_64F,",
            "    weights,",
            f"    anchor=({(width - 1) // 2}, {(height - 1) // 2}),",
            "    borderType=cv2.BORDER_REPLICATE,",
            ")",
        ],
        "cv2.imwrite(OUT, pixels)",
    )


def scipy(export: Export) -> str:
    """`scipy.ndimage.correlate`, mode nearest."""
    flat_only(export, "scipy.ndimage.correlate")
    height, width = export.size
    origin = height % 2 - 1, width % 2 - 1, 0
    imports = ["import numpy as np", "from PIL import Image, ImageOps", "from scipy import ndimage"]
    return _script(
        export,
        "numpy pillow scipy",
        imports,
        [
            *_read(export),
            *_weights(export),
            "sums = ndimage.correlate(",
            "    pixels.astype(np.float64),",
            "    weights[:, :, np.newaxis],",
            '    mode="nearest",',
            *([] if height % 2 and width % 2 else [f"    origin={origin},"]),
            ")",
        ],
    )


def torch(export: Export) -> str:
    """`torch.nn.functional.conv2d`, which correlates too, after `pad` with mode replicate."""
    top, bottom, left, right = _around(export)
    one, place, back = "[None]", "weights[None]", "[0]"  # one picture of all channels
    if export.kernel.depth is None:
        one, place, back = "[:, None]", "weights[None, None]", "[:, 0]"  # each channel a picture
    elif export.kernel.maps is not None:
        place = "weights"
    imports = [
        "import numpy as np",
        "import torch",
        "from PIL import Image, ImageOps",
        "from torch.nn.functional import conv2d, pad",
    ]
    return _script(
        export,
        "numpy pillow torch",
        imports,
        [
            *_read(export),
            *_weights(export, "torch.tensor", "torch.float64"),
            "channels = torch.from_numpy(pixels.astype(np.float64)).permute(2, 0, 1)",
            f'padded = pad(channels{one}, ({left}, {right}, {top}, {bottom}), mode="replicate")',
            f"sums = conv2d(padded, {place}){back}.permute(1, 2, 0).numpy()",
        ],
    )


def numpy(export: Export) -> str:
    """Windows of a padded array, summed by einsum: numpy, and Pillow for the files."""
    top, bottom, left, right = _around(export)
    height, width = export.size
    sums = '"yxcij,ij->yxc", windows, weights'
    if export.kernel.depth is not None:
        place = "weights[np.newaxis]" if export.kernel.maps is None else "weights"
        sums = f'"yxcij,ocij->yxo", windows, {place}'
    return _script(
        export,
        "numpy pillow",
        [
            "import numpy as np",
            "from numpy.lib.stride_tricks import sliding_window_view",
            "from PIL import Image, ImageOps",
        ],
        [
            *_read(export),
            *_weights(export),
            "wide = pixels.astype(np.float64)",
            f'padded = np.pad(wide, (({top}, {bottom}), ({left}, {right}), (0, 0)), mode="edge")',
            "# height, width, channels, and the rows and columns of a window",
            f"windows = sliding_window_view(padded, ({height}, {width}), axis=(0, 1))",
            f"sums = np.einsum({sums})",
        ],
    )


def _script(
    export: Export,
    packages: str,
    imports: list[str],
    work: list[str],
    save: str = "Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels).save(OUT)",
) -> str:
    out, last = "out.png", [save]
    if export.policy == "float":
        out = "out.npy"
        last = [
            "result = result.astype(np.float32)",
            "np.save(OUT, result[:, :, 0] if result.shape[2] == 1 else result)",
        ]
    elif export.kernel.maps not in (None, 1, 3):
        out, last = "out.npy", ["np.save(OUT, pixels)"]
    head = [same_as(export, out=out), f"# needs: pip install {packages}"]
    head += [] if export.kernel.exact else [HALFWAY]
    files = f'IN, OUT = "in.png", "{out}"'
    return "\n".join([*head, *imports, "", files, "", *work, *_finish(export), *last, ""])


def _read(export: Export) -> list[str]:
    """Lines that read the picture by Pillow, turned as its EXIF says."""
    modes = {None: ('"L", "RGB", "I;16"', "RGB"), 1: ('"L", "I;16"', "L"), 3: ('"RGB"', "RGB")}
    depth = export.kernel.depth
    if depth not in modes:
        raise OptionError(
            f"this kernel sums over {depth} channels, Pillow's pictures have 1 or 3: use --to yaml"
        )
    allowed, other = modes[depth]
    many = "not in (" + allowed + ")" if "," in allowed else "!= " + allowed
    return [
        "image = ImageOps.exif_transpose(Image.open(IN))",
        f"if image.mode {many}:",
        f'    image = image.convert("{other}")  # without transparency',
        PIXELS,
    ]


def _weights(export: Export, make: str = "np.array", dtype: str = "np.float64") -> list[str]:
    width = max(len(text) for text in _texts(export.numbers))
    numbers = _list(export.numbers, 1, width)
    return ["", f"weights = {make}(", *numbers, f"    dtype={dtype},", ")", ""]


def _texts(numbers: Any) -> list[str]:
    if isinstance(numbers, list):
        return [text for each in numbers for text in _texts(each)]
    return [number_text(numbers)]


def _list(numbers: Any, level: int, width: int) -> list[str]:
    indent = "    " * level
    if not isinstance(numbers[0], list):
        return [f"{indent}[{', '.join(f'{text:>{width}}' for text in _texts(numbers))}],"]
    inner = [line for each in numbers for line in _list(each, level + 1, width)]
    return [f"{indent}[", *inner, f"{indent}],"]


def _finish(export: Export) -> list[str]:
    """Lines from sums to pixels: divisor, bias, range policy, rounding half to even, cutting."""
    lines = ["limit = np.iinfo(pixels.dtype).max"]
    result = f"sums / {export.divisor}" if export.divisor != 1 else "sums"
    if export.biased:
        bias = [_amount(amount) for amount in export.kernel.bias]
        result = f"{result} + {bias[0] if len(bias) == 1 else _array(bias)}"
    words = export.policy.split(",")
    if words == ["abs"]:
        result = f"np.abs({result})"
    elif words == ["offset"]:
        result += " + (limit // 2 + 1)"
    lines.append(f"result = {result}")
    if words == ["rescale"]:
        lines.append("least, span = result.min(), result.max() - result.min()")
        lines.append("result = (result - least) * (limit / span if span else 0)")
    if len(words) > 1:
        signed = _array([str(word == "abs") for word in words])
        moved = _array([str(int(word == "offset")) for word in words])
        lines.append(f"result = np.where({signed}, np.abs(result), result)")
        lines.append(f"result = result + {moved} * (limit // 2 + 1)")
    if words != ["float"]:
        lines.append("pixels = np.rint(result).clip(0, limit).astype(pixels.dtype)")
    return lines


def _amount(amount: Amount) -> str:
    if amount.percent:
        return f"limit * {number_text(float(amount.value / 100))}"
    return number_text(float(amount.value))


def _array(texts: list[str]) -> str:
    return f"np.array([{', '.join(texts)}])"


def _around(export: Export) -> tuple[int, int, int, int]:
    """Pixels at the top, bottom, left and right for a result of the picture's size."""
    height, width = export.size
    return (height - 1) // 2, height // 2, (width - 1) // 2, width // 2
