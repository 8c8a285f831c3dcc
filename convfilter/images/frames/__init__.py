"""Animations and files of several pages, read and written."""
