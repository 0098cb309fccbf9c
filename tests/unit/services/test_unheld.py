"""What is derived from contents that nobody holds any more goes; what pictures lack is followed."""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

import audobon
from audobon.services.core.stores import Stores
from audobon.services.pipelines.unseen import _counted, unseen_pictures
from audobon.storage.catalog.find import HOLDERS, KEYS, USES
from audobon.storage.vectors import VectorStore

HALF = struct.pack("<4e", 1.0, 0.0, 0.0, 0.0)


def picture(shade: int) -> bytes:
    """A PNG of one pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        code = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + code

    head = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    pixels = zlib.compress(bytes((0, shade)))
    parts = (chunk(b"IHDR", head), chunk(b"IDAT", pixels), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@pytest.fixture
def lib(tmp_path: Path) -> Iterator[audobon.Library]:
    with audobon.Library.create(tmp_path / "Lib", author="Ada <ada@example.org>") as library:
        for number in range(6):
            (library.path / f"{number}.png").write_bytes(picture(number))
        library.add(library.path)
        library.commit("all")  # contents are told apart by their digests from here on
        yield library


def digest(lib: audobon.Library, name: str) -> bytes:
    return bytes.fromhex(lib.get(name).digest)


def test_colors_and_vectors_of_contents_that_nobody_holds_go(lib: audobon.Library) -> None:
    stores: Stores = lib._stores
    stores.catalog.set_colors({lib.get("0.png").digest: b"", "ab" * 32: b""})
    pictures = stores.vectors("pictures")
    pictures.put({digest(lib, "0.png"): HALF, digest(lib, "1.png"): HALF, b"x" * 32: HALF})
    texts = stores.vectors("texts")
    texts.put({b"a" * 32: HALF, b"b" * 32: HALF})
    texts.hold([(1, b"a" * 32)], mark=3)
    number = pictures.last()
    assert lib.collect(dry_run=True).derived == 0
    assert (pictures.count(), texts.count()) == (3, 2)
    assert lib.collect().derived == 3
    assert stores.catalog.colors(lib.get("0.png").digest) == b""
    assert stores.catalog.colors("ab" * 32) is None
    assert pictures.get(digest(lib, "1.png")) == HALF
    assert (pictures.count(), pictures.get(b"x" * 32)) == (2, None)
    assert (texts.count(), texts.get(b"a" * 32)) == (1, HALF)
    assert pictures.last() > number  # whoever keeps what it has read looks again
    assert lib.collect().derived == 0


def test_imprints_and_texts_of_contents_that_nobody_holds_go(lib: audobon.Library) -> None:
    stores: Stores = lib._stores
    here, there, gone = digest(lib, "0.png"), digest(lib, "1.png"), b"x" * 32
    stores.imprints.put({here: b"1", gone: b"2", there: b""})
    stores.imprints.note([(2, 1, 0, 0.0, 1.0, 0, 0)], up_to=3)
    stores.writing.put({here.hex(): "OPEN", gone.hex(): "CLOSED", there.hex(): ""})
    stores.writing.note_gathered()
    assert len(stores.imprints.near()) == 1
    assert lib.collect().derived == 2
    assert stores.imprints.unknown([here, there, gone]) == [gone]
    assert stores.imprints.near() == []
    assert stores.imprints.compared() == stores.imprints.last() == 3
    assert stores.writing.of([here.hex(), there.hex(), gone.hex()]) == {
        here.hex(): "OPEN",
        there.hex(): "",
    }
    assert stores.writing.gathered()
    assert lib.collect().derived == 0
    # One that comes back is new: it is compared with all again.
    stores.imprints.put({gone: b"2"})
    assert stores.imprints.last() == 4


def test_a_removed_asset_keeps_what_its_undo_needs(lib: audobon.Library) -> None:
    store = lib._stores.vectors("pictures")
    store.put({digest(lib, "2.png"): HALF})
    lib.remove(["2.png"])
    assert lib.collect().derived == 0
    assert store.count() == 1


def test_pictures_without_a_vector_are_followed(
    lib: audobon.Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    stores: Stores = lib._stores
    store = stores.vectors("pictures")
    counts = []

    def counted(stores: Stores, store: VectorStore) -> dict[str, str]:
        counts.append(store.path)
        return _counted(stores, store)

    monkeypatch.setattr("audobon.services.pipelines.unseen._counted", counted)

    def right() -> int:
        told = unseen_pictures(stores, store)
        assert set(told) == set(_counted(stores, store))
        return len(told)

    assert right() == 6
    store.put({digest(lib, "0.png"): HALF, digest(lib, "1.png"): HALF})
    assert right() == 4
    lib.remove(["2.png"])
    assert right() == 3
    lib.undo()
    (lib.path / "7.png").write_bytes(picture(7))
    (lib.path / "0.png").write_bytes(picture(99))
    os.utime(lib.path / "0.png", ns=(10**18, 10**18))
    lib.add(lib.path)
    assert right() == 6
    assert len(counts) == 1  # of all pictures: the first time
    other = stores.vectors("another")
    assert len(unseen_pictures(stores, other)) == 7
    assert right() == 6


def test_assets_are_looked_up_by_content_and_key_not_by_state(lib: audobon.Library) -> None:
    by_content = "INDEX asset_digest (digest=?)"
    wanted = (
        (HOLDERS, "asset", by_content),
        (KEYS, "asset", "COVERING " + by_content),
        (USES, "a", "INTEGER PRIMARY KEY"),
    )
    for sql, name, index in wanted:
        plan = [row[3] for row in lib._stores.catalog.db.rows(f"EXPLAIN QUERY PLAN {sql}", ("[]",))]
        assert any(f"SEARCH {name} " in line and index in line for line in plan), plan
        assert not any("asset_state" in line or f"SCAN {name}" in line for line in plan), plan
