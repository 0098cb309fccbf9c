"""Search over a library of synthetic assets, and the same questions put to SQLite's FTS5.

Runs in a process of its own (``bench.drive``); the assets are those of :mod:`bench.synthetic`.
"""

from __future__ import annotations

import random
import sqlite3
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from attrs import frozen

from bench.names import WORDS, Zipf
from bench.synthetic import SEED, entries

__all__ = ["FIVE", "asks", "prefixes", "time_audobon", "time_fts", "times"]

_FACETS = ("kind", "ext", "rating", "tag")
FIVE = (*_FACETS, "format")
_PAGES = 5


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


def asks(count: int) -> list[Ask]:
    rng = random.Random(SEED + 1)
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


def prefixes(questions: Sequence[Ask]) -> list[str]:
    return [ask.words[0][: 2 + number % 3] for number, ask in enumerate(questions)]


def times(
    ask: Callable[[Any], int], questions: Sequence[Any], *, warm: int = 10
) -> dict[str, float]:
    """Milliseconds of wall and CPU time a question, after an unmeasured round of ``warm``."""
    for question in questions[:warm]:
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

    questions = asks(count)
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
            "words": times(plain, questions),
            "words, facets": times(faceted, questions),
            "words, filters, facets": times(filtered, questions),
            "prefix": times(begun, prefixes(questions)),
            f"up to {_PAGES} pages": times(paged, questions),
        }


_TABLES = """
CREATE TABLE asset(key INTEGER PRIMARY KEY, path TEXT, kind TEXT, ext TEXT, width INT, rating INT);
CREATE TABLE tag(asset INT, name TEXT);
CREATE VIRTUAL TABLE word USING fts5(path, tags, text, prefix='2 3 4',
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
    for entry in entries(count):
        row = (entry.path, entry.kind, entry.ext, entry.width, entry.rating)
        key = entry.number + 1
        database.execute("INSERT INTO asset VALUES (?, ?, ?, ?, ?, ?)", (key, *row))
        words = (key, entry.path, " ".join(entry.tags), entry.text)
        database.execute("INSERT INTO word(rowid, path, tags, text) VALUES (?, ?, ?, ?)", words)
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
    questions = asks(queries)

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
        "words": times(lambda ask: page(ask.plain, 0, ""), questions),
        "words, two filters": times(lambda ask: page(ask.plain, ask.rating, ask.kind), questions),
        "looking at every row": times(lambda ask: _scan(database, ask), questions[:20], warm=0),
        "words, facets": times(faceted, questions),
        "words, filters, facets": times(filtered, questions),
        "prefix": times(lambda prefix: page(f"{prefix}*", 0, ""), prefixes(questions)),
        f"up to {_PAGES} pages": times(paged, questions),
    }


def _scan(database: sqlite3.Connection, ask: Ask) -> int:
    """Without an index of words: every row is read."""
    likes = " AND ".join("(path LIKE ? OR tags LIKE ? OR text LIKE ?)" for _ in ask.words)
    values = [f"%{word}%" for word in ask.words for _ in range(3)]
    found = database.execute(f"SELECT rowid FROM word WHERE {likes}", values).fetchall()
    return len(found)
