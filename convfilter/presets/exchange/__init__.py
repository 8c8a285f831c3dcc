"""Kernels from other programs, and to them."""
