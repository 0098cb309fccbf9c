"""An encrypted folder: ``kill -9`` amid new passphrases, renewed keys and rotation."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.skipif(sys.platform == "win32", reason="the killed children are forked")
def test_killed_amid_renewing_and_rotating_nothing_is_lost(tmp_path: Path, soak: int) -> None:
    script = Path(__file__).with_name("vaultmembers.py")
    command = [sys.executable, str(script), str(tmp_path / "place"), str(12 * soak), "1"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    assert int(done.stdout) >= 4 * soak
