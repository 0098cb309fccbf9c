"""What is written where somebody says takes no bytes away that are nowhere else."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

import audobon
from audobon.errors import Conflict, Invalid
from audobon.testing.pictures import write_png

OAK = "textures/oak_planks.png"
STATE = ".audobon"


def test_what_a_restore_kept_is_restored_as_from_any_version(
    lib: audobon.Library, folder: Path, tmp_path: Path
) -> None:
    oak = folder / OAK
    first = oak.read_bytes()
    lib.edit(lib.get(OAK), add_tags=["wood"])
    one = lib.commit("one")
    write_png(oak, 123, 3)
    unsaved = oak.read_bytes()
    done = lib.restore(OAK, one.id)
    assert oak.read_bytes() == first
    lib.restore(OAK, done.rescued, tmp_path / "kept.png")
    assert (tmp_path / "kept.png").read_bytes() == unsaved
    lib.restore(OAK, done.rescued)
    assert oak.read_bytes() == unsaved
    lib.export(tmp_path / "out", done.rescued)
    assert (tmp_path / "out" / OAK).read_bytes() == unsaved


def test_a_restore_to_another_path_writes_nothing_over(
    lib: audobon.Library, folder: Path, tmp_path: Path
) -> None:
    one = lib.commit("one")
    note = folder / "note.png"
    note.write_bytes(b"nowhere else")
    with pytest.raises(Conflict, match="no version has"):
        lib.restore(OAK, one.id, note)
    assert note.read_bytes() == b"nowhere else"
    link = folder / "link.png"
    link.symlink_to("nowhere")
    with pytest.raises(Conflict):
        lib.restore(OAK, one.id, link)
    assert link.is_symlink()
    wanted = (folder / OAK).read_bytes()
    other = folder / "other.png"
    other.touch()  # a name that a program has reserved
    for _ in range(2):  # again: the right bytes are there already
        lib.restore(OAK, one.id, other)
        assert other.read_bytes() == wanted
    lib.restore("props/chair/seat.png", one.id, other)  # a version has oak
    assert other.read_bytes() != wanted
    (tmp_path / "elsewhere.png").write_bytes(b"as any program writes over what it is told to")
    lib.restore(OAK, one.id, tmp_path / "elsewhere.png")
    assert (tmp_path / "elsewhere.png").read_bytes() == wanted


def test_files_are_not_put_into_the_librarys_own_state(
    lib: audobon.Library, folder: Path, tmp_path: Path
) -> None:
    one = lib.commit("one")
    before = (folder / STATE / "library.toml").read_bytes()
    (tmp_path / "way").symlink_to(folder / STATE)
    for to in (folder / STATE / "new.png", folder / STATE, tmp_path / "way" / "library.toml"):
        with pytest.raises(Invalid, match="own state"):
            lib.restore(OAK, one.id, to)
    for to in (folder / STATE / "out", tmp_path / "way" / "out"):
        with pytest.raises(Invalid, match="own state"):
            lib.export(to)
        assert not to.exists()
    assert (folder / STATE / "library.toml").read_bytes() == before


def test_names_that_this_disk_keeps_apart_are_exported_all(
    lib: audobon.Library, folder: Path, tmp_path: Path
) -> None:
    names = [
        "Oak.txt",
        "oak.txt",
        *(unicodedata.normalize(form, "grün.txt") for form in ("NFC", "NFD")),
    ]
    for number, name in enumerate(names):
        (folder / name).write_text(f"number {number}")
    if len(list(folder.glob("*.txt"))) < len(names) + 1:
        pytest.skip("this disk does not keep such names apart")
    lib.add([folder])
    lib.commit("one")
    done = lib.export(tmp_path / "out")
    assert not done.failed
    for number, name in enumerate(names):
        assert (tmp_path / "out" / name).read_text() == f"number {number}"
    assert not list((tmp_path / "out").glob(".audobon-*"))
