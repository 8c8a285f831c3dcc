"""Files to pictures and back. The only package that imports Pillow."""
