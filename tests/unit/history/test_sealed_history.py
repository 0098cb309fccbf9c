"""A history under a key; what holds for either kind is in ``test_history_contract``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from sealed_history_job import look_at

from audobon.storage.history import History
from audobon.storage.vault.secret import Secret

_WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from audobon.storage.history import Author, History, TreeChange
from audobon.storage.vault.secret import Secret
history = History.open(Path(sys.argv[1]), key=Secret(bytes(range(32))))
number = 0
while True:
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


def test_nothing_of_it_can_be_read_without_the_key(tmp_path: Path) -> None:
    told = look_at(tmp_path / "made")
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


def test_a_kill_loses_no_version_that_was_told(tmp_path: Path) -> None:
    folder = tmp_path / "sealed"
    History.create(folder, key=Secret(bytes(range(32)))).close()
    told: list[str] = []
    for lines in (1, 4, 9):
        with subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(folder)],
            stdout=subprocess.PIPE,
            text=True,
        ) as writer:
            assert writer.stdout is not None
            told += [writer.stdout.readline().strip() for _ in range(lines)]
            writer.kill()
            told += [line.strip() for line in writer.stdout if len(line) == 41]
    with History.open(folder, key=Secret(bytes(range(32)))) as history:
        assert history.check(full=True) == ()
        assert set(told) <= {version.id for version in history.log(limit=10_000)}
