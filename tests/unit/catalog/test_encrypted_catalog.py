"""Databases under a key."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from encrypted_job import look_at

HERE = Path(__file__).parent


def test_what_holds_for_databases_holds_under_a_key(tmp_path: Path) -> None:
    """Damage, replacing, copies, threads and read-only folders, each file encrypted."""
    files = ("test_catalog_replace.py", "test_connections.py", "test_catalog_whole.py")
    files += ("test_catalog_salvage.py",)
    command = [sys.executable, "-W", "error", "-m", "pytest", "-n0", "-q"]
    command += ["-p", "keyed_databases"]  # gives every file a key, so it is a process
    # Its other process opens the file by itself, without the key.
    command += ["-k", "not copying_drops_no_lock", "--basetemp", str(tmp_path / "inner")]
    command += ["--rootdir", str(HERE), "-c", os.devnull, *(str(HERE / name) for name in files)]
    done = subprocess.run(
        command,
        env={**os.environ, "PYTHONPATH": str(HERE)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout
    assert "skipped" not in done.stdout


def test_nothing_of_it_can_be_read_without_the_key(tmp_path: Path) -> None:
    told = look_at(tmp_path / "made")
    names = {"catalog.db", "copy.db", "writing.db", "links.db", "vectors.db", "imprints.db"}
    names |= {"index.db", "v2.db"}
    for moment in ("open", "closed"):
        clear, sealed = told[f"clear, {moment}"], told[f"sealed, {moment}"]
        assert clear.keys() == sealed.keys() == names
        # What is looked for lies in each file that was made without a key.
        wanting = {name for name, found in clear.items() if len(found) < 2 or "header" not in found}
        assert not wanting
        assert {name: found for name, found in sealed.items() if found} == {}
    assert set(told["read"]) == {"graumoos-plank.png"}
    assert told["refused"] == {
        "no key": "Corrupt",
        "another key": "Corrupt",
        "a key for a file in clear": "Corrupt",
        "a copy without its key": "Corrupt",
        "a turned bit": "Corrupt",
        "a short key": "Invalid",
    }
    assert told["still read"] == ["graumoos-plank.png"] * 2, "a refusal changed a file"
    assert told["begun anew"] == [None, "again"]
    assert told["keys told"] == []
