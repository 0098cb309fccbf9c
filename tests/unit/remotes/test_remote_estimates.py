"""What pulls, fetches and clones would bring, told before, next to what they then did."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from audobon import Library
from audobon.errors import NotFound
from audobon.model.estimate import Estimate
from audobon.storage.objects import CountStore, FolderStore

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
