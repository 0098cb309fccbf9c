"""A damaged catalog gets new content in place, while others have it open."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from audobon.errors import Busy, Corrupt, Unavailable
from audobon.storage.catalog import Catalog
from audobon.storage.sqlite import connect, copy_as_is, replace_content


def _flip(path: Path, at: int, length: int) -> None:
    with path.open("r+b") as stream:
        stream.seek(at)
        data = stream.read(length)
        stream.seek(at)
        stream.write(bytes(byte ^ 0xFF for byte in data))


DAMAGE: dict[str, Callable[[Path], object]] = {
    "header": lambda path: _flip(path, 0, 100),
    "page size": lambda path: _flip(path, 16, 2),
    "schema": lambda path: _flip(path, 100, 400),
    "everything": lambda path: _flip(path, 0, 1 << 30),
    "half": lambda path: os.truncate(path, path.stat().st_size // 2),
    "empty": lambda path: os.truncate(path, 0),
    "no database": lambda path: path.write_text("this was a catalog\n" * 1000),
    "gone": lambda path: path.unlink(),
    "none": lambda path: None,
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "catalog.db"
    _made(path, "old").close()
    return path


@pytest.fixture
def new(tmp_path: Path) -> Path:
    new = tmp_path / "catalog-new.db"
    _made(new, "new").close()
    return new


def _made(path: Path, word: str) -> Catalog:
    catalog = Catalog.create(path, library_id="x")
    catalog.set_meta("word", word)
    catalog.set_meta("long", word * 50_000)
    return catalog


@pytest.fixture
def opened(path: Path) -> Iterator[Catalog]:
    catalog = Catalog.open(path)
    assert catalog.meta("word") == "old"
    yield catalog
    catalog.close()


@pytest.mark.parametrize("kind", DAMAGE)
def test_any_damage_is_replaced(path: Path, new: Path, kind: str) -> None:
    DAMAGE[kind](path)
    replace_content(path, new)
    with_new = Catalog.open(path)
    assert (with_new.meta("word"), with_new.check(full=True)) == ("new", ())
    with_new.set_meta("word", "newer")
    with_new.close()
    assert not Path(f"{path}-wal").exists()


@pytest.mark.parametrize("kind", [kind for kind in DAMAGE if kind not in ("half", "empty", "gone")])
def test_who_has_it_open_reads_the_new_content_and_changes_nothing(
    path: Path, new: Path, opened: Catalog, kind: str
) -> None:
    """Half and empty files are cut under a reader's feet, which no database survives."""
    DAMAGE[kind](path)
    replace_content(path, new)
    assert opened.meta("word") == "new"
    with pytest.raises(Unavailable, match="replaced"):
        opened.set_meta("word", "mine")
    again = Catalog.open(path)
    again.set_meta("other", "kept")
    opened.close()
    assert (again.meta("word"), again.meta("other")) == ("new", "kept")
    again.close()
    last = Catalog.open(path)
    assert (last.meta("other"), last.check(full=True)) == ("kept", ())
    last.close()


def test_a_writer_is_waited_for(path: Path, new: Path, opened: Catalog) -> None:
    with opened.db.write(), pytest.MonkeyPatch.context() as patch:
        patch.setattr("audobon.storage.sqlite.replace._BUSY_MS", 50)
        with pytest.raises(Busy):
            replace_content(path, new)
    assert opened.meta("word") == "old"


def test_a_catalog_without_tables_is_never_taken_for_a_new_one(path: Path) -> None:
    """So it is left by who dies between emptying it and filling it."""
    path.unlink()
    db = connect(path)
    db.close()
    assert path.exists()
    with pytest.raises(Corrupt, match="empty"):
        Catalog.open(path)


def test_the_copy_is_what_lay_there(path: Path, opened: Catalog, tmp_path: Path) -> None:
    opened.set_meta("word", "in the log")
    before, log = path.read_bytes(), Path(f"{path}-wal").read_bytes()
    assert log
    copy_as_is(path, tmp_path / "copy.db")
    assert (tmp_path / "copy.db").read_bytes() == before
    assert (tmp_path / "copy.db-wal").read_bytes() == log
    copied = Catalog.open(tmp_path / "copy.db")
    assert copied.meta("word") == "in the log"
    copied.close()


@pytest.mark.skipif(sys.platform == "win32", reason="locks there belong to the open file")
def test_copying_drops_no_lock_of_this_process(path: Path, opened: Catalog, tmp_path: Path) -> None:
    """On POSIX a lock ends when the process closes the file, by any descriptor."""
    opened.db.execute("PRAGMA journal_mode = delete")
    with opened.db.write():
        opened.db.execute("UPDATE meta SET value = 'mine' WHERE key = 'word'")
        copy_as_is(path, tmp_path / "copy.db")
        code = (
            "import apsw, sys\n"
            "try: apsw.Connection(sys.argv[1]).execute('BEGIN IMMEDIATE')\n"
            "except apsw.BusyError: print('locked')\n"
        )
        told = subprocess.run(
            [sys.executable, "-c", code, str(path)], check=True, capture_output=True, text=True
        )
        assert told.stdout == "locked\n"
