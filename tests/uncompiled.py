"""The command with numpy in the place of compiled loops, for what would need many of them."""

import sys

WITHOUT_LOOPS = """
from convfilter import native
native.find = lambda loop: None
from convfilter.cli.main import run
run()
"""
UNCOMPILED = [sys.executable, "-c", WITHOUT_LOOPS]
