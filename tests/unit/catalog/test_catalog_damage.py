"""Damage to the file, and what finds it."""

from __future__ import annotations

import contextlib
import random
from pathlib import Path

import pytest
from catalog_bench import Bench

from audobon.errors import Corrupt
from audobon.storage.catalog import Catalog


def _flip(path: Path, start: int, *, seed: int) -> None:
    """Damage 200 bytes somewhere behind ``start``, deterministically."""
    data = bytearray(path.read_bytes())
    pick = random.Random(seed)
    for _ in range(200):
        data[pick.randrange(start, len(data))] ^= 0xFF
    path.write_bytes(data)


def test_damaged_pages_are_found(bench: Bench, tmp_path: Path) -> None:
    bench.add(*(f"some/rather/long/path/to/fill/pages/{n}" for n in range(500)), tags=("t",))
    for seed in range(5):
        copy = tmp_path / f"copy{seed}.db"
        bench.catalog.backup(copy)
        _flip(copy, 8192, seed=seed)
        with contextlib.suppress(Corrupt):  # where the tables' own description was hit
            damaged = Catalog.open(copy)
            assert damaged.check(full=True)
            for read in (damaged.iterate, damaged.stats, damaged.tags, damaged.vocabulary):
                with contextlib.suppress(Corrupt):  # and nothing else
                    read()
            damaged.close()
    copy = tmp_path / "header.db"
    bench.catalog.backup(copy)
    _flip(copy, 0, seed=1)
    data = bytearray(copy.read_bytes())
    data[100:110] = b"\xff" * 10  # the head of the page that holds the schema
    copy.write_bytes(data)
    with pytest.raises(Corrupt):
        Catalog.open(copy)


def test_one_changed_value_is_found_by_the_hash_of_its_row(bench: Bench) -> None:
    a, b = bench.add("a", "b", tags=("t",))
    db = bench.catalog.db
    assert bench.catalog.check() == ()
    for sql, back in (
        ("UPDATE asset SET rating = 4 WHERE key = 1", "UPDATE asset SET rating = 0 WHERE key = 1"),
        ("DELETE FROM asset_tag WHERE asset = 1", "INSERT INTO asset_tag VALUES (1, 1)"),
        ("UPDATE asset SET text = 'x' WHERE key = 1", None),
    ):
        db.execute(sql)
        (problem,) = bench.catalog.check()
        assert a.id in problem
        assert b.id not in problem
        if back:
            db.execute(back)
    bench.catalog.set_digests([(a.key, "e" * 64)])  # sealed anew


def test_check_finds_what_no_page_shows(bench: Bench) -> None:
    bench.add("a", tags=("t",), catalog="A/B")
    db = bench.catalog.db
    for sql, back, word in (
        ("UPDATE clock SET seq = 0", "UPDATE clock SET seq = 99", "clock"),
        (
            "UPDATE tag SET parent = key",
            "UPDATE tag SET parent = NULL",
            "below itself",
        ),
        (
            "UPDATE catalog SET path = 'A/X' WHERE name = 'B'",
            "UPDATE catalog SET path = 'A/B' WHERE name = 'B'",
            "where its path says",
        ),
        (
            "INSERT INTO tag_alias VALUES ('t', 't', 1)",
            "DELETE FROM tag_alias",
            "both a tag and an alias",
        ),
        (
            "PRAGMA foreign_keys = 0; INSERT INTO relationship VALUES (77, 'uses', 1)",
            "DELETE FROM relationship; PRAGMA foreign_keys = 1",
            "not there",
        ),
    ):
        db.execute(sql)
        assert word in " ".join(bench.catalog.check())
        db.execute(back)
        assert bench.catalog.check() == ()
