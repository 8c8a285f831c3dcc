"""`python -m convfilter`."""

from convfilter.cli.main import run

run()
