"""The system's keyring keeps passphrases: a real Secret Service, on a bus of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.hosts

JOB = Path(__file__).with_name("keyring_job.py")


def test_the_secret_service_keeps_finds_and_forgets_a_passphrase(tmp_path: Path) -> None:
    home = {"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path / "data")}
    home |= {"XDG_RUNTIME_DIR": str(tmp_path / "run"), "XDG_CONFIG_HOME": str(tmp_path / "config")}
    (tmp_path / "run").mkdir(mode=0o700)
    # A setting for another one, as for one that writes plain files, is not followed.
    home["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"
    without = {name: value for name, value in os.environ.items() if name != "AUDOBON_KEYRING"}
    done = subprocess.run(
        ["dbus-run-session", "--", sys.executable, "-W", "error", str(JOB)],
        env={**without, **home},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told.pop("after").endswith("its passphrase is not kept on this machine")
    assert told == {
        "name": "the Secret Service",
        "kept": True,
        "read": "1",
        "forgotten": True,
        "again": False,
        "off": ["", False],
    }
    # It lies encrypted, and nothing of ours wrote it anywhere else.
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any(path.suffix == ".keyring" for path in files)
    assert not any(b"planted-Secret" in path.read_bytes() for path in files)
