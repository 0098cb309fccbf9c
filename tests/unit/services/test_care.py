"""What a library does about damage, leftovers and others who are quicker."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import audobon
from audobon.errors import Corrupt, NotFound
from audobon.services.files import identify
from audobon.services.previews import preview
from audobon.storage.previews import is_whole
from audobon.system.files import sweep_leftovers
from audobon.testing.pictures import png_bytes, write_png


@pytest.fixture
def quicker(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[audobon.Library]:
    """Another process that adds everything after this one has read and before it records."""
    with audobon.Library.open(folder) as other:
        read = identify.Reader._readings
        mine: list[object] = []

        def readings(self: identify.Reader, batch: Sequence[Any]) -> Iterator[Any]:
            found = list(read(self, batch))
            if not mine:
                mine.append(self)
                other.add([folder])
            return iter(found)

        monkeypatch.setattr(identify.Reader, "_readings", readings)
        yield other


def test_two_who_add_the_same_new_file_both_succeed(
    lib: audobon.Library, folder: Path, quicker: audobon.Library
) -> None:
    write_png(folder / "new.png", 31, 7)
    report = lib.add([folder])
    assert not report.failed
    assert not report.added, "the other was first"
    assert len(report.unchanged) == 7
    assert lib.get("new.png") == quicker.get("new.png")


def test_two_who_notice_the_same_move_both_succeed(
    lib: audobon.Library, folder: Path, quicker: audobon.Library
) -> None:
    oak = lib.get("textures/oak_planks.png")
    (folder / "textures" / "oak_planks.png").rename(folder / "boards.png")
    report = lib.add([folder])
    assert (report.failed, report.missing, report.added) == ((), (), ())
    assert lib.get("boards.png").id == oak.id
    assert lib.search("").total == 6


def test_two_who_add_roots_of_one_name_both_succeed(
    lib: audobon.Library, folder: Path, tmp_path: Path
) -> None:
    from audobon.services.core.roots import RootBook

    write_png(tmp_path / "a" / "sky" / "a.png", 5, 5)
    write_png(tmp_path / "b" / "sky" / "b.png", 6, 6)
    with audobon.Library.open(folder) as other:
        mine, theirs = RootBook(lib._stores), RootBook(other._stores)
        names = {
            mine.for_folder(str(tmp_path / "a" / "sky"))[0].name,
            theirs.for_folder(str(tmp_path / "b" / "sky"))[0].name,
        }
        assert names == {"sky", "sky-2"}
        assert mine.for_folder(str(tmp_path / "b" / "sky"))[0].name == "sky-2"
    text = (lib.state_path / "library.toml").read_text()
    assert str(tmp_path / "a") in text
    assert str(tmp_path / "b") in text


def test_verify_also_misses_the_bytes_of_old_versions(lib: audobon.Library, folder: Path) -> None:
    lib.commit("one")
    first = next((lib.state_path / "chunks" / "packs").glob("*.pack"))
    for path in folder.rglob("*.png"):
        write_png(path, 80 + len(path.name), 9)
    (folder / "readme.txt").write_text("rewritten\n")
    lib.commit("two")
    assert lib.verify().ok
    lib.close()
    first.unlink()
    with audobon.Library.open(folder) as again:
        problems = again.verify().problems
        assert sum("are not in the store" in problem for problem in problems) == 6
        assert not again.verify(part=(1, 2)).ok
        assert again.verify(part=(2, 2)).ok, "each part does its own work"
        again.restore("readme.txt", "HEAD")
        with pytest.raises(Corrupt) as caught:
            again.restore("readme.txt", "HEAD~1")
        assert "doctor" in caught.value.hint


def test_doctor_heals_a_pack_of_which_nothing_is_known(lib: audobon.Library, folder: Path) -> None:
    """The pack's list is damaged, and the index that knew it is gone too."""
    lib.commit("one")
    lib.close()
    state = folder / ".audobon"
    pack = next((state / "chunks" / "packs").glob("*.pack"))
    pack.chmod(0o600)
    os.truncate(pack, pack.stat().st_size - 5)
    (state / "chunks" / "index.db").unlink()
    with audobon.Library.open(folder) as again:
        assert not again.verify().ok
        assert again.doctor(repair=True).ok
        assert again.verify().ok
        again.restore("readme.txt", "HEAD")


def test_a_damaged_catalog_is_no_reason_not_to_close(lib: audobon.Library) -> None:
    catalog = lib.state_path / "catalog.db"
    lib.search("oak")
    with catalog.open("r+b") as stream:
        stream.write(b"\xff" * catalog.stat().st_size)
    lib.close()


def test_what_a_killed_restore_left_is_swept(lib: audobon.Library, folder: Path) -> None:
    lib.commit("one")
    old, fresh = (folder / "textures" / f".audobon-{name}.tmp" for name in ("old", "fresh"))
    other = folder / "textures" / ".audobon-note.txt"
    for file in (old, fresh, other):
        file.write_bytes(b"half a file")
    day_ago = time.time() - 86_400
    os.utime(old, (day_ago, day_ago))
    os.utime(other, (day_ago, day_ago))
    lib.restore("textures/oak_planks.png", "HEAD")
    assert (old.exists(), fresh.exists(), other.exists()) == (False, True, True)
    sweep_leftovers(folder / "no such folder")


def test_a_preview_that_failed_for_a_passing_reason_is_tried_again(
    lib: audobon.Library, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lib.work()
    oak = folder / "textures" / "oak_planks.png"
    away = oak.rename(folder.parent / "away.png")
    assert lib.preview("textures/oak_planks.png", size=64) is None
    lib.job(lib.jobs()[0].id)
    with pytest.raises(NotFound):
        lib.jobs()[0].result(60)
    with pytest.raises(NotFound):  # for the moment the reason is told
        lib.preview("textures/oak_planks.png", size=64)
    shutil.move(away, oak)
    monkeypatch.setattr(preview, "_AGAIN", timedelta(0))
    assert lib.preview("textures/oak_planks.png", size=64) is None
    lib.jobs()[0].result(60)
    assert lib.preview("textures/oak_planks.png", size=64)


def test_only_whole_pictures_count_as_previews() -> None:
    png = png_bytes(4, 4)
    assert is_whole(png)
    assert is_whole(b"\xff\xd8 and so on \xff\xd9")
    for broken in (b"", png[:-1], png[1:], b"\xff\xd8 cut", bytes(100)):
        assert not is_whole(broken)
