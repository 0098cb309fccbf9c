"""What an export tells, and what it does not: rows, pseudonyms, groups, marks."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import apsw
import pytest

import audobon
from audobon.errors import Busy, Conflict, Invalid, NewerFormat
from audobon.model.analytics import GROUPS, TABLES, Batch, Table
from audobon.model.metrics import HOUR_S, Tally
from audobon.services.analytics import exporting, sinks
from audobon.services.analytics.book import book_lock, read_book
from audobon.services.analytics.queries import QUERIES, sql
from audobon.services.analytics.schema import as_json, ddl
from audobon.storage.vault import Costs, door
from audobon.system.smallfiles import OBJECT

SECRETS = ("graumoos", "zimtstern", "ada@example.org", "kobold")


def _rows(path: Path, text: str) -> list[dict[str, Any]]:
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        cursor = connection.execute(text)
        found = []
        for row in cursor:
            names = [item[0] for item in cursor.get_description()]
            found.append(dict(zip(names, row, strict=True)))
        return found
    finally:
        connection.close()


def _counts(path: Path) -> dict[str, int]:
    tables = (table.name for table in TABLES)
    return {name: _rows(path, f'SELECT count(*) AS n FROM "{name}"')[0]["n"] for name in tables}


def test_nothing_in_a_row_names_a_person_a_file_or_a_project(
    library: audobon.Library, tmp_path: Path
) -> None:
    to = tmp_path / "all"
    library.analytics.export(to)
    told = "".join(path.read_text("utf-8") for path in to.rglob("*.jsonl"))
    assert told.count("\n") == 9
    known = [library.id, *(hit.asset.id for hit in library.search("").hits)]
    known += [hit.asset.digest for hit in library.search("").hits]
    known += [version.id for version in library.log()]
    key = read_book(library._stores.place).key
    for word in (*SECRETS, str(library.path), key, *filter(None, known)):
        assert word not in told
    # What a script calls a use may be anything: only the words that are ours are told.
    uses = [json.loads(line) for line in told.splitlines() if '"host"' in line]
    assert sorted((use["kind"], use["host"]) for use in uses) == [
        *(("other", "other"), ("placed", "blender"), ("placed", "blender"))
    ]
    assert all(use["at"].endswith(":00:00Z") for use in uses)


def test_a_group_is_taken_in_when_it_is_asked_for(library: audobon.Library, tmp_path: Path) -> None:
    seen = library.analytics.preview(tmp_path / "x.sqlite", include=["names", "people", "words"])
    columns = {name for table in seen.tables for name in table.columns}
    assert {"path", "tags", "author", "message", "said"} <= columns
    told = json.dumps([table.sample for table in seen.tables], default=str)
    assert all(word in told for word in SECRETS)
    with pytest.raises(Invalid, match="no group of columns 'faces'"):
        library.analytics.preview(include=["faces"])
    # Every group has a column, and every column of a group is of one that there is.
    groups = {column.group for table in TABLES for column in table.columns if column.group}
    assert groups == set(GROUPS) - {"times"}


def test_a_preview_is_what_is_sent(library: audobon.Library, tmp_path: Path) -> None:
    seen = library.analytics.preview(tmp_path / "lines", sample=100)
    sent = library.analytics.export(tmp_path / "lines")
    assert seen.rows == sent.rows == 9
    for table, done in zip(seen.tables, sent.tables, strict=True):
        if table.table == "resources":  # figures of the moment
            continue
        assert (table.rows, table.bytes) == (done.rows, done.bytes)
        files = (tmp_path / "lines" / table.table).glob("*.jsonl")
        lines = [json.loads(line) for path in files for line in path.read_text().splitlines()]
        same = [{**row, "exported": ""} for row in table.sample]
        assert [{**row, "exported": ""} for row in lines] == same
    assert library.analytics.preview(tmp_path / "lines").rows == 0


def test_only_what_is_new_goes_and_no_row_is_there_twice(
    library: audobon.Library, tmp_path: Path
) -> None:
    to = tmp_path / "x.sqlite"
    assert library.analytics.export(to).rows == 9
    assert library.analytics.export(to).rows == 0
    library.edit(["other.txt"], rating=4)
    library.record_use("other.txt", "opened", host="krita")
    library.commit("again")
    sent = {each.table: each.rows for each in library.analytics.export(to).tables}
    assert sent == {
        **{"assets": 1, "versions": 1, "usage_events": 1},
        **{"jobs": 0, "metrics": 0, "resources": 0},
    }
    assert _rows(to, sql("holdings", "sqlite")) == [
        {"kind": "text", "format": "text", "assets": 3, "total_bytes": 13}
    ]


def test_a_job_is_told_when_it_has_ended_whenever_it_was_asked_for(
    library: audobon.Library, tmp_path: Path
) -> None:
    to, jobs = tmp_path / "x.sqlite", library._stores.jobs
    library.analytics.export(to)
    waiting = jobs.claim("nobody")  # asked for before the last one that was told
    assert waiting is not None
    done = jobs.submit("pack", {}, key="pack")
    assert jobs.claim("somebody") is not None
    jobs.finish(done.id, {})
    assert library.analytics.export(to).rows == 1
    jobs.finish(waiting.id, {})
    assert library.analytics.export(to).rows == 1
    assert library.analytics.export(to).rows == 0
    told = _rows(to, sql("errors", "sqlite"))
    assert [(row["kind"], row["error_code"], row["failures"]) for row in told] == [
        ("previews", 41, 1)
    ]


def test_uses_that_were_forgotten_or_numbered_anew_are_not_told_again(
    library: audobon.Library, tmp_path: Path
) -> None:
    to = tmp_path / "x.sqlite"
    library.analytics.export(to)
    library.forget_usage()
    for _ in range(4):  # these have the numbers of those before
        library.record_use("copy.txt", "placed", host="blender")
    library.analytics.export(to)
    assert _counts(to)["usage_events"] == 7
    db = library._stores.catalog.db
    db.execute("DELETE FROM usage_event WHERE rowid < 3")
    db.vacuum()
    library.record_use("copy.txt", "linked", host="krita")
    library.analytics.export(to)
    assert _counts(to)["usage_events"] == 8


def test_pages_do_not_part_uses_of_one_moment(library: audobon.Library, tmp_path: Path) -> None:
    library.record_uses([("copy.txt", "placed")] * 5, host="blender")
    stores, to = library._stores, tmp_path / "x.sqlite"

    def never(target: object) -> sinks.Sink:
        raise AssertionError(target)

    sent = exporting.export(stores, to, never, page=3)
    assert _counts(to)["usage_events"] == 8
    assert {each.table: each.batches for each in sent.tables}["usage_events"] > 1


class _Dying(sinks.LinesSink):
    """Dies at the nth batch, before it is written or after."""

    at, after = 0, False

    def send(self, table: Table, batch: Batch) -> int:
        type(self).at -= 1
        if type(self).at == 0:
            if type(self).after:
                super().send(table, batch)
            raise KeyboardInterrupt
        return super().send(table, batch)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_killed_at_any_batch_it_goes_on_there(
    library: audobon.Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: bool
) -> None:
    monkeypatch.setattr(exporting, "LinesSink", _Dying)
    to = tmp_path / "lines"
    _Dying.after = after
    for at in (1, 2, 1, 2, 1):
        _Dying.at = at
        library.edit(["copy.txt"], rating=at)  # rows change while they are under way
        with pytest.raises(KeyboardInterrupt):
            library.analytics.export(to)
    _Dying.at = 0
    library.analytics.export(to)
    told = [path.read_text("utf-8") for path in to.rglob("*.jsonl")]
    ids = [json.loads(line)["row_id"] for text in told for line in text.splitlines()]
    assert len(ids) == len(set(ids))
    names = {path.parent.name for path in to.rglob("*.jsonl")}
    assert names == {"assets", "versions", "usage_events", "jobs", "resources"}
    uses = [
        text for path in to.rglob("usage_events/*.jsonl") for text in path.read_text().splitlines()
    ]
    assert len(uses) == 3
    assert library.analytics.export(to).rows == 0


def test_a_batch_under_way_whose_uses_are_numbered_anew_is_neither_lost_nor_sent_twice(
    library: audobon.Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.record_uses([("copy.txt", "placed"), ("other.txt", "linked")], host="blender")
    monkeypatch.setattr(exporting, "LinesSink", _Dying)
    _Dying.after, _Dying.at = True, 3
    with pytest.raises(KeyboardInterrupt):
        library.analytics.export(tmp_path / "lines")
    db = library._stores.catalog.db
    db.execute("DELETE FROM usage_event WHERE rowid = 1")
    db.vacuum()
    library.record_use("copy.txt", "saved", host="krita")
    library.analytics.export(tmp_path / "lines")
    files = sorted((tmp_path / "lines" / "usage_events").glob("*.jsonl"))
    ids = [json.loads(line)["row_id"] for path in files for line in path.read_text().splitlines()]
    assert len(ids) == len(set(ids)) == 6


def _hour(back: int, span: int = HOUR_S) -> Tally:
    start = int(datetime.now(UTC).timestamp()) // span * span - back * span
    spent = {"count": 4, "total": 2.0, "least": 0.1, "most": 1.5}
    labels = (("call", "search"), ("outcome", "ok"))
    return Tally(start, span, "call", labels, **spent, buckets={}, first=start, last=start)


def test_measures_go_when_their_span_is_over(library: audobon.Library, tmp_path: Path) -> None:
    to, kept = tmp_path / "x.sqlite", library._stores.metrics
    now = int(datetime.now(UTC).timestamp())
    kept.add([_hour(0), _hour(3), _hour(4)], now)
    library.analytics.export(to)
    assert _counts(to)["metrics"] == 2  # one hour is not over
    library.analytics.export(to)
    assert _counts(to)["metrics"] == 2
    kept.add([_hour(2)], now)
    library.analytics.export(to)
    assert [
        (row["name"], row["measured"], row["mean"]) for row in _rows(to, sql("latency", "sqlite"))
    ] == [("call", 12, 0.5)]
    assert json.loads(_rows(to, "SELECT labels FROM metrics")[0]["labels"])["call"] == "search"


def test_in_an_encrypted_library_the_key_lies_sealed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = door.argon2id
    cheap = Costs(memory_kib=8, passes=1, lanes=1)
    monkeypatch.setattr(door, "argon2id", lambda secret, salt, _: real(secret, salt, cheap))
    with audobon.Library.create(tmp_path / "art", passphrase="zwei eulen") as library:
        library.analytics.switch_on("studio", "figures")
        assert library.analytics.export(tmp_path / "x.sqlite").rows == 1
        assert library.analytics.export(tmp_path / "x.sqlite").rows == 0
        key = read_book(library._stores.place).key
    data = (tmp_path / "art" / ".audobon" / "analytics.json").read_bytes()
    assert data.startswith(OBJECT)
    assert key.encode() not in data
    assert b"studio" not in data


def test_tables_that_were_taken_away_begin_anew(library: audobon.Library, tmp_path: Path) -> None:
    library.analytics.export(tmp_path / "x.sqlite")
    (tmp_path / "x.sqlite").unlink()
    assert library.analytics.export(tmp_path / "x.sqlite").rows == 9
    library.analytics.export(tmp_path / "lines")
    shutil.rmtree(tmp_path / "lines" / "assets")
    sent = library.analytics.export(tmp_path / "lines")
    assert {each.table: each.rows for each in sent.tables if each.rows} == {"assets": 3}


def test_a_file_of_something_else_is_left_alone(library: audobon.Library, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    connection = apsw.Connection(str(other))
    connection.execute("CREATE TABLE mine (a)")
    connection.close()
    with pytest.raises(Conflict, match="another program's database"):
        library.analytics.export(other)
    newer = tmp_path / "newer.db"
    library.analytics.export(newer)
    connection = apsw.Connection(str(newer))
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(NewerFormat, match="newer schema"):
        library.analytics.export(newer)


def test_nothing_goes_anywhere_before_it_is_switched_on(library: audobon.Library) -> None:
    with pytest.raises(Invalid, match="nothing leaves this machine until that is switched on"):
        library.analytics.export()
    with pytest.raises(Invalid, match="no project"):
        library.analytics.switch_on("my project", "assets")
    with pytest.raises(Invalid, match="no dataset"):
        library.analytics.switch_on("studio", "as-sets")
    with pytest.raises(Invalid, match="no service account"):
        library.analytics.switch_on("studio", "assets", impersonate_service_account="ada")
    state = library.analytics.switch_on("studio", "assets", include=["words"])
    assert state.target is not None
    assert (state.target.url, state.include) == ("bigquery:studio.assets", ("words",))
    key = read_book(library._stores.place).key
    assert library.analytics.switch_off().target is None
    assert read_book(library._stores.place).key == key
    library.analytics.switch_off(forget=True)
    assert read_book(library._stores.place).key == ""
    did = [entry.what for entry in library.audit.list(did="analytics")]
    assert did == ["off", "off", "on: bigquery:studio.assets"]


def test_two_exports_at_once_are_one_after_the_other(
    library: audobon.Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = library._stores.place
    with book_lock(place):
        monkeypatch.setattr(exporting, "book_lock", _quick)
        with pytest.raises(Busy):
            library.analytics.export(tmp_path / "x.sqlite")


def _quick(place: Any) -> Any:
    from audobon.system.locks import FileLock

    return FileLock(place.locks / "analytics.lock", timeout_s=0.0)


@pytest.mark.parametrize("name", QUERIES)
def test_every_query_runs_on_the_file(library: audobon.Library, tmp_path: Path, name: str) -> None:
    library.analytics.export(tmp_path / "x.sqlite")
    found = _rows(tmp_path / "x.sqlite", sql(name, "sqlite"))
    assert bool(found) == (name != "latency")  # nothing was measured
    if name == "copies":
        assert [(row["copies"], row["spare_bytes"]) for row in found] == [(2, 4)]
    if name == "usage":
        assert sum(row["uses"] for row in found) == 3


def test_the_schema_is_the_same_in_every_form(tmp_path: Path) -> None:
    told = json.loads(as_json())
    assert told["version"] == 1
    for table, statement in zip(told["tables"], ddl("bigquery"), strict=True):
        assert f"`DATASET.{table['name']}`" in statement
        assert all(f"    {column['name']} " in statement for column in table["schema"])
    with pytest.raises(Invalid, match="no dialect"):
        ddl("oracle")
