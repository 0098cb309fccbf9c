"""Search over a library of synthetic assets, and the same questions put to SQLite's FTS5.

Runs in a process of its own (``bench.drive``). The library is filled through
the catalog's own bulk call, as no file is needed to be searched for.
"""

from __future__ import annotations

import os
import random
import sqlite3
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from attrs import frozen

from bench.names import TAGS, WORDS, Zipf, names

__all__ = ["fill_library", "time_audobon", "time_fts"]

_SEED = 20261123
_BATCH = 500
_KINDS = {"blend": "blend", "kra": "document", "psd": "document", "wav": "audio"}
_KINDS |= dict.fromkeys(("glb", "obj", "fbx"), "model")
_FACETS = ("kind", "ext", "rating", "tag")
_PAGES = 5


@frozen
class _Entry:
    """One synthetic asset."""

    number: int
    path: str
    kind: str
    ext: str
    width: int
    rating: int
    tags: tuple[str, ...]

    @property
    def size(self) -> int:
        return 1000 + self.number


def _entries(count: int) -> Iterator[_Entry]:
    rng = random.Random(_SEED)
    tags = Zipf(TAGS, rng)
    for number, (folder, name) in enumerate(names(count, seed=_SEED)):
        stem, _, ext = name.rpartition(".")
        kind = _KINDS.get(ext, "image")
        yield _Entry(
            number,
            f"{folder}/{stem} {number % 100:02d}.{ext}",
            kind,
            ext,
            rng.choice((512, 1024, 2048, 4096)),
            rng.choice((0, 0, 0, 1, 2, 3, 4, 5)),
            tuple(dict.fromkeys(tags.draw(rng.choice((1, 2, 3))))),
        )


@frozen
class Ask:
    """One question: words, and filters that its ``filtered`` form adds."""

    words: tuple[str, ...]
    rating: int
    kind: str

    @property
    def plain(self) -> str:
        return " ".join(self.words)

    @property
    def filtered(self) -> str:
        return f"{self.plain} rating:>={self.rating} kind:{self.kind}"


def _asks(count: int) -> list[Ask]:
    rng = random.Random(_SEED + 1)
    # Words that fold to themselves: FTS5 takes names apart in another way.
    words = Zipf([word for word in WORDS if word.isascii() and len(word) > 2], rng)
    return [
        Ask(
            tuple(words.draw(rng.choice((1, 1, 2)))),
            rng.randrange(1, 5),
            rng.choice(("image", "image", "model", "document")),
        )
        for _ in range(count)
    ]


def _prefixes(asks: Sequence[Ask]) -> list[str]:
    return [ask.words[0][: 2 + number % 3] for number, ask in enumerate(asks)]


def fill_library(folder: Path, count: int, *, files: bool = False) -> dict[str, Any]:
    """A library at ``folder`` with ``count`` assets, their tags and ratings, and its index.

    With ``files`` each has its file, so that a scan finds all as it is known: as large as it
    is said to be and of that time, and empty.
    """
    from audobon import Library
    from audobon.model.asset import Facts
    from audobon.model.change import Edit
    from audobon.services.place import open_place
    from audobon.storage.catalog import Catalog, NewFile

    Library.create(folder, "bench", author="Bench <bench@localhost>").close()
    catalog = Catalog.open(open_place(folder).catalog)
    now = datetime.now(UTC)
    root = catalog.roots()[0].key
    by_tag: dict[str, list[str]] = {}
    by_rating: dict[int, list[str]] = {}
    entries = list(_entries(count))
    for start in range(0, count, _BATCH):
        batch = entries[start : start + _BATCH]
        files = [
            NewFile(
                root=root,
                path=entry.path,
                size=entry.size,
                mtime_ns=entry.number,
                partial=entry.number.to_bytes(16, "little"),
                digest=f"{entry.number:064x}",
                facts=Facts(
                    kind=entry.kind,
                    format=entry.ext,
                    width=entry.width if entry.kind == "image" else None,
                    height=entry.width if entry.kind == "image" else None,
                ),
            )
            for entry in batch
        ]
        made = catalog.insert(files, author="bench", now=now)
        for asset, entry in zip(made, batch, strict=True):
            by_rating.setdefault(entry.rating, []).append(asset.id)
            for tag in entry.tags:
                by_tag.setdefault(tag, []).append(asset.id)
    for tag, ids in by_tag.items():
        catalog.edit(ids, Edit(add_tags=(tag,)), author="bench", now=now)
    for rating, ids in by_rating.items():
        if rating:
            catalog.edit(ids, Edit(rating=rating), author="bench", now=now)
    catalog.close()
    if files:
        _write_files(folder, entries)
    start_s = time.process_time()
    with Library.open(folder) as library:
        total = library.search("").total
    if total != count:
        raise SystemExit(f"{total} of {count} assets are found")
    return {"index_cpu_s": time.process_time() - start_s}


def _write_files(folder: Path, entries: Sequence[_Entry]) -> None:
    for entry in entries:
        path = folder / entry.path
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as stream:
            stream.truncate(entry.size)  # a hole: no disk is taken
        os.utime(path, ns=(entry.number, entry.number))


def _times(ask: Callable[[Any], int], questions: Sequence[Any]) -> dict[str, float]:
    """Milliseconds of wall and CPU time a question, after one unmeasured round of ten."""
    for question in questions[:10]:
        ask(question)
    wall, cpu, found = [], [], 0
    for question in questions:
        clock, busy = time.perf_counter(), time.process_time()
        found += ask(question)
        wall.append((time.perf_counter() - clock) * 1000)
        cpu.append((time.process_time() - busy) * 1000)

    def p95(values: list[float]) -> float:
        return statistics.quantiles(values, n=20, method="inclusive")[18]

    return {
        "p50_ms": statistics.median(wall),
        "p95_ms": p95(wall),
        "cpu_p95_ms": p95(cpu),
        "cpu_ms": statistics.fmean(cpu),
        "found": found / len(questions),
    }


def time_audobon(folder: Path, count: int) -> dict[str, Any]:
    """The questions through ``Library.search``, fifty hits a page with their rows."""
    from audobon import Library

    asks = _asks(count)
    with Library.open(folder) as library:

        def plain(ask: Ask) -> int:
            return library.search(ask.plain).total

        def filtered(ask: Ask) -> int:
            return library.search(ask.filtered, facets=_FACETS).total

        def faceted(ask: Ask) -> int:
            return library.search(ask.plain, facets=_FACETS).total

        def begun(prefix: str) -> int:
            return library.search(prefix, typing=True).total

        def paged(ask: Ask) -> int:
            after, total = None, 0
            for _ in range(_PAGES):
                page = library.search(ask.words[0], after=after)
                total, after = page.total, page.next
                if after is None:
                    break
            return total

        return {
            "words": _times(plain, asks),
            "words, facets": _times(faceted, asks),
            "words, filters, facets": _times(filtered, asks),
            "prefix": _times(begun, _prefixes(asks)),
            f"up to {_PAGES} pages": _times(paged, asks),
        }


_TABLES = """
CREATE TABLE asset(key INTEGER PRIMARY KEY, path TEXT, kind TEXT, ext TEXT, width INT, rating INT);
CREATE TABLE tag(asset INT, name TEXT);
CREATE VIRTUAL TABLE word USING fts5(path, tags, prefix='2 3 4',
    tokenize="unicode61 remove_diacritics 2 separators '_'");
"""
_MATCHING = (
    "FROM word JOIN asset a ON a.key = word.rowid"
    " WHERE word MATCH ? AND a.rating >= ? AND (? = '' OR a.kind = ?)"
)
_RANKED = f"SELECT a.* {_MATCHING} ORDER BY rank LIMIT 50 OFFSET ?"
_COUNT = f"SELECT count(*) {_MATCHING}"


def _fts_database(path: Path, count: int) -> sqlite3.Connection:
    """The same assets in a database as one would make it for FTS5: indexed words and columns."""
    database = sqlite3.connect(path)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA cache_size = -65536")
    database.executescript(_TABLES)
    for entry in _entries(count):
        row = (entry.path, entry.kind, entry.ext, entry.width, entry.rating)
        key = entry.number + 1
        database.execute("INSERT INTO asset VALUES (?, ?, ?, ?, ?, ?)", (key, *row))
        words = (key, entry.path, " ".join(entry.tags))
        database.execute("INSERT INTO word(rowid, path, tags) VALUES (?, ?, ?)", words)
        database.executemany("INSERT INTO tag VALUES (?, ?)", [(key, tag) for tag in entry.tags])
    database.executescript(
        "CREATE INDEX asset_kind ON asset(kind, rating); CREATE INDEX tag_asset ON tag(asset);"
        " INSERT INTO word(word) VALUES ('optimize'); ANALYZE;"
    )
    database.commit()
    return database


def time_fts(path: Path, count: int, queries: int) -> dict[str, Any]:
    """The same questions to FTS5: fifty rows, the total, and the counts of the same facets."""
    database = _fts_database(path, count)
    asks = _asks(queries)

    def page(match: str, rating: int, kind: str, offset: int = 0) -> int:
        rows = database.execute(_RANKED, (match, rating, kind, kind, offset)).fetchall()
        assert len(rows) <= 50
        return int(database.execute(_COUNT, (match, rating, kind, kind)).fetchone()[0])

    def facets(match: str, rating: int, kind: str) -> None:
        inner = _COUNT.replace("count(*)", "a.key AS key")
        values = (match, rating, kind, kind)
        for column in ("kind", "ext", "rating"):
            counted = _COUNT.replace("count(*)", f"a.{column}, count(*)")
            database.execute(f"{counted} GROUP BY a.{column}", values).fetchall()
        database.execute(
            f"SELECT name, count(*) FROM tag WHERE asset IN ({inner}) GROUP BY name", values
        ).fetchall()

    def faceted(ask: Ask) -> int:
        facets(ask.plain, 0, "")
        return page(ask.plain, 0, "")

    def filtered(ask: Ask) -> int:
        facets(ask.plain, ask.rating, ask.kind)
        return page(ask.plain, ask.rating, ask.kind)

    def paged(ask: Ask) -> int:
        total = 0
        for number in range(_PAGES):
            total = page(ask.words[0], 0, "", number * 50)
            if total <= (number + 1) * 50:
                break
        return total

    return {
        "words": _times(lambda ask: page(ask.plain, 0, ""), asks),
        "words, facets": _times(faceted, asks),
        "words, filters, facets": _times(filtered, asks),
        "prefix": _times(lambda prefix: page(f"{prefix}*", 0, ""), _prefixes(asks)),
        f"up to {_PAGES} pages": _times(paged, asks),
    }
