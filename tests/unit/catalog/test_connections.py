"""Connections of threads: who closes them, and when."""

from __future__ import annotations

import contextlib
import threading
from pathlib import Path

import pytest

from audobon.errors import Unavailable
from audobon.storage.sqlite import Database, connect


def _ask(database: Database) -> None:
    thread = threading.Thread(target=lambda: database.value("SELECT 1"))
    thread.start()
    thread.join()


def _files(path: Path) -> int:
    """How often this process has a file open, where the system tells."""
    count = 0
    for one in Path("/proc/self/fd").glob("*"):
        with contextlib.suppress(OSError):  # what was listed may be closed
            count += one.readlink() == path
    return count


def test_connections_of_ended_threads_are_closed_by_the_next_one(tmp_path: Path) -> None:
    database = connect(tmp_path / "some.db")
    database.execute("CREATE TABLE thing (name TEXT)")
    for _ in range(20):
        _ask(database)
    # One of this thread, one of the last that asked, and what SQLite itself closes a little later.
    assert _files(database.path) < 8
    version = database.data_version()
    for _ in range(3):
        _ask(database)
    assert database.data_version() == version, "the one that looks for changes stays open"
    database.close()
    with pytest.raises(Unavailable):
        database.value("SELECT 1")
