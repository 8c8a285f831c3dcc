"""Kernels from text: presets, files, matrices in place."""
