"""What these tests share: helpers of the command's tests, and a server that forks the command."""

import sys
from pathlib import Path

import pytest
from fork_server import Server

sys.path.append(str(Path(__file__).parents[1] / "cli"))


@pytest.fixture(scope="session")
def server():
    """The command, already imported."""
    from running import settings

    started = Server(settings())
    yield started
    started.close()
