"""A full disk: each call succeeds or says so, nothing is lost, and all works once there is room."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

import pytest
from fault_support import Mounts, digest_of, must_be_sound, must_work, picture_folder, waited_for

import audobon
from audobon.errors import DiskFull
from audobon.testing.folders import tree
from audobon.testing.pictures import write_png


class Ballast:
    """Files that leave a disk a given room, until they are dropped."""

    def __init__(self, disk: Path) -> None:
        self._file = disk / "ballast"

    def leave(self, room: int) -> None:
        """Fill the disk so that ``room`` bytes are free, in whole pages."""
        with self._file.open("ab", buffering=0) as stream:
            try:
                while stream.write(bytes(4096)) == 4096:
                    pass
            except OSError:
                pass
            stream.truncate(max(0, stream.seek(0, 2) // 4096 * 4096 - room))

    def drop(self) -> None:
        self._file.unlink(missing_ok=True)


@pytest.mark.parametrize("room", [0, 4096, 40_960, 131_072])
def test_a_full_disk_is_told_and_loses_nothing(mounts: Mounts, tmp_path: Path, room: int) -> None:
    disk, source = mounts.disk("disk", "12m"), tmp_path / "source"
    picture_folder(source)
    ballast = Ballast(disk)
    with audobon.Library.create(disk / "lib") as lib:
        lib.add([source])
        lib.edit(source / "notes.txt", add_tags=["before"])
        first = lib.commit("before")
        wanted = {asset.id: digest_of(Path(asset.file)) for asset in lib.assets()}
        noise = (source / "noise.bin").read_bytes()
        (source / "noise.bin").write_bytes(noise[::-1])
        for number in range(40):
            write_png(source / "new" / f"{number}.png", 1 + number, 7)
        before = tree(source)
        ballast.leave(room)
        told = _try_everything(lib, source)
        if room == 0:
            assert DiskFull in told, "a full disk went unnoticed"
        # As it is, a full disk can still be read from.
        assert lib.get(source / "notes.txt").tags[0] == "before"
        assert lib.search("tag:before").total == 1
        assert lib.log()[-1].id == first.id
        back = lib.restore(source / "noise.bin", first.id, tmp_path / "back.bin")
        assert Path(back).read_bytes() == noise
        ballast.drop()
        assert tree(source) == before
        must_be_sound(lib)
        must_work(lib, source, tmp_path / "scratch")
    with audobon.Library.open(disk / "lib") as lib:
        for ident, digest in wanted.items():
            back = lib.restore(ident, first.id, tmp_path / "back")
            assert digest_of(Path(back)) == digest
        lib.commit("room again")
        assert all(asset.state == "present" for asset in lib.assets())
        assert len(lib.assets()) == 53
        must_be_sound(lib)
        assert waited_for(lib, source / "new" / "3.png")


def _try_everything(lib: audobon.Library, source: Path) -> set[type[Exception]]:
    """Each call of a day; the classes of the errors that they were refused with."""
    calls: tuple[Callable[[], object], ...] = (
        lambda: lib.add([source]),
        lambda: [lib.edit(source / "notes.txt", add_tags=[f"t{n}"]) for n in range(30)],
        lambda: lib.edit(source / "notes.txt", note="a long note " * 8000),
        lambda: lib.commit("on a full disk"),
        lambda: lib.search("tile"),
        lib.undo,
        lib.work,
        lambda: lib.preview(source / "set0" / "tile0.png"),
    )
    told: list[DiskFull] = []
    for call in calls:
        try:
            call()
        except DiskFull as error:  # any other error fails the test
            told.append(error)
    assert all("space" in error.message for error in told)
    return {type(error) for error in told}


def test_opening_on_a_full_disk(mounts: Mounts, tmp_path: Path) -> None:
    disk, source = mounts.disk("disk", "12m"), tmp_path / "source"
    picture_folder(source)
    with audobon.Library.create(disk / "lib") as lib:
        lib.add([source])
        version = lib.commit("one")
    ballast = Ballast(disk)
    ballast.leave(0)
    with pytest.raises(DiskFull):
        audobon.Library.create(disk / "another")
    with contextlib.suppress(DiskFull):
        audobon.Library.open(disk / "lib").close()
    with audobon.Library.open(disk / "lib", read_only=True) as lib:
        assert lib.search("tile").total == 9
        assert lib.log()[0].id == version.id
    ballast.drop()
    with audobon.Library.open(disk / "lib") as lib:
        must_be_sound(lib)
        must_work(lib, source, tmp_path / "scratch")
    audobon.Library.create(disk / "another").close()


def test_restoring_to_a_full_disk_leaves_the_old_file(
    lib: audobon.Library, folder: Path, mounts: Mounts
) -> None:
    version = lib.commit("one")
    disk = mounts.disk("disk", "1m")
    target = disk / "noise.bin"
    target.write_bytes(b"the old bytes")
    Ballast(disk).leave(40_960)
    with pytest.raises(DiskFull):
        lib.restore(folder / "noise.bin", version.id, target)
    assert target.read_bytes() == b"the old bytes"
    assert sorted(path.name for path in disk.iterdir()) == ["ballast", "noise.bin"]
