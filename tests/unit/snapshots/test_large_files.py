"""Snapshots of a file whose list of chunks is chunks too: little of it goes, all comes back."""

from __future__ import annotations

import random
from datetime import timedelta
from pathlib import Path

import audobon
from audobon.model.snapshot import Retention
from audobon.storage.objects import MemoryStore
from audobon.testing.folders import tree

NOW = timedelta(0)
ONE = Retention(1, 0, 0, 0, 0)


def content(folder: Path) -> dict[str, bytes]:
    return {path: data for path, (data, _) in tree(folder).items()}


def test_a_large_file_after_edits_forgetting_damage_and_repair(
    lib: audobon.Library, folder: Path, tmp_path: Path
) -> None:
    place = MemoryStore("place")
    data = bytearray(random.Random(3).randbytes(14_000_000))
    for number in range(3):
        data[4_000_000 * number + 9 : 4_000_000 * number + 999] = b"changed " * 123 + b"number"
        (folder / "noise.bin").write_bytes(data)
        lib.add([folder])
        told = lib.snapshots.estimate(place).bytes
        made = lib.snapshot(place)
        assert 0.9 * told < made.stored < 1.1 * told
        if number:
            assert made.stored < 250_000
    chunks = lib._stores.chunks
    assert any(chunks.recipe(digest)[0].parts for digest in chunks.digests())
    for _ in range(3):
        lib.snapshots.forget(place, ONE, grace=NOW)
        lib.collect(grace=NOW)
    assert lib.snapshots.verify(place).problems == ()
    assert lib.verify().problems == ()
    for stat in place.list("packs/"):
        before = place.get(stat.key)
        if stat.size < 1_000_000:
            place.delete(stat.key)
        else:
            hit = bytearray(before)
            hit[stat.size - 40_000] ^= 1  # among the last chunks or the list
            place.put(stat.key, bytes(hit))
    assert lib.snapshots.verify(place).problems
    assert lib.snapshots.repair(place).left == ()
    assert lib.snapshots.verify(place).problems == ()
    with audobon.Library.recover(place, tmp_path / "home") as back:
        assert back.recovered is not None
        assert back.recovered.failed == ()
        assert content(tmp_path / "home") == content(folder)
        assert back.verify().problems == ()
