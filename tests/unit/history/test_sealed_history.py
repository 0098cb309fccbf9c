"""A history under a key. It needs another SQLite under the same name, so each run is a process."""

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
from audobon.storage.history import History
from audobon.storage.vault.secret import Secret
from devtools.ciphers import ensure_ciphers

HERE = Path(__file__).parent
_WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from audobon.storage.history import Author, History, TreeChange
from audobon.storage.vault.secret import Secret
history = History.open(Path(sys.argv[1]), key=Secret(bytes(range(32))))
if len(sys.argv) > 2:
    print(history.check(full=True), len(history.log(limit=10_000)), flush=True)
    print(*(version.id for version in history.log(limit=10_000)), flush=True)
number = 0
while len(sys.argv) == 2:
    number += 1
    changes = [TreeChange(b"d%d/f%d" % (number % 7, n), b"%d" % number) for n in range(5)]
    made = history.commit(
        changes,
        message="m",
        author=Author("a"),
        time=datetime(2026, 3, 1, tzinfo=UTC),
        expected=history.head(),
    )
    print(made.id, flush=True)
"""

Run = Callable[..., str]


@pytest.fixture
def environment() -> dict[str, str]:
    """That of a Python with the SQLite that encrypts."""
    path = os.pathsep.join([str(ensure_ciphers()), str(HERE)])
    return {**os.environ, "PYTHONPATH": path}


@pytest.fixture
def run(tmp_path: Path, environment: dict[str, str]) -> Run:
    """Runs that Python; what it writes on its standard output."""

    def call(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return call


def test_what_holds_for_a_history_holds_under_a_key(run: Run, tmp_path: Path) -> None:
    told = run(
        *("-m", "pytest", "-n0", "-q", "-p", "no:cacheprovider", "-W", "error"),
        *("--basetemp", str(tmp_path / "inner"), "--rootdir", str(HERE), "-c", os.devnull),
        *("--noconftest", str(HERE / "history_contract.py")),
    )
    assert " passed" in told
    assert "skipped" not in told


def test_nothing_of_it_can_be_read_without_the_key(run: Run, tmp_path: Path) -> None:
    told: dict[str, Any] = json.loads(run(str(HERE / "sealed_job.py"), "made"))
    # What is looked for would be found: it lies in a repository in clear.
    assert {"blob", "commit", "word"} <= set(told["plain"])
    assert told["open"] == told["closed"] == told["copy"] == []
    assert told["files"] == ["audobon.lock", "history.db", "sealed.json"]
    refused = {what: text.partition(":")[0] for what, text in told["refused"].items()}
    assert refused == {
        "no key": "Unavailable",
        "another key": "Invalid",
        "another key, reading": "Invalid",
        "a short key": "Invalid",
        "a key for one in clear": "Invalid",
        "no database": "NotFound",
        "a turned bit": "Corrupt",
    }
    assert "this key does not open the history" in told["refused"]["another key"]
    assert "encrypted, and no key was given" in told["refused"]["no key"]
    assert told["left"] == ["copy", "cut", "plain", "sealed", "turned"]
    assert told["read"] == "graumoos-message"


def test_a_kill_loses_no_version_that_was_told(
    run: Run, tmp_path: Path, environment: dict[str, str]
) -> None:
    folder = tmp_path / "sealed"
    run(
        "-c",
        "import sys; from pathlib import Path; from audobon.storage.history import History; "
        "from audobon.storage.vault.secret import Secret; "
        "History.create(Path(sys.argv[1]), key=Secret(bytes(range(32)))).close()",
        str(folder),
    )
    told: list[str] = []
    for lines in (1, 4, 9):
        with subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(folder)],
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        ) as writer:
            assert writer.stdout is not None
            told += [writer.stdout.readline().strip() for _ in range(lines)]
            writer.kill()
            told += [line.strip() for line in writer.stdout if len(line) == 41]
    problems, versions = run("-c", _WRITER, str(folder), "look").splitlines()
    assert problems.startswith("() ")
    assert set(told) <= set(versions.split())


def test_without_ciphers_a_key_is_refused_before_a_file_is_made(tmp_path: Path) -> None:
    with pytest.raises(MissingExtra, match="ciphers"):
        History.create(tmp_path / "history.git", key=Secret(bytes(32)))
    assert list(tmp_path.iterdir()) == []
