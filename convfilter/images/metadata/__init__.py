"""What travels with the pixels: EXIF, XMP, profiles, texts, resolution."""
