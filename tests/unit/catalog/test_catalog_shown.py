"""What pages show is read once while nobody commits, and never out of date."""

from __future__ import annotations

import pytest
from catalog_bench import Bench

from audobon.storage.catalog import Catalog, seen


def test_what_is_shown_is_what_is_read(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = [asset.key for asset in bench.add("oak.png", "rust.png", "sky.png", tags=("wood",))]
    asked = [keys[2], 999, keys[0]]
    assert bench.catalog.shown(asked) == bench.catalog.by_key(asked)
    reads: list[object] = []
    read = seen.select_by_key
    monkeypatch.setattr(
        seen, "select_by_key", lambda db, keys: reads.append([*keys]) or read(db, keys)
    )
    assert bench.catalog.shown([keys[0], keys[2]]) == bench.catalog.by_key([keys[0], keys[2]])
    assert bench.catalog.shown(keys) == bench.catalog.by_key(keys)
    assert reads == [[keys[1]]]  # the others were shown before
    monkeypatch.setattr(seen, "_KEPT", 2)
    bench.add("sea.png")
    assert bench.catalog.shown(keys) == bench.catalog.by_key(keys)
    assert bench.catalog.shown(keys[:1]) == bench.catalog.by_key(keys[:1])
    assert bench.catalog.shown([]) == ()


def test_every_commit_of_anybody_is_shown(bench: Bench) -> None:
    oak, rust = bench.add("oak.png", "rust.png", tags=("wood",))
    keys = [oak.key, rust.key]
    other = Catalog.open(bench.path)
    try:
        bench.catalog.shown(keys)
        bench.edit((oak,), note="old")
        assert [asset.note for asset in bench.catalog.shown(keys)] == ["old", ""]
        assert other.shown(keys) == bench.catalog.by_key(keys)
        bench.edit((rust,), rating=4)
        bench.catalog.rename_tag("wood", "timber", author="Ann <a@example.org>", now=bench.now)
        assert [(asset.rating, asset.tags) for asset in other.shown(keys)] == [
            (0, ("timber",)),
            (4, ("timber",)),
        ]
        with bench.catalog.db.write():  # which sees itself what nobody else does
            bench.catalog.db.execute("UPDATE asset SET note = 'mine' WHERE key = ?", (oak.key,))
            assert bench.catalog.shown(keys)[0].note == "mine"
            assert other.shown(keys)[0].note == "old"
            bench.catalog.db.execute("UPDATE asset SET note = 'old' WHERE key = ?", (oak.key,))
        assert bench.catalog.shown(keys) == other.by_key(keys)
    finally:
        other.close()


def test_long_texts_are_not_kept(bench: Bench) -> None:
    oak, rust = bench.add("oak.png", "rust.png")
    bench.edit((oak,), note="long " * 2000)
    keys = [oak.key, rust.key]
    assert bench.catalog.shown(keys) == bench.catalog.by_key(keys)
    _, kept = bench.catalog._shown
    assert [*kept] == [rust.key]


def test_assets_are_looked_up_by_contents_and_by_key(bench: Bench) -> None:
    assets = bench.add("oak.png", "rust.png", "sky.png")
    oak, rust, sky = assets
    asked = [sky.digest, 'no"digest', "f" * 64, oak.digest, ""]
    assert bench.catalog.ever_holders(asked) == {sky.digest: [sky.key], oak.digest: [oak.key]}
    assert bench.catalog.ever_holders([oak.digest]) == {oak.digest: [oak.key]}
    assert bench.catalog.ever_holders([]) == {}
    assert bench.catalog.uses([rust.key, 999, oak.key]) == {rust.key: (0, 0), oak.key: (0, 0)}
