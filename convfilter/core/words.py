"""The words that options take. No imports: `--help` needs them before anything heavy is loaded."""

PADDING_MODES = ("valid", "same", "same-lower", "full")
NORMALIZE = ("none", "sum", "abs-sum", "size")
RANGE_POLICIES = ("auto", "clip", "abs", "offset", "rescale", "float")
# … and those that a bank's maps can have side by side
MIXED_POLICIES = ("clip", "abs", "offset")
# How the sums of a composite's kernels become one; and into how many steps a turn can be cut.
COMBINATIONS = ("magnitude", "sum-abs", "max", "angle")
ROTATIONS = (2, 4, 8)
PLANS = ("auto", "direct", "separable", "box", "fourier")
# What a kernel's text may say beside its own parameters, behind the colon: options of that one step.
STEP_OPTIONS = (
    "stride",
    "padding",
    "dilation",
    "border",
    "bias",
    "scale",
    "normalize",
    "flip",
    "range",
)
ALPHA_MODES = ("auto", "premultiply", "keep", "straight", "drop")

# word → what lies beyond the picture a b c d
BORDERS = {
    "zero": "0 0 | a b c d | 0 0",
    "constant:V": "V V | a b c d | V V",
    "edge": "a a | a b c d | d d",
    "reflect": "c b | a b c d | c b",
    "symmetric": "b a | a b c d | d c",
    "wrap": "c d | a b c d | a b",
    "resize": "the picture enlarged",
}

BORDER_SYNONYMS = {
    "zeros": "zero",
    "replicate": "edge",
    "nearest": "edge",
    "reflect101": "reflect",
    "reflect-101": "reflect",
    "circular": "wrap",
}
