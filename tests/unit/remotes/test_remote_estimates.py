"""What pulls, fetches and clones would bring and pushes send, next to what they then did."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from audobon import Library
from audobon.errors import NotFound
from audobon.model.estimate import Estimate
from audobon.services.pipelines.written import keep_writing
from audobon.storage.objects import CountStore, FolderStore
from audobon.testing.pictures import write_png

Clone = Callable[..., Library]


@pytest.fixture
def url(tmp_path: Path) -> str:
    return str(tmp_path / "nas")


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[CountStore]:
    """Every folder that is opened as a remote, counted."""
    made: list[CountStore] = []

    def opened(where: str, *, create: bool = False, impersonate: str = "") -> CountStore:
        made.append(CountStore(FolderStore(where, create=create)))
        return made[-1]

    monkeypatch.setattr("audobon.services.places.remoteplace.open_store", opened)
    return made


def write(library: Library, message: str, **files: bytes) -> None:
    for name, data in files.items():
        (library.path / f"{name}.bin").write_bytes(data)
    library.add([library.path])
    library.commit(message)


def held(told: Estimate | None, store: CountStore) -> None:
    """All bytes that came were told, and none besides; a folder asks no money."""
    assert told is not None
    assert (told.down, told.up, told.costs) == (store.down, 0, ())


def test_what_comes_from_a_folder_is_told_before(
    ada: Library, url: str, clone: Clone, counted: list[CountStore]
) -> None:
    write(ada, "one", oak=os.urandom(300_000), elm=b"elm " * 60_000, ash=os.urandom(90_000))
    ada.remotes.add("nas", url)
    ada.push("nas")
    lazy, whole = (Library.estimate_clone(url, lazy=each) for each in (True, False))
    assert (lazy.versions, lazy.files, whole.versions, whole.files) == (None, 0, 1, 3)
    assert lazy.bytes < 10_000 < 390_000 < whole.bytes == whole.estimate.down
    with pytest.raises(NotFound):
        Library.estimate_clone(url, branch="no")
    bob = clone("bob", lazy=False)
    held(whole.estimate, counted[-1])
    eve = clone("eve")
    held(lazy.estimate, counted[-1])

    there = counted[-1]
    some = eve.fetch(["oak.bin", "ash.bin"], dry_run=True)
    there.clear()
    got = eve.fetch(["oak.bin", "ash.bin"])
    held(some.estimate, there)
    assert (some.dry_run, some.written, some.bytes) == (True, got.written, 390_000)
    assert eve.fetch(["oak.bin"], dry_run=True).written == ()

    write(ada, "two", oak=os.urandom(200_000), fir=os.urandom(500_000), elm=b"other " * 9000)
    ada.push("nas")
    for library, files in ((bob, 3), (eve, 1)):  # a lazy one has the new bytes of what is there
        packs = sorted((library.state_path / "history.git").rglob("*.pack"))
        told = library.pull("origin", dry_run=True)
        assert sorted((library.state_path / "history.git").rglob("*.pack")) == packs
        assert (told.dry_run, told.versions, told.files) == (True, 1, files)
        there = counted[-1] if library is eve else counted[-2]
        there.clear()
        done = library.pull("origin")
        held(told.estimate, there)
        assert done.versions == 1
        if library is bob:
            assert (done.files, done.bytes) == (told.files, told.bytes)
        assert library.pull("origin", dry_run=True).versions == 0


def test_a_push_tells_results_and_previews_before(ada: Library, url: str) -> None:
    for number in range(12):
        write_png(ada.path / f"wall{number}.png", 300, 200, color=(9, number, 90))
    ada.add([ada.path])
    ada.work()
    keep_writing(ada._stores, {asset.digest: asset.digest * 100 for asset in ada.assets()})
    ada.commit("one")
    ada.remotes.add("nas", url)
    told = ada.push("nas", dry_run=True)
    done = ada.push("nas")
    assert (told.files, told.pictures, told.results) == (12, 12, 12)
    assert (done.files, done.pictures, done.results) == (12, 12, 12)
    results = 12 * 64 * 100
    assert results < told.bytes == told.estimate.up - 4096 * 3, "a trailer, a git pack and a ref"
    # What was sent is told to some hundreds of bytes, but for the versions.
    assert 0 < done.bytes - told.bytes < 12_000
    keep_writing(ada._stores, {ada.assets()[0].digest: "another text"})
    assert ada.push("nas", dry_run=True).nothing  # what has a value there has no other one
    write_png(ada.path / "new.png", 30, 20, color=(1, 2, 3))
    ada.add([ada.path])
    ada.commit("two")
    ada.push("nas")
    keep_writing(ada._stores, {ada.get("new.png").digest: "a sign " * 900})
    told, done = ada.push("nas", dry_run=True), ada.push("nas")
    assert (told.files, told.versions, told.results) == (0, 0, 1)
    assert told.bytes == done.bytes == told.estimate.up > 6_300
