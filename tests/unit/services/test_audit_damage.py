"""An audit log whose table is damaged is told, and reading it ends."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest

from audobon import Library
from audobon.errors import Corrupt


def test_a_number_far_ahead_is_told_without_making_room_for_it(tmp_path: Path) -> None:
    folder = tmp_path / "lib"
    folder.mkdir()
    (folder / "a.txt").write_text("a")
    with Library.create(folder) as library:
        library.add(folder)
        # Not sqlite3: two copies of SQLite in one process do not see each other's locks.
        db = apsw.Connection(str(library.state_path / "catalog.db"))
        db.execute("INSERT INTO audit VALUES (?, '{}', '')", (1 << 60,))
        db.close()
        with pytest.raises(Corrupt, match=str(1 << 60)):
            library.audit.verify()
        problem = next(each for each in library.doctor().checks if each.name == "audit log")
        assert problem.state == "problem"
