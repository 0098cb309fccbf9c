"""Databases under a key. They need another SQLite under the same name, so each run is a process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from audobon.errors import MissingExtra
from audobon.storage.catalog import Catalog
from audobon.storage.sqlite import can_encrypt
from audobon.storage.vault.secret import Secret
from devtools.ciphers import ensure_ciphers

HERE = Path(__file__).parent

Run = Callable[..., str]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs Python with the SQLite that encrypts; what it writes on its standard output."""
    path = os.pathsep.join([str(ensure_ciphers()), str(HERE)])

    def call(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-W", "error", *arguments],
            env={**os.environ, "PYTHONPATH": path},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return call


def test_what_holds_for_databases_holds_under_a_key(run: Run, tmp_path: Path) -> None:
    """Damage, replacing, copies, threads and read-only folders, each file encrypted."""
    files = ("test_catalog_replace.py", "test_connections.py", "test_catalog_whole.py")
    files += ("test_catalog_salvage.py",)
    chosen = [str(HERE / name) for name in files]
    # Its other process opens the file by itself, without the key.
    others = "not copying_drops_no_lock"
    told = run(
        *("-m", "pytest", "-p", "keyed_databases", "-n0", "-q", "-k", others),
        *("--basetemp", str(tmp_path / "inner"), "--rootdir", str(HERE), "-c", os.devnull, *chosen),
    )
    assert " passed" in told
    assert "skipped" not in told


def test_nothing_of_it_can_be_read_without_the_key(run: Run, tmp_path: Path) -> None:
    told: dict[str, Any] = json.loads(run(str(HERE / "encrypted_job.py"), str(tmp_path / "made")))
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


def test_without_ciphers_a_key_is_refused_before_a_file_is_made(tmp_path: Path) -> None:
    """The plain SQLite would take the key, ignore it and write in clear."""
    assert not can_encrypt(), "the tests' own SQLite has ciphers now: this test has lost its sense"
    with pytest.raises(MissingExtra, match="ciphers") as caught:
        Catalog.create(tmp_path / "catalog.db", library_id="x", key=Secret(bytes(32)))
    assert "apsw-sqlite3mc" in caught.value.hint
    assert list(tmp_path.iterdir()) == []
