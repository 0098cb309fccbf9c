"""Everything derived comes back by itself: search index, chunk index, previews."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from fault_support import damage, digest_of, must_be_sound, must_work, waited_for

import audobon


@pytest.fixture
def filled(lib: audobon.Library, folder: Path) -> audobon.Library:
    """A library with two versions, previews, and an index on disk."""
    lib.commit("one")
    (folder / "noise.bin").write_bytes((folder / "noise.bin").read_bytes()[::-1])
    lib.commit("two")
    lib.edit("notes.txt", add_tags=["paper"])
    lib.work()
    assert lib.search("tile").total == 9
    return lib


def _works(lib: audobon.Library, folder: Path, tmp_path: Path) -> None:
    assert lib.search("tile").total == 9
    assert lib.search("tag:paper").total == 1
    back = lib.restore("noise.bin", "HEAD~1", tmp_path / "back.bin")
    assert Path(back).read_bytes() == (folder / "noise.bin").read_bytes()[::-1]
    must_be_sound(lib)
    must_work(lib, folder, tmp_path / "scratch")
    assert waited_for(lib, folder / "set0" / "tile0.png")
    assert lib.doctor().ok


@pytest.mark.parametrize("opened", [True, False])
def test_the_folder_of_derived_data_is_deleted(
    filled: audobon.Library, folder: Path, tmp_path: Path, *, opened: bool
) -> None:
    if opened:
        shutil.rmtree(filled.state_path / "derived")
        _works(filled, folder, tmp_path)
        return
    filled.close()
    shutil.rmtree(folder / ".audobon" / "derived")
    with audobon.Library.open(folder) as lib:
        _works(lib, folder, tmp_path)


def _flip(share: float) -> Callable[[Path], None]:
    return lambda file: damage(file, int(file.stat().st_size * share), length=64)


def _cut(share: float) -> Callable[[Path], None]:
    return lambda file: os.truncate(file, int(file.stat().st_size * share))


DAMAGES: dict[str, Callable[[Path], None]] = {
    "beginning": _flip(0.0),
    "middle": _flip(0.5),
    "late": _flip(0.8),
    "half": _cut(0.5),
    "empty": _cut(0.0),
    "gone": lambda file: file.unlink(),
    "text": lambda file: (file.write_text("nothing of yours\n" * 500), None)[1],
}


@pytest.mark.parametrize("kind", DAMAGES)
def test_every_file_of_the_search_index_damaged(
    filled: audobon.Library, folder: Path, tmp_path: Path, kind: str
) -> None:
    filled.close()
    files = [
        file
        for file in (folder / ".audobon" / "derived" / "index").rglob("*")
        if file.is_file() and file.suffix != ".lock" and file.name != "lock"
    ]
    assert len(files) > 3
    for number, file in enumerate(sorted(files)):
        copy = tmp_path / f"copy{number}" / "MyAssets"
        shutil.copytree(folder, copy)
        DAMAGES[kind](copy / file.relative_to(folder))
        with audobon.Library.open(copy) as lib:
            assert lib.search("tile").total == 9, file
            assert lib.search("tag:paper").total == 1
            lib.edit("notes.txt", add_tags=["after"])
            assert lib.search("tag:after").total == 1
        with audobon.Library.open(copy) as lib:
            assert lib.search("tile").total == 9
            lib.doctor(repair=True)
            must_be_sound(lib)


@pytest.mark.parametrize("kind", DAMAGES)
def test_the_chunk_index_damaged(
    filled: audobon.Library, folder: Path, tmp_path: Path, kind: str
) -> None:
    filled.close()
    DAMAGES[kind](folder / ".audobon" / "chunks" / "index.db")
    with audobon.Library.open(folder) as lib:
        _works(lib, folder, tmp_path)


def test_every_page_of_the_chunk_index_damaged(
    filled: audobon.Library, folder: Path, tmp_path: Path
) -> None:
    filled.close()
    index = folder / ".audobon" / "chunks" / "index.db"
    size = index.stat().st_size
    for page in range(size // 4096):
        copy = tmp_path / f"copy{page}" / "MyAssets"
        shutil.copytree(folder, copy)
        damage(copy / ".audobon" / "chunks" / "index.db", page * 4096 + 8 * (page % 3), length=80)
        with audobon.Library.open(copy) as lib:
            wanted = {asset.id: digest_of(Path(asset.file)) for asset in lib.assets()}
            for ident, digest in wanted.items():
                back = lib.restore(ident, "HEAD", tmp_path / "back")
                assert digest_of(Path(back)) == digest
            (copy / "cloud.bin").write_bytes(b"saved")
            lib.commit("three")
            assert lib.doctor(repair=True).ok
            must_be_sound(lib)


def test_a_damaged_preview_is_not_kept_for_ever(
    filled: audobon.Library, folder: Path, tmp_path: Path
) -> None:
    tile = folder / "set0" / "tile0.png"
    good = waited_for(filled, tile)
    store = filled.state_path / "derived" / "previews" / "v2.db"
    filled.close()
    at = store.read_bytes().index(good[-20:])
    damage(store, at, length=20)
    with audobon.Library.open(folder) as lib:
        assert waited_for(lib, tile) == good


@pytest.mark.parametrize("kind", DAMAGES)
def test_the_store_of_previews_damaged(
    filled: audobon.Library, folder: Path, tmp_path: Path, kind: str
) -> None:
    tiles = [folder / "set0" / "tile0.png", folder / "set1" / "tile1.png"]
    good = [waited_for(filled, tile) for tile in tiles]
    filled.close()
    DAMAGES[kind](folder / ".audobon" / "derived" / "previews" / "v2.db")
    with audobon.Library.open(folder) as lib:
        assert [waited_for(lib, tile) for tile in tiles] == good
        _works(lib, folder, tmp_path)


def test_a_store_of_previews_is_replaced_under_who_has_it_open(
    filled: audobon.Library, folder: Path
) -> None:
    tile = folder / "set0" / "tile0.png"
    good = waited_for(filled, tile)
    with audobon.Library.open(folder) as other:
        assert other.preview(tile) == good
        for file in (filled.state_path / "derived" / "previews").iterdir():
            file.unlink()
        assert waited_for(filled, tile) == good
        assert other.preview(tile) == good, "the one that was made anew"
