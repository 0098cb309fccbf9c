"""A damaged catalog: noticed, built again from the history, and kept aside."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import attrs
import pytest
from fault_support import damage, must_be_sound, must_work, picture_folder

import audobon
from audobon.errors import AudobonError, Corrupt
from audobon.testing.pictures import write_png

_PAGE = 4096  # SQLite's default size of a page


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed library of which everything is committed."""
    folder = tmp_path_factory.mktemp("original") / "MyAssets"
    picture_folder(folder)
    for number in range(150):
        write_png(folder / "many" / f"leaf {number}.png", 1 + number, 3)
    with audobon.Library.create(folder) as lib:
        lib.add([folder])
        for number, asset in enumerate(lib.assets()):
            lib.edit(
                asset,
                add_tags=[f"tag{number % 7}", "all"],
                rating=number % 6,
                catalog=f"Shelf/{number % 3}",
                note=f"note {number}",
                attributes={"number": number},
            )
        lib.relate("notes.txt", "uses", "noise.bin")
        lib.sets.add("good", "rating:>=4")
        lib.commit("everything")
    return folder


@pytest.fixture
def copy(original: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "MyAssets"
    shutil.copytree(original, folder)
    return folder


Content = dict[str, Any]


def content(lib: audobon.Library) -> Content:
    """Everything that was committed."""
    kept = ("path", "root", "tags", "rating", "catalog", "note", "attributes", "digest", "state")
    return {
        **{
            asset.id: {name: getattr(asset, name) for name in kept}
            for asset in lib.assets(limit=10_000)
        },
        "edges": [attrs.astuple(edge)[:3] for edge in lib.related("notes.txt")],
        "sets": [(one.name, one.query) for one in lib.sets.list()],
        "shelves": [shelf.path for shelf in lib.catalogs.list()],
        "tags": sorted(tag.name for tag in lib.tags.list()),
    }


def calls(lib: audobon.Library) -> Iterator[Callable[[], object]]:
    """One of each thing that people ask of a library."""
    yield lambda: lib.get("notes.txt")
    yield lambda: lib.search("tag:all leaf", facets=["kind"])
    yield lambda: lib.assets(limit=10_000)
    yield lib.changes
    yield lib.duplicates
    yield lambda: lib.related("notes.txt", transitive=True)
    yield lib.tags.list
    yield lib.catalogs.list
    yield lib.stats
    yield lib.jobs
    yield lambda: lib.diff("HEAD", "WORKING")
    yield lambda: lib.edit("notes.txt", rating=3)
    yield lib.undo
    yield lambda: lib.add([lib.path])
    yield lambda: lib.commit("damaged?")


def use(lib: audobon.Library) -> list[AudobonError]:
    """Do everything; the errors, each of which must say what helps."""
    met: list[AudobonError] = []
    for call in calls(lib):
        try:
            call()
        except AudobonError as error:  # any other error fails the test
            met.append(error)
    assert all(error.hint for error in met if isinstance(error, Corrupt))
    return met


def check_and_repair(folder: Path, wanted: Content) -> bool:
    """Open, use, repair; afterwards all is as it was. Whether the damage was noticed."""
    with audobon.Library.open(folder) as lib:
        rebuilt = list(lib.state_path.glob("catalog-damaged-*.db"))
        noticed = bool(rebuilt) or not lib.doctor().ok
        met = use(lib)
        assert noticed or not met, met
    with audobon.Library.open(folder) as lib:
        health = lib.doctor(repair=True)
        assert health.ok, health
        if noticed:
            assert list(lib.state_path.glob("catalog-damaged-*.db")), "the damaged one is gone"
        assert content(lib) == wanted
        assert lib.search("tag:all").total == 162
        must_be_sound(lib)
        assert lib.doctor().ok
    return noticed


@pytest.fixture(scope="module")
def wanted(original: Path) -> Content:
    with audobon.Library.open(original) as lib:
        return content(lib)


@pytest.mark.parametrize("group", range(4))
def test_any_damaged_page_is_noticed_and_mended(
    original: Path, wanted: Content, tmp_path: Path, group: int, soak: int
) -> None:
    pages = (original / ".audobon" / "catalog.db").stat().st_size // _PAGE
    step = max(1, pages // (24 * soak))
    noticed = []
    for page in range(1, pages)[::step][group::4]:
        folder = tmp_path / f"page{page}"
        shutil.copytree(original, folder / "MyAssets")
        # By turns the page's own header, its list of cells, and its content.
        at = page * _PAGE + (0, 16, _PAGE // 2, _PAGE - 300)[page % 4]
        damage(folder / "MyAssets" / ".audobon" / "catalog.db", at, length=200)
        noticed.append(check_and_repair(folder / "MyAssets", wanted))
        shutil.rmtree(folder)
    assert any(noticed)


def _zero(db: Path) -> None:
    db.write_bytes(bytes(db.stat().st_size))


def _text(db: Path) -> None:
    db.write_text("this was a catalog\n" * 1000)


def _cut(share: float) -> Callable[[Path], None]:
    return lambda db: os.truncate(db, int(db.stat().st_size * share))


WHOLE: dict[str, Callable[[Path], None]] = {
    "header": lambda db: damage(db, 0, length=100),
    "magic": lambda db: damage(db, 3, length=1),
    "page size": lambda db: damage(db, 16, length=2),
    "schema": lambda db: damage(db, 100, length=400),
    "zeroed": _zero,
    "text": _text,
    "empty": _cut(0.0),
    "half": _cut(0.5),
    "most": _cut(0.9),
    "a cut page": lambda db: os.truncate(db, db.stat().st_size - 1000),
    "gone": lambda db: db.unlink(),
    "a folder": lambda db: (db.unlink(), db.mkdir())[1],
}


@pytest.mark.parametrize("kind", WHOLE)
def test_a_catalog_that_is_damaged_as_a_whole_is_built_again(
    copy: Path, wanted: Content, tmp_path: Path, kind: str
) -> None:
    db = copy / ".audobon" / "catalog.db"
    WHOLE[kind](db)
    told = _read_only(copy)
    assert told is None or told.hint
    if kind == "gone":
        with audobon.Library.open(copy) as lib:
            assert content(lib) == wanted
    else:
        assert check_and_repair(copy, wanted)
    with audobon.Library.open(copy) as lib:
        must_work(lib, copy, tmp_path / "scratch")


def _read_only(folder: Path) -> Corrupt | None:
    """What reading refuses, None when it is doctor that tells of the damage."""
    try:
        with audobon.Library.open(folder, read_only=True) as lib:
            assert not lib.doctor().ok
            content(lib)
    except Corrupt as error:
        return error
    return None


def test_damage_under_an_open_library_is_told_and_repaired(
    copy: Path, wanted: Content, tmp_path: Path
) -> None:
    """The damage shows at a query, in the middle of a session."""
    db = copy / ".audobon" / "catalog.db"
    with audobon.Library.open(copy) as lib:
        for page in range(2, db.stat().st_size // _PAGE):
            with db.open("r+b") as stream:
                stream.seek(page * _PAGE)
                stream.write(b"\xff" * 64)
        met = use(lib)
        assert any(isinstance(error, Corrupt) for error in met)
        assert all("doctor --repair" in error.hint for error in met if isinstance(error, Corrupt))
        assert lib.doctor(repair=True).ok
        assert content(lib) == wanted
        must_work(lib, copy, tmp_path / "scratch")


def test_without_a_history_nothing_is_thrown_away(tmp_path: Path) -> None:
    """What was never committed cannot come back, but the damaged catalog stays for experts."""
    folder = picture_folder(tmp_path / "MyAssets")
    with audobon.Library.create(folder) as lib:
        lib.add([folder])
    damage(folder / ".audobon" / "catalog.db", 0, length=100)
    with audobon.Library.open(folder) as lib:
        assert lib.assets() == ()
        assert len(lib.add([folder]).added) == 12
        assert list(lib.state_path.glob("catalog-damaged-*.db"))


def test_a_damaged_history_does_not_cost_the_catalog_too(copy: Path) -> None:
    """What cannot be rebuilt is not set aside."""
    state = copy / ".audobon"
    damage(state / "catalog.db", 0, length=100)
    before = (state / "catalog.db").read_bytes()
    (state / "history.git" / "HEAD").write_text("nonsense\n")
    with pytest.raises(Corrupt):
        audobon.Library.open(copy)
    assert (state / "catalog.db").read_bytes() == before


def test_no_version_is_made_of_damage_that_is_known(copy: Path, wanted: Content) -> None:
    with closing(sqlite3.connect(copy / ".audobon" / "catalog.db", isolation_level=None)) as other:
        other.execute("UPDATE asset SET rating = 1 WHERE rating = 5")
    with audobon.Library.open(copy) as lib:
        assert not lib.doctor().ok
        newest = lib.log(limit=1)[0].id
        lib.edit("notes.txt", note="written since")
        with pytest.raises(Corrupt, match="no version is made of a damaged catalog") as told:
            lib.commit("damaged")
        assert "--repair" in told.value.hint
        assert lib.log(limit=1)[0].id == newest
        assert lib.doctor(repair=True).ok
        assert content(lib) == wanted
        lib.edit("notes.txt", note="and again")
        assert lib.commit("sound").id != newest
