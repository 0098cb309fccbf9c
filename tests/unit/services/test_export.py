"""A version's files, written to a folder of their own."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

import audobon
from audobon.errors import Conflict, Corrupt, NotFound
from audobon.testing.pictures import write_png


def files(folder: Path) -> dict[str, bytes]:
    """Every file below a folder but the library's own, by its path."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and ".audobon" not in path.parts
    }


@pytest.mark.parametrize("durable", [False, True])
def test_copies_are_waited_for_when_asked(
    lib: audobon.Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, durable: bool
) -> None:
    lib.commit("one")
    waited: list[int] = []
    real = os.fsync

    def fsync(fd: int) -> None:
        waited.append(fd)
        real(fd)

    monkeypatch.setattr(os, "fsync", fsync)
    done = lib.export(tmp_path / "out", durable=durable)
    assert len(done.written) == 6
    assert (len(waited) >= 6) == durable
    assert not waited or durable


def test_all_files_of_a_version_come_back_and_the_library_stays(
    lib: audobon.Library, folder: Path, tmp_path: Path
) -> None:
    wanted = files(folder)
    first = lib.commit("one")
    write_png(folder / "textures" / "oak_planks.png", 40, 40)
    (folder / "readme.txt").unlink()
    lib.commit("two")
    now = files(folder)
    done = lib.export(tmp_path / "out" / "deep", first.id)
    assert files(tmp_path / "out" / "deep") == wanted
    assert (len(done.written), done.present, done.failed) == (6, (), ())
    assert done.revision == first.id
    assert files(folder) == now
    assert not list((tmp_path / "out").rglob(".audobon-*"))


def test_what_is_there_is_left_or_told(lib: audobon.Library, folder: Path, tmp_path: Path) -> None:
    lib.commit("one")
    out = tmp_path / "out"
    lib.export(out, refs=["readme.txt"])
    (out / "textures").mkdir()
    (out / "textures" / "oak_planks.png").write_bytes(b"somebody's work")
    done = lib.export(out)
    assert done.present == ("readme.txt",)
    assert [(path, type(error)) for path, error in done.failed] == [
        ("textures/oak_planks.png", Conflict)
    ]
    assert len(done.written) == 4
    assert (out / "textures" / "oak_planks.png").read_bytes() == b"somebody's work"


def test_assets_and_folders_are_named_as_the_version_has_them(
    lib: audobon.Library, folder: Path, tmp_path: Path
) -> None:
    first = lib.commit("one")
    seat = lib.get("props/chair/seat.png")
    (folder / "props" / "chair" / "seat.png").rename(folder / "seat.png")
    lib.add([folder])
    lib.commit("two")
    done = lib.export(tmp_path / "a", first.id, [seat, "MyAssets/textures/"])
    assert "props/chair/seat.png" in done.written
    assert len(done.written) == 5
    with pytest.raises(NotFound, match="props is not in this version"):
        lib.export(tmp_path / "b", refs=["seat.png", "props"])
    assert not (tmp_path / "b").exists()


def test_several_roots_are_folders_of_their_own(lib: audobon.Library, tmp_path: Path) -> None:
    write_png(tmp_path / "more" / "readme.png")
    first = lib.commit("one")
    lib.add([tmp_path / "more"])
    lib.commit("two")
    assert "readme.txt" in lib.export(tmp_path / "before", first.id).written
    assert lib.export(tmp_path / "one", refs=["more"]).written == ("more/readme.png",)
    lib.export(tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["MyAssets", "more"]


def test_lost_bytes_fail_one_file_alone(lib: audobon.Library, folder: Path, tmp_path: Path) -> None:
    large = b"".join(number.to_bytes(4, "big") * 9 for number in range(60_000))
    (folder / "large.bin").write_bytes(large)
    lib.add([folder])
    lib.commit("one")
    write_png(folder / "later.png", 30, 30)
    lib.add([folder])
    before = set((lib.state_path / "chunks" / "packs").iterdir())
    lib.commit("two")
    (folder / "later.png").unlink()
    for pack in set((lib.state_path / "chunks" / "packs").iterdir()) - before:
        if pack.suffix == ".pack":
            data = bytearray(pack.read_bytes())
            data[40 : len(data) - 40] = bytes(len(data) - 80)
            pack.chmod(0o600)
            pack.write_bytes(data)
    done = lib.export(tmp_path / "out")
    assert [(path, type(error)) for path, error in done.failed] == [("later.png", Corrupt)]
    assert (tmp_path / "out" / "large.bin").read_bytes() == large
    assert not (tmp_path / "out" / "later.png").exists()


def test_a_cancelled_export_goes_on_where_it_was(
    lib: audobon.Library, folder: Path, tmp_path: Path
) -> None:
    for number in range(40):
        (folder / f"note {number}.txt").write_text(f"this is note {number}")
    lib.add([folder])
    lib.commit("one")
    stop = threading.Event()
    done = lib.export(tmp_path / "out", progress=lambda *_: stop.set(), cancel=stop.is_set)
    assert done.cancelled
    assert 0 < len(done.written) < 46
    assert not done.failed
    again = lib.export(tmp_path / "out")
    assert not again.cancelled
    assert set(again.present) == set(done.written)
    assert len(again.present) + len(again.written) == 46
    assert files(tmp_path / "out") == files(folder)


def test_progress_ends_with_all(lib: audobon.Library, tmp_path: Path) -> None:
    lib.commit("one")
    told: list[tuple[int, int | None]] = []
    lib.export(tmp_path / "out", progress=lambda done, total, _: told.append((done, total)))
    assert told == [(number, 6) for number in range(1, 7)]
