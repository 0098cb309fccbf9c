"""The audit log: what is in it, and that whatever is done to it afterwards is found."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import apsw
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audobon.codec.audit import audit_line, audit_text, parse_line, text_hash
from audobon.errors import Conflict, Invalid, NotFound
from audobon.library import Library
from audobon.services.core.audit import record
from audobon.system.secrets import without_secrets


def _made(folder: Path, files: int = 3) -> Library:
    folder.mkdir(parents=True)
    for number in range(files):
        (folder / f"{number}.txt").write_text(f"text {number}")
    library = Library.create(folder, author="Ada <ada@example.org>")
    library.add(folder)
    return library


def _catalog(library: Library) -> apsw.Connection:
    """As somebody who owns the disk: the triggers are no hindrance to him."""
    # Not sqlite3: two copies of SQLite in one process do not see each other's locks.
    db = apsw.Connection(str(library.state_path / "catalog.db"))
    db.execute("DROP TRIGGER IF EXISTS audit_kept")
    db.execute("DROP TRIGGER IF EXISTS audit_stays")
    return db


def test_every_act_is_one_entry(tmp_path: Path) -> None:
    with _made(tmp_path / "lib") as library:
        one, two, _ = library.assets()
        library.edit([one, two], add_tags=["wood"])
        library.edit(one, rating=3)
        library.undo()
        version = library.commit("first")
        library.restore(one, version.id, to=tmp_path / "back.txt")
        library.export(tmp_path / "out")
        library.branch("other")
        library.switch("other")
        library.remove(two)
        entries = library.audit.list()[::-1]
        assert [entry.n for entry in entries] == list(range(1, len(entries) + 1))
        told = [(entry.did, entry.what) for entry in entries]
        assert told == [
            ("begin", ""),
            ("add", ""),
            ("edit", "tag wood"),
            ("edit", "rate 3"),
            ("undo", "rate 3"),
            ("commit", "first"),
            ("restore", "0.txt"),
            ("export", "3 files"),
            ("update", "vocabulary"),
            ("switch", "to other"),
            ("remove", "remove"),
        ]
        assert {entry.who for entry in entries} == {"Ada <ada@example.org>"}
        assert entries[2].assets == (one.id, two.id)
        assert entries[5].detail["version"] == version.id
        assert library.audit.verify().ok


def test_the_list_is_filtered_and_paged(tmp_path: Path) -> None:
    with _made(tmp_path / "lib") as library:
        one, two, _ = library.assets()
        for rating in range(1, 6):
            library.edit(one, rating=rating)
        library.edit(two, rating=1)
        audit = library.audit
        assert [e.what for e in audit.list(one, did="edit", limit=2)] == ["rate 5", "rate 4"]
        last = audit.list(one, did="edit", limit=2)[-1]
        assert [e.what for e in audit.list(one, did="edit", before=last.n)] == [
            "rate 3",
            "rate 2",
            "rate 1",
        ]
        assert audit.list(who="ADA@example") == audit.list()
        assert audit.list(who="nobody") == ()
        assert [e.did for e in audit.list(did=("begin", "add"))] == ["add", "begin"]
        now = datetime.now(UTC)
        assert audit.list(until=now + timedelta(minutes=1)) == audit.list()
        assert audit.list(since=now + timedelta(minutes=1)) == ()
        with pytest.raises(NotFound):
            audit.list("no such asset")


def test_a_refused_change_leaves_no_entry(tmp_path: Path) -> None:
    with _made(tmp_path / "lib") as library:
        before = library.audit.head()
        with pytest.raises(Invalid):
            library.edit(library.assets(), rating=9)
        with pytest.raises(NotFound):
            library.edit("no such", rating=1)
        assert library.audit.head() == before


def test_an_older_library_begins_its_log(tmp_path: Path) -> None:
    with _made(tmp_path / "lib") as library:
        db = _catalog(library)
        db.execute("DROP TABLE head;DROP TABLE audit;DROP TABLE audit_head;PRAGMA user_version = 6")
        db.close()
    with Library.open(tmp_path / "lib") as library:
        assert library.audit.list() == ()
        assert library.audit.verify().ok
        library.edit(library.assets()[0], rating=1)
        assert [entry.did for entry in library.audit.list()] == ["edit", "begin"]
        assert library.audit.verify().ok


def test_entries_are_added_and_nothing_else(tmp_path: Path) -> None:
    with _made(tmp_path / "lib") as library:
        db = library._stores.catalog.db
        for what in ("UPDATE audit SET hash = ''", "DELETE FROM audit"):
            with pytest.raises(Conflict, match="audit log"), db.write():
                db.execute(what)


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library with two versions and entries before, between and after them."""
    folder = tmp_path_factory.mktemp("audit") / "lib"
    with _made(folder) as library:
        one, *_ = library.assets()
        for rating in range(1, 6):
            library.edit(one, rating=rating)
        library.commit("first")
        for rating in range(4, -1, -1):
            library.edit(one, rating=rating)
        library.commit("second")
        library.edit(one, note="after it")
    return folder


def _rows(db: apsw.Connection) -> list[list[object]]:
    return [list(row) for row in db.execute("SELECT n, entry, hash FROM audit ORDER BY n")]


def _write(db: apsw.Connection, rows: list[list[object]]) -> None:
    db.execute("DELETE FROM audit")
    db.executemany("INSERT INTO audit VALUES (?, ?, ?)", rows)


def _chained(rows: list[list[object]]) -> list[list[object]]:
    """Hashes and links computed anew, as a forger who knows how does it."""
    prev = "0" * 64
    for number, row in enumerate(rows, 1):
        entry = {**json.loads(str(row[1])), "n": number, "prev": prev}
        text = json.dumps(entry, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        row[:] = [number, text, prev := text_hash(text)]
    return rows


@pytest.fixture(scope="module")
def opened(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    folder = tmp_path_factory.mktemp("tampered") / "lib"
    shutil.copytree(sample, folder)
    with Library.open(folder) as library:
        assert library.audit.verify().ok
        yield library


@settings(max_examples=60, deadline=None)
@given(
    how=st.sampled_from(("change", "remove", "insert", "swap", "cut")),
    forged=st.booleans(),
    where=st.floats(0, 1, exclude_max=True),
)
def test_tampering_is_found_and_located(
    opened: Library, how: str, forged: bool, where: float
) -> None:
    db = _catalog(opened)
    before, noted = _rows(db), db.execute("SELECT n, hash FROM audit_head").get
    rows = [list(row) for row in before]
    at = int(where * (len(rows) - 3))  # no version and no copy knows the last two yet
    if how == "change":
        rows[at][1] = str(rows[at][1]).replace("Ada <", "Eve <")
    elif how == "remove":
        del rows[at]
    elif how == "insert":
        rows.insert(at + 1, [0, str(rows[at][1]).replace("Ada <", "Eve <"), rows[at][2]])
        for number, row in enumerate(rows, 1):
            row[0] = number
    elif how == "swap":
        rows[at][1:], rows[at + 1][1:] = rows[at + 1][1:], rows[at][1:]
    else:
        del rows[at + 1 :]
    if forged:
        _chained(rows)
        db.execute("UPDATE audit_head SET n = ?, hash = ?", (rows[-1][0], rows[-1][2]))
    try:
        _write(db, rows)
        report = opened.audit.verify()
        assert not report.ok
        # Where it begins: at the entry itself, or at the place where it is missing.
        wanted = at + 2 if how in ("insert", "cut") else at + 1
        first = report.problems[0].n
        assert first <= wanted if forged else first == wanted
        assert wanted in {problem.n for problem in report.problems}
    finally:
        _write(db, before)
        db.execute("UPDATE audit_head SET n = ?, hash = ?", noted)
        db.close()


def test_a_forged_end_after_the_last_version_needs_an_anchor(sample: Path, tmp_path: Path) -> None:
    """What no version and no copy knows yet can be rewritten; an anchor kept elsewhere tells."""
    folder = tmp_path / "lib"
    shutil.copytree(sample, folder)
    with Library.open(folder) as library:
        kept = str(library.audit.head())
        db = _catalog(library)
        rows = _rows(db)
        rows[-1][1] = str(rows[-1][1]).replace("Ada <", "Eve <")
        _chained(rows)
        _write(db, rows)
        db.execute("UPDATE audit_head SET hash = ?", (rows[-1][2],))
        db.close()
        assert library.audit.verify().ok
        report = library.audit.verify(anchors=[kept])
        assert [problem.n for problem in report.problems] == [len(rows) - 1]
        assert "the anchor that was given" in report.problems[0].message


def test_a_log_that_was_taken_away_whole_is_missed(sample: Path, tmp_path: Path) -> None:
    folder = tmp_path / "lib"
    shutil.copytree(sample, folder)
    with Library.open(folder) as library:
        entries = library.audit.verify().entries
        (chain,) = {str(library.audit.head()).partition(":")[0]}
        db = _catalog(library)
        db.execute("DELETE FROM audit")
        report = library.audit.verify()
        assert report.problems[0].message == f"the end is missing: entries 1 to {entries}"
        db.execute("DELETE FROM audit_head")
        db.close()
        (library.state_path / "audit.jsonl").unlink()
        library.edit(library.assets()[0], rating=1)
        assert library.audit.verify().elsewhere == (chain,)


def test_the_copy_is_mended_after_a_kill_and_watched(sample: Path, tmp_path: Path) -> None:
    folder = tmp_path / "lib"
    shutil.copytree(sample, folder)
    copy = folder / ".audobon" / "audit.jsonl"
    whole = copy.read_bytes()
    copy.write_bytes(whole + b'{"assets":["half of a li')
    with Library.open(folder) as library:
        assert library.audit.verify().ok
        library.edit(library.assets()[0], rating=0)
        library.commit("third")
        assert copy.read_bytes().startswith(whole)
        assert b"half of" not in copy.read_bytes()
        assert library.audit.verify().ok
        lines = copy.read_text("utf-8").splitlines(keepends=True)
        copy.write_text("".join([*lines[:3], lines[3].replace("Ada", "Eve"), *lines[4:]]))
        (problem,) = library.audit.verify().problems
        assert (problem.n, "audit.jsonl, line 4" in problem.message) == (4, True)
        copy.write_text("".join(lines[:3] + lines[4:]))
        assert library.audit.verify().problems[0].n == 4


def test_the_log_outlives_the_catalog(sample: Path, tmp_path: Path) -> None:
    folder = tmp_path / "lib"
    shutil.copytree(sample, folder)
    with Library.open(folder) as library:
        before = library.audit.list(limit=1000)
        known = len((library.state_path / "audit.jsonl").read_bytes().splitlines())
    for path in (folder / ".audobon").glob("catalog.db*"):
        path.unlink()
    with Library.open(folder) as library:
        after = library.audit.list(limit=1000)[::-1]
        assert after[:known] == before[::-1][:known]
        assert after[known].what in ("vocabulary", "rebuilt from the history")
        report = library.audit.verify()
        assert report.ok
        assert report.anchors == 2
        assert report.elsewhere == ()


def test_export_is_verified_by_itself(sample: Path, tmp_path: Path) -> None:
    folder = tmp_path / "lib"
    shutil.copytree(sample, folder)
    with Library.open(folder, read_only=True) as library:
        file = tmp_path / "log.jsonl"
        done = library.audit.export(file)
        lines = file.read_text("utf-8").splitlines()
        assert done.entries == len(lines) == library.audit.verify().entries
        report = library.audit.verify(file, anchors=[str(done.head)])
        assert (report.ok, report.entries, report.head) == (True, len(lines), report.head)
        with pytest.raises(Conflict):
            library.audit.export(file)
        # As the page says: by nothing but a JSON reader and sha256.
        prev = "0" * 64
        for line in lines:
            data = json.loads(line)
            assert data["prev"] == prev
            prev = data["hash"]
            assert text_hash(line.replace(f',"hash":"{prev}"', "")) == prev
        file.write_text("\n".join([*lines[:4], *lines[5:]]))
        assert library.audit.verify(file).problems[0].n == 5
        file.write_text("\n".join([*lines[:4], "something else", *lines[5:]]))
        assert library.audit.verify(file).problems[0].n == 5
        with pytest.raises(NotFound):
            library.audit.verify(tmp_path / "none")
        with pytest.raises(Invalid):
            library.audit.verify(anchors=["no anchor"])


def test_a_read_only_library_records_nothing(sample: Path, tmp_path: Path) -> None:
    folder = tmp_path / "lib"
    shutil.copytree(sample, folder)
    with Library.open(folder, read_only=True) as library:
        before = library.audit.head()
        library.export(tmp_path / "out")
        assert library.audit.head() == before


def test_services_record_without_secrets(tmp_path: Path) -> None:
    with _made(tmp_path / "lib") as library:
        record(
            library._stores,
            "push",
            "to https://ada:hunter2@example.org/x?token=abc123",
            to="gs://b/p?X-Goog-Signature=feed",
            none=None,
        )
        (entry,) = library.audit.list(did="push")
        assert entry.what == "to https://***@example.org/x?token=***"
        assert entry.detail == {"to": "gs://b/p?X-Goog-Signature=***"}
    assert without_secrets("nothing of it: a@b, key words") == "nothing of it: a@b, key words"


@settings(max_examples=30)
@given(who=st.text(), what=st.text(), detail=st.dictionaries(st.text(), st.text(), max_size=3))
def test_any_text_goes_through_a_line(who: str, what: str, detail: dict[str, str]) -> None:
    now = datetime(2026, 11, 26, tzinfo=UTC)
    text = audit_text(7, "0" * 64, time=now, who=who, did="x", what=what, detail=detail)
    line = audit_line(text, text_hash(text))
    assert "\n" not in line
    assert parse_line(line.encode().decode()) == (text, text_hash(text))


def _edit_for_ever(folder: str, number: int) -> None:
    with Library.open(folder, author=f"p{number} <p@x>") as library:
        asset = library.assets()[number]
        for rating in range(10_000):
            library.edit(asset, rating=rating % 6)
            if rating % 20 == 0:
                library.commit(f"{number} {rating}")


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs kill -9")
def test_writers_that_are_killed_leave_a_whole_log(tmp_path: Path) -> None:
    with _made(tmp_path / "lib") as library:
        context = multiprocessing.get_context("spawn")
        _until(library, context, tmp_path, 40)
        for _ in range(2):
            _until(library, context, tmp_path, library.audit.verify().entries + 20)
        report = library.audit.verify()
        assert report.problems == ()
        assert report.anchors > 0
        changes = {str(change.id) for change in library.changes(0, limit=100_000)}
        logged = {e.detail.get("change") for e in library.audit.list(limit=100_000)} - {None}
        assert logged == changes
    with Library.open(tmp_path / "lib") as library:
        assert library.audit.verify().ok


def _until(library: Library, context: object, folder: Path, entries: int) -> None:
    start: Callable[..., multiprocessing.Process] = context.Process  # type: ignore[attr-defined]
    writers = [start(target=_edit_for_ever, args=(str(folder / "lib"), n)) for n in range(3)]
    for writer in writers:
        writer.start()
    deadline = time.monotonic() + 120
    try:
        while (head := library.audit.head()) is None or head.n < entries:
            assert time.monotonic() < deadline
            assert any(writer.is_alive() for writer in writers)
            time.sleep(0.01)
    finally:
        for writer in writers:
            if writer.pid is not None:
                os.kill(writer.pid, signal.SIGKILL)
            writer.join()
