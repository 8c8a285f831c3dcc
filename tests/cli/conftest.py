"""What the tests of the command share: a folder with small pictures."""

import pytest
from pictures import noise
from running import save, slopes


@pytest.fixture
def folder(tmp_path):
    """A folder with a.png (24×31 RGB, soft), grey.png (20×26), noise.png (24×31 RGB)."""
    save(tmp_path / "a.png", slopes(24, 31))
    save(tmp_path / "grey.png", noise((20, 26)))
    save(tmp_path / "noise.png", noise((24, 31, 3)))
    return tmp_path
