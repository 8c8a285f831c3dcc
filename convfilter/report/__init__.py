"""Outcomes as words, tables and JSON."""
