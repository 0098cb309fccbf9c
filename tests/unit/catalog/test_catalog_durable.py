"""The file itself: damage, other processes, threads, full disks, copies, formats."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from catalog_bench import ANN, Bench

from audobon.errors import (
    Busy,
    Conflict,
    Corrupt,
    DiskFull,
    Invalid,
    NewerFormat,
    NotFound,
    ReadOnly,
    Unavailable,
)
from audobon.model.change import Edit
from audobon.storage.catalog import Catalog
from audobon.storage.catalog.schema import APPLICATION_ID, MIGRATIONS, migrate
from audobon.storage.sqlite import Database, connect

WRITER = """
import sys
from pathlib import Path
from datetime import UTC, datetime
from audobon.model.asset import Facts
from audobon.model.change import Edit
from audobon.storage.catalog import Catalog, NewFile

catalog = Catalog.open(Path(sys.argv[1]))
who, count = sys.argv[2], int(sys.argv[3])
shared = catalog.iterate()[0].id
sys.stdin.readline()
for number in range(count):
    now = datetime.now(UTC)
    file = NewFile(1, f"{who}/{number}", 1, 1, b"", "", Facts("file", "x"))
    (asset,) = catalog.insert([file], tags=(who,), author=who, now=now)
    catalog.edit([asset.id], Edit(rating=3), author=who, now=now)
    catalog.edit([shared], Edit(add_tags=(f"{who}{number}",)), author=who, now=now)
print("done", flush=True)
"""


def test_two_processes_lose_no_change(bench: Bench) -> None:
    (shared,) = bench.add("shared")
    version = bench.catalog.data_version()
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(bench.path), who, "25"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for who in ("ann", "bob")
    ]
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write(b"go\n")
        writer.stdin.flush()
    for writer in writers:
        assert writer.communicate(timeout=60)[0].strip() == b"done"
    assert bench.catalog.data_version() != version
    assert bench.catalog.count() == 51
    assert len(bench.again(shared).tags) == 50
    changes = bench.catalog.changes(0, limit=1000)
    assert len(changes) == 151
    seqs = [change.seq for change in changes]
    assert seqs == sorted(set(seqs))
    for _ in range(100):
        assert bench.undo() is not None
    assert bench.undo() is None
    assert bench.again(shared).tags == ()


def test_a_killed_writer_loses_nothing_committed(bench: Bench) -> None:
    script = WRITER.replace('print("done"', 'print(number, flush=True)\nprint("done"').replace(
        "    catalog.edit([shared]", "    print(number, flush=True)\n    catalog.edit([shared]"
    )
    bench.add("shared")
    writer = subprocess.Popen(
        [sys.executable, "-c", script, str(bench.path), "ann", "100000"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert writer.stdin is not None
    assert writer.stdout is not None
    writer.stdin.write(b"go\n")
    writer.stdin.flush()
    for _ in range(20):
        last = int(writer.stdout.readline())
    writer.kill()
    rest = writer.communicate(timeout=30)[0].split()
    last = int(rest[-1]) if rest else last
    rated = [a for a in bench.catalog.iterate(limit=10**6) if a.rating == 3]
    assert len(rated) >= last + 1
    assert bench.catalog.check(full=True) == ()


def test_data_version_tells_of_every_commit(bench: Bench) -> None:
    seen = [bench.catalog.data_version()]
    assert bench.catalog.data_version() == seen[0]
    bench.add("own")
    seen.append(bench.catalog.data_version())
    other = Catalog.open(bench.path)
    other.set_meta("x", "1")
    seen.append(bench.catalog.data_version())
    thread = threading.Thread(target=lambda: bench.catalog.set_meta("x", "2"))
    thread.start()
    thread.join()
    seen.append(bench.catalog.data_version())
    assert len(set(seen)) == 4
    assert other.meta("x") == "2"
    other.close()


def test_several_threads_share_one_catalog(bench: Bench) -> None:
    (asset,) = bench.add("a")
    failed: list[BaseException] = []

    def work(name: str) -> None:
        try:
            for number in range(20):
                edit = Edit(add_tags=(f"{name}{number}",))
                bench.catalog.edit([asset.id], edit, author=ANN, now=asset.added)
                assert f"{name}{number}" in bench.again(asset).tags
        except BaseException as error:  # noqa: BLE001 - shown by the assertion below
            failed.append(error)

    threads = [threading.Thread(target=work, args=(name,)) for name in "xyz"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert len(bench.again(asset).tags) == 60


def test_a_transaction_is_whole_and_does_not_nest(bench: Bench) -> None:
    db = bench.catalog.db
    with contextlib.suppress(ZeroDivisionError), db.write():
        db.execute("INSERT INTO meta VALUES ('a', 'b')")
        raise ZeroDivisionError
    assert bench.catalog.meta("a") is None
    with pytest.raises(Invalid), db.write(), db.write():
        pass
    with db.write():
        db.execute("INSERT INTO meta VALUES ('a', 'b')")
        db.execute("ROLLBACK")  # as SQLite does by itself on a full disk
        with pytest.raises(Conflict):
            db.execute("INSERT INTO clock VALUES (2, 0, 0)")
        db.execute("BEGIN")
    assert bench.catalog.meta("a") is None
    bench.catalog.set_meta("a", "c")
    assert bench.catalog.meta("a") == "c"


def test_a_writer_that_waits_in_vain_is_told_busy(bench: Bench) -> None:
    bench.catalog.db._connection().set_busy_timeout(50)
    other = connect(bench.path)
    with other.write(), pytest.raises(Busy):
        bench.add("a")
    other.close()
    bench.add("a")


def test_a_closed_catalog_says_so(bench: Bench) -> None:
    catalog = Catalog.open(bench.path)
    catalog.close()
    catalog.close()
    with pytest.raises(Unavailable):
        catalog.count()
    with pytest.raises(Unavailable):
        catalog.data_version()


def test_only_a_catalog_is_opened(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        Catalog.open(tmp_path / "none.db")
    foreign = connect(tmp_path / "foreign.db")
    foreign.execute("CREATE TABLE x (y)")
    foreign.close()
    with pytest.raises(Corrupt):
        Catalog.open(tmp_path / "foreign.db")
    (tmp_path / "text.db").write_text(
        "no database at all, but long enough to be read as one\n" * 99
    )
    with pytest.raises(Corrupt):
        Catalog.open(tmp_path / "text.db")
    with pytest.raises(Conflict):
        Catalog.create(tmp_path / "text.db", library_id="x")


def test_a_newer_format_is_refused(bench: Bench) -> None:
    db = bench.catalog.db
    newest = len(MIGRATIONS)
    db.execute(f"PRAGMA user_version = {newest + 1}")
    with pytest.raises(NewerFormat, match=f"has format {newest + 1}; .* reads up to {newest}"):
        Catalog.open(bench.path)
    db.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")


def test_migrations_run_once_each_and_whole(tmp_path: Path) -> None:
    steps = ["CREATE TABLE a (x)", "ALTER TABLE a ADD COLUMN y; INSERT INTO a VALUES (1, 2)"]
    db = connect(tmp_path / "m.db")
    migrate(db, steps[:1])
    migrate(db, steps)
    migrate(db, steps)
    assert db.rows("SELECT x, y FROM a") == [(1, 2)]
    with pytest.raises(Conflict):
        migrate(db, [*steps, "CREATE TABLE b (x UNIQUE); INSERT INTO b VALUES (1), (1)"])
    assert db.value("PRAGMA user_version") == 2
    assert db.rows("SELECT 1 FROM sqlite_schema WHERE name = 'b'") == []
    db.close()
    reader = connect(tmp_path / "m.db", read_only=True)
    with pytest.raises(ReadOnly):
        migrate(reader, [*steps, "CREATE TABLE b (x)"])
    reader.close()


def test_two_that_migrate_at_once_do_it_once(tmp_path: Path) -> None:
    first, second = (connect(tmp_path / "m.db") for _ in range(2))
    steps = ["CREATE TABLE a (x)"]
    failed: list[BaseException] = []

    def late() -> None:
        try:
            migrate(second, steps)
        except BaseException as error:  # noqa: BLE001 - shown by the assertion below
            failed.append(error)

    thread = threading.Thread(target=late)
    with first.write():
        thread.start()
        time.sleep(0.2)  # it has seen the old version by now and waits for the lock
        first.execute(f"{steps[0]}; PRAGMA application_id = {APPLICATION_ID}")
        first.execute("PRAGMA user_version = 1")
    thread.join()
    assert failed == []
    first.close()
    second.close()


def test_a_backup_is_whole_beside_a_writer(bench: Bench, tmp_path: Path) -> None:
    bench.add("a")
    target = tmp_path / "copy.db"
    target.write_text("an older copy")
    other = Catalog.open(bench.path)
    with other.db.write():
        other.db.execute("INSERT INTO meta VALUES ('half', 'done')")
        bench.catalog.backup(target)
    other.close()
    assert sorted(path.name for path in tmp_path.iterdir() if "copy" in path.name) == ["copy.db"]
    copy = Catalog.open(target, read_only=True)
    assert copy.count() == 1
    assert copy.meta("half") is None
    assert copy.check(full=True) == ()
    with pytest.raises(ReadOnly):
        copy.set_meta("x", "y")
    copy.close()
    with pytest.raises(Unavailable):
        bench.catalog.backup(tmp_path)


def _mount(folder: Path, *options: str) -> None:
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("a small disk of its own can be mounted by root on Linux only")
    done = subprocess.run(
        ["mount", "-t", "tmpfs", *options, "tmpfs", str(folder)], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip(f"this machine does not allow to mount a disk: {done.stderr.decode().strip()}")


def test_a_full_disk_loses_only_the_change_that_did_not_fit(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    _mount(disk, "-o", "size=3m")
    try:
        bench = Bench(disk / "catalog.db")
        kept = 0
        with contextlib.suppress(DiskFull):
            while kept < 100_000:  # far more than fits
                bench.add(*(f"{kept + n}" for n in range(100)))
                kept += 100
        assert 0 < kept < 100_000
        assert bench.catalog.count() == kept
        assert bench.catalog.check(full=True) == ()
        bench.reopen()
        assert bench.catalog.count() == kept
        bench.catalog.close()
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=False)


def test_a_folder_that_cannot_be_written_is_read(bench: Bench, tmp_path: Path) -> None:
    (a,) = bench.add("a")
    disk = tmp_path / "disk"
    disk.mkdir()
    bench.catalog.close()
    _mount(disk)
    try:
        shutil.copy(bench.path, disk / "c.db")
        (disk / "sub").mkdir()
        shutil.copy(bench.path, disk / "sub" / "c.db")
        (disk / "sub" / "c.db-wal").write_bytes(b"changes that were never merged")
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        catalog = Catalog.open(disk / "c.db", read_only=True)
        assert catalog.get(a.id) == a
        with pytest.raises(ReadOnly):
            catalog.edit([a.id], Edit(rating=1), author=ANN, now=bench.now)
        catalog.close()
        with pytest.raises(Unavailable, match="not merged"):
            Catalog.open(disk / "sub" / "c.db", read_only=True)
        with pytest.raises(Unavailable):
            Catalog.open(disk / "c.db")
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=False)
        bench.catalog = Catalog.open(bench.path)


def test_a_catalog_that_was_replaced_takes_no_more_writes(tmp_path: Path) -> None:
    path = tmp_path / "catalog.db"
    first = Catalog.create(path, library_id="x")
    first.set_meta("a", "1")
    path.rename(tmp_path / "aside.db")
    with pytest.raises(Unavailable, match="replaced"):
        first.set_meta("a", "2")
    second = Catalog.create(path, library_id="x")
    with pytest.raises(Unavailable, match="replaced"):
        first.set_meta("a", "3")
    second.set_meta("a", "4")
    assert second.meta("a") == "4"
    first.close()
    second.close()


def test_a_sound_catalog_is_sound_while_others_write(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who finds it unsound builds it again from the history, without what was not committed."""
    assets = bench.add("a.png", "b.png")
    checked, plain = bench.catalog.db, Database._rows
    other = Catalog.open(bench.path)

    def rows(db: Database, sql: str, params: Any) -> list[Any]:
        if db is checked:  # between any two questions of the check somebody makes a change
            edit = Edit(rating=bench.now.second % 5)
            other.edit([asset.id for asset in assets], edit, author=ANN, now=bench.now)
        return plain(db, sql, params)

    with monkeypatch.context() as patch:
        patch.setattr(Database, "_rows", rows)
        assert bench.catalog.check(full=True) == ()
    assert len(other.changes()) > 10
    other.close()
