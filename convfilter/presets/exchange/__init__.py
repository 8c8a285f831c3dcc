"""Kernels from other programs, and to them."""

# What kernels can be written as. Here, because the help needs it before anything heavy is loaded.
TARGETS = ("imagemagick", "vips", "ffmpeg", "opencv", "scipy", "torch", "numpy", "csv", "yaml")
