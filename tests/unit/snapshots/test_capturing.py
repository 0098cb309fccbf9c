"""What a snapshot is made of: everything, committed or not, in stores that know it is needed."""

from __future__ import annotations

import json
import os
import threading
from datetime import timedelta
from pathlib import Path

import pytest

import audobon
from audobon.errors import Invalid, ReadOnly
from audobon.model.snapshot import Snapshot
from audobon.services.versioning.capturing import (
    REFS,
    capture,
    clean_tags,
    read_settings_files,
    release,
)
from audobon.storage.catalog import Catalog


def taken(lib: audobon.Library, reason: str = "") -> Snapshot:
    return capture(lib._stores, reason=reason, tags=(), progress=None, cancel=lambda: False)


def test_what_is_uncommitted_and_what_never_was_committed_is_in_it(
    lib: audobon.Library, folder: Path
) -> None:
    head = lib.log()[0].id
    (folder / "notes.txt").write_text("changed since")
    (folder / "new.txt").write_text("never committed")
    lib.add([folder / "new.txt"])
    lib.edit("notes.txt", rating=4)
    made = taken(lib, "before a test")
    assert [version.id for version in lib.log()] == [head], "the branch does not move"
    assert lib.diff("HEAD", "WORKING").entries, "what was uncommitted still is"
    store, history = lib._stores.chunks, lib._stores.history
    out = folder.parent / "out"
    lib.export(out, made.version)
    assert {path.name: path.read_bytes() for path in out.rglob("*") if path.is_file()} == {
        path.name: path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and ".audobon" not in path.parts
    }
    assert made.refs == {"refs/heads/main": head}
    assert (made.files, made.bytes) == (lib.search().total, 400_332)
    assert made.branch == "main"
    assert made.name == "Mine"
    assert history.version(made.whole).parents == (made.version,)
    backup = folder.parent / "backup.db"
    store.restore(made.catalog.digest, backup)
    catalog = Catalog.open(backup)
    try:
        assert catalog.check(full=True) == ()
        there = catalog.get(lib.get("notes.txt").id)
        assert there is not None
        assert there.rating == 4
        assert {asset.path for asset in catalog.by_ids([lib.get("new.txt").id])} == {"new.txt"}
    finally:
        catalog.close()
    settings = read_settings_files(store.read(made.settings.digest))
    assert lib.id in settings["library.toml"]


def test_a_collection_leaves_what_the_newest_one_is_made_of(
    lib: audobon.Library, folder: Path
) -> None:
    (folder / "noise.bin").write_bytes(os.urandom(300_000))
    first = taken(lib)
    (folder / "noise.bin").write_bytes(os.urandom(300_000))
    second = taken(lib)
    release(lib._stores, second.id)
    assert list(lib._stores.history.refs(REFS)) == [REFS + second.id]
    lib.collect(grace=timedelta(0))
    lib.collect(grace=timedelta(0))
    assert lib._stores.chunks.missing([second.catalog.digest, second.settings.digest]) == set()
    assert lib._stores.chunks.missing([first.catalog.digest]) == {first.catalog.digest}
    assert lib.verify().ok


def test_the_second_one_costs_little(lib: audobon.Library, folder: Path) -> None:
    noise = bytearray(os.urandom(3_000_000))
    (folder / "noise.bin").write_bytes(noise)
    taken(lib)
    before = lib._stores.chunks.stats().stored_bytes
    noise[1_500_000] ^= 1
    (folder / "noise.bin").write_bytes(noise)
    taken(lib)
    assert lib._stores.chunks.stats().stored_bytes - before < 600_000


def test_the_catalogs_copy_is_of_one_moment_beside_a_writer(lib: audobon.Library) -> None:
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            lib.edit("notes.txt", rating=number % 6, note=f"number {number}" * 40)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        made = [taken(lib) for _ in range(3)]
    finally:
        stop.set()
        writer.join()
    for one in made:
        copy = lib.path.parent / f"{one.id}.db"
        lib._stores.chunks.restore(one.catalog.digest, copy)
        catalog = Catalog.open(copy)
        try:
            assert catalog.check(full=True) == ()
        finally:
            catalog.close()


def test_an_empty_library_and_one_without_a_version(tmp_path: Path) -> None:
    with audobon.Library.create(tmp_path / "empty") as lib:
        made = taken(lib)
        assert (made.files, made.bytes, made.refs) == (0, 0, {})
        (lib.path / "a.txt").write_text("a")
        lib.add([lib.path])
        assert taken(lib).files == 1
        assert lib.log() == ()


def test_a_file_that_cannot_be_read_is_told(lib: audobon.Library, folder: Path) -> None:
    (folder / "set0/tile0.png").unlink()
    (folder / "set0/tile0.png").mkdir()
    made = taken(lib)
    assert [Path(path).name for path in made.skipped] in (["tile0.png"], [])
    assert made.version


def test_refusals(lib: audobon.Library) -> None:
    assert clean_tags((" a  b", "a b")) == ("a b",)
    with pytest.raises(Invalid):
        clean_tags(("  ",))
    with audobon.Library.open(lib.path, read_only=True) as reader, pytest.raises(ReadOnly):
        taken(reader)
    with pytest.raises(audobon.errors.Corrupt):
        read_settings_files(b"{")
    with pytest.raises(audobon.errors.Corrupt):
        read_settings_files(json.dumps({"library.toml": 1}).encode())
    assert read_settings_files(b'{"../../evil": "x", "merge.json": "{}"}') == {"merge.json": "{}"}
