"""The place of objects in a folder keeps every promise, whatever its file system can do."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import stat
import sys
import time
from pathlib import Path

import pytest

from audobon.errors import Conflict, Corrupt, Invalid, NewerFormat, NotFound, Unavailable
from audobon.storage.objects import ABSENT, FolderStore, ObjectStore
from audobon.storage.objects.foldernames import place_of
from audobon.storage.objects.folderversions import Versions
from audobon.system.exclusive import CLAIM, LINK, RENAME
from audobon.testing.objects_contract import ObjectStoreContract

_WAYS = [(LINK,), (RENAME,), (CLAIM,)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "NAS of ä" / "objects"


@pytest.fixture
def objects(folder: Path) -> FolderStore:
    folder.parent.mkdir()
    return FolderStore(folder, create=True)


class TestFolder(ObjectStoreContract):
    @pytest.fixture(params=_WAYS, ids=lambda way: str(way[0]))
    def store(self, request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
        return FolderStore(tmp_path / "objects", create=True, ways=request.param)


def _parts(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "@part").iterdir())


def test_what_is_opened_again_is_the_same(objects: FolderStore, folder: Path) -> None:
    for number in range(70):  # over the numbers after which the first tells where to begin
        objects.put("refs/main", str(number).encode())
    objects.put("packs/one", b"1", ABSENT)
    again = FolderStore(folder)
    assert again.get("refs/main") == b"69"
    assert again.stat("refs/main") == objects.stat("refs/main")
    assert [each.key for each in again.list()] == ["packs/one", "refs/main"]
    assert objects.put("refs/main", b"70", again.stat("refs/main").generation).generation == "71"
    assert again.get("refs/main") == b"70"


def test_bytes_of_older_versions_and_of_the_deleted_are_gone(
    objects: FolderStore, folder: Path
) -> None:
    for number in range(3):
        objects.put("refs/main", b"secret %d" % number)
    objects.put("packs/one", b"secret pack")
    assert objects.delete("packs/one")
    left = [path for path in folder.rglob("*") if path.is_file() and b"secret" in path.read_bytes()]
    assert [path.name for path in left] == ["main@3"]
    assert objects.stat("packs/one") is None
    assert [each.key for each in objects.list()] == ["refs/main"]
    assert objects.put("packs/one", b"again", ABSENT).generation == "3"
    assert _parts(folder) == []


def test_a_writer_killed_amid_marking_leaves_no_bytes_to_stay(
    objects: FolderStore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    marked = Versions._mark

    def killed(self: Versions, path: Path, floor: int) -> None:
        raise OSError(errno.EIO, "killed here")

    def killed_after_one(self: Versions, path: Path, floor: int) -> None:
        monkeypatch.setattr(Versions, "_mark", killed)
        marked(self, path, floor)

    monkeypatch.setattr(Versions, "_mark", killed)
    for number in range(4):
        objects.put("refs/main", b"%d" % number * 1000)
    monkeypatch.setattr(Versions, "_mark", killed_after_one)
    objects.put("refs/main", b"4" * 1000)
    sizes = [path.stat().st_size > 1000 for path in sorted((folder / "refs").iterdir())]
    assert sizes.count(True) == 4, "one was marked"
    monkeypatch.setattr(Versions, "_mark", marked)
    objects.put("refs/main", b"the last" * 1000)
    assert [path for path in (folder / "refs").iterdir() if path.stat().st_size > 1000] == [
        folder / "refs" / "main@6"
    ]
    assert FolderStore(folder).get("refs/main") == b"the last" * 1000


def test_old_numbers_are_forgotten_in_time(objects: FolderStore, folder: Path) -> None:
    for number in range(1, 100):
        objects.put("refs/main", str(number).encode())
    assert len(list((folder / "refs").iterdir())) == 99
    past = time.time() - 8 * 86400
    for path in (folder / "refs").iterdir():
        os.utime(path, (past, past))
    other = FolderStore(folder)
    assert other.get("refs/main") == b"99"
    for number in range(100, 161):
        objects.put("refs/main", str(number).encode())
    # 1 tells where to begin; of the others 64 stay, and those that are not a week old.
    numbers = sorted(int(path.name.partition("@")[2]) for path in (folder / "refs").iterdir())
    assert numbers == [1, *range(97, 161)]
    assert other.get("refs/main") == b"160"
    assert FolderStore(folder).get("refs/main") == b"160"
    (folder / "refs" / "main@1").write_bytes(b"")  # what a disk without power may make of it
    assert FolderStore(folder).get("refs/main") == b"160"


def test_a_late_writer_meets_a_number_that_was_given(objects: FolderStore, folder: Path) -> None:
    late = FolderStore(folder)
    first = late.put("refs/main", b"1")
    for number in range(5):
        objects.put("refs/main", str(number).encode())
    with pytest.raises(Conflict):
        late.put("refs/main", b"late", first.generation)
    with pytest.raises(Conflict):
        late.delete("refs/main", first.generation)
    assert late.get("refs/main") == b"4"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes")
def test_objects_are_their_owners(objects: FolderStore, folder: Path) -> None:
    objects.put("a/b", b"1")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("*")} == {0o700, 0o600}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes")
def test_a_folder_of_a_group_stays_its_groups(folder: Path) -> None:
    folder.mkdir(parents=True)
    folder.chmod(0o2770)
    FolderStore(folder, create=True).put("a/b", b"1")
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("*")} == {0o2770, 0o660}


def test_a_folder_is_made_on_request_only(folder: Path) -> None:
    folder.parent.mkdir()
    with pytest.raises(NotFound, match="no folder"):
        FolderStore(folder)
    folder.mkdir()
    with pytest.raises(NotFound, match="no place of objects"):
        FolderStore(folder)
    assert list(folder.iterdir()) == []
    (folder / "holiday.jpg").write_bytes(b"mine")
    with pytest.raises(Invalid, match=r"holiday\.jpg"):
        FolderStore(folder, create=True)
    assert [path.name for path in folder.iterdir()] == ["holiday.jpg"]
    with pytest.raises(NotFound):
        FolderStore(folder.parent / "not" / "there", create=True)


def test_a_folder_that_vanishes_is_not_made_again(objects: FolderStore, folder: Path) -> None:
    objects.put("packs/one", b"1")
    folder.rename(folder.with_name("away"))
    for call in (
        lambda: objects.stat("packs/one"),
        lambda: objects.get("packs/one"),
        lambda: objects.fetch("packs/one", folder.parent / "target"),
        lambda: objects.put("packs/two", b"2", ABSENT),
        lambda: objects.put("packs/one", b"2"),
        lambda: objects.delete("packs/one"),
        lambda: list(objects.list()),
        lambda: list(objects.strangers()),
    ):
        with pytest.raises(Unavailable):
            call()
    assert not folder.exists()
    folder.mkdir()  # the empty folder below a share that is not mounted
    with pytest.raises(Unavailable):
        objects.put("packs/two", b"2")
    with pytest.raises(Unavailable):
        objects.stat("packs/one")
    assert list(folder.iterdir()) == []
    folder.rmdir()
    FolderStore(folder, create=True)  # another disk at the same path
    with pytest.raises(Unavailable):
        objects.stat("packs/one")
    shutil.rmtree(folder)
    folder.with_name("away").rename(folder)
    assert objects.get("packs/one") == b"1"


def test_damaged_objects_are_told_and_can_be_written_again(
    objects: FolderStore, folder: Path, tmp_path: Path
) -> None:
    data = bytes(range(256)) * 20
    for key, change in (
        ("cut", lambda raw: raw[:1000]),
        ("empty", lambda raw: b""),
        ("flipped", lambda raw: raw[:500] + b"\xff" + raw[501:]),
    ):
        objects.put(key, data)
        path = folder / f"{key}@1"
        path.write_bytes(change(path.read_bytes()))
        assert key in [each.key for each in objects.list()]
        with pytest.raises(Corrupt):
            objects.get(key)
        with pytest.raises(Corrupt):
            objects.fetch(key, tmp_path / "target")
        assert not [path for path in tmp_path.iterdir() if path.is_file()]
        objects.put(key, data)
        assert objects.get(key) == data
        assert objects.delete(key)


def test_what_is_half_fetched_is_used(objects: FolderStore, folder: Path, tmp_path: Path) -> None:
    data = os.urandom(3 << 20)
    objects.put("pack", data)
    raw = (folder / "pack@1").read_bytes()
    target = tmp_path / "target"
    os.truncate(folder / "pack@1", 2 << 20)
    with pytest.raises(Corrupt):
        objects.fetch("pack", target)
    (folder / "pack@1").write_bytes(raw)
    assert objects.fetch("pack", target).size == len(data)
    assert target.read_bytes() == data


def test_conflict_copies_are_no_objects_and_are_told(objects: FolderStore, folder: Path) -> None:
    objects.put("refs/main", b"1")
    copies = (
        "main@1 (Ann's conflicted copy 2026-11-26)",
        "main@1-LAPTOP",
        "main@1.sync-conflict-20261126-101010-ABCDEFG",
        "main@1 (1)",
    )
    for name in copies:
        shutil.copy(folder / "refs" / "main@1", folder / "refs" / name)
    (folder / "refs" / ".DS_Store").write_bytes(b"")
    (folder / "Thumbs.db").write_bytes(b"")
    assert [each.key for each in objects.list()] == ["refs/main"]
    assert sorted(path.name for path in objects.strangers()) == sorted(copies)


def test_names_that_windows_would_not_keep(objects: FolderStore, folder: Path) -> None:
    keys = ["aux", "aux/con/nul", "com1.txt/a.", "a./b", "a/b", "a", "a./b./c"]
    for key in keys:
        objects.put(key, key.encode())
    assert [each.key for each in objects.list()] == sorted(keys)
    assert [each.key for each in objects.list("a./")] == ["a./b", "a./b./c"]
    for key in keys:
        assert objects.get(key) == key.encode()
    for path in folder.rglob("*"):
        assert not path.name.endswith(".")
        assert path.name.partition(".")[0] not in ("aux", "con", "nul", "com1")


def test_leftovers_of_the_killed_are_swept(objects: FolderStore, folder: Path) -> None:
    for name in (".audobon-old.tmp", ".audobon-new.tmp"):
        (folder / "@part" / name).write_bytes(b"x" * 100)
    past = time.time() - 7200
    os.utime(folder / "@part" / ".audobon-old.tmp", (past, past))
    FolderStore(folder)
    assert _parts(folder) == [".audobon-new.tmp"]
    shutil.rmtree(folder / "@part")  # what is empty is not synchronised by every program
    assert objects.put("a", b"1").generation == "1"


def test_a_newer_layout_and_a_damaged_one_are_refused(objects: FolderStore, folder: Path) -> None:
    said = json.loads((folder / "@audobon.json").read_text())
    (folder / "@audobon.json").write_text(json.dumps({**said, "layout": 2}))
    with pytest.raises(NewerFormat):
        FolderStore(folder)
    (folder / "@audobon.json").write_text("{")
    with pytest.raises(Corrupt):
        FolderStore(folder)


def test_the_claim_of_a_dead_machine_is_taken_over(tmp_path: Path) -> None:
    folder = tmp_path / "objects"
    store = FolderStore(folder, create=True, ways=(CLAIM,), lease_s=0.2)
    store.put("a", b"1")
    name = hashlib.sha256(b"a@2").hexdigest()[:32]
    claim = folder / "@part" / f".audobon-claim-{name}.tmp"
    claim.write_bytes(b"a machine that is gone")
    assert store.put("a", b"2").generation == "2"
    assert _parts(folder) == []


def test_a_key_finds_its_place(tmp_path: Path) -> None:
    place = place_of(tmp_path, "packs/ab/abcd.pack")
    assert place.at(3) == tmp_path / "packs" / "ab" / "abcd.pack@3"
