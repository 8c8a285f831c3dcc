"""What these tests share: a server that forks the command, with numpy in the place of loops."""

import pytest
from fork_server import Server
from running import settings


@pytest.fixture(scope="session")
def server():
    """The command, already imported."""
    started = Server(settings())
    yield started
    started.close()
