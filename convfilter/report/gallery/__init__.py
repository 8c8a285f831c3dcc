"""A gallery's tiles as cards of a sheet, as a page of HTML, as lines and JSON."""
