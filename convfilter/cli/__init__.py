"""The command line: one command a file, thin. Start with main.py."""
