"""The library's catalogs and Blender's, in step both ways, with a real library and a real file."""

from __future__ import annotations

import re
import tempfile
import threading
import uuid
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import audobon
from audobon.errors import AudobonError, BadFile, ReadOnly
from audobon.formats.asset_catalogs import NAME, CatalogFile, entry_for
from audobon.services.vocabulary.nativecatalogs import InStep

MINE = "# Ana's notes\n\nVERSION 1\n\nrubbish of another program\n"


def paths(lib: audobon.Library) -> list[str]:
    return [info.path for info in lib.catalogs.list()]


def in_file(folder: Path) -> dict[str, str]:
    entries = CatalogFile.read((folder / NAME).read_bytes()).entries
    return {entry.path: entry.id for entry in entries.values()}


def native(folder: Path, *, put: dict[str, str] | None = None, drop: tuple[str, ...] = ()) -> None:
    """Edit the file as Blender's browser does: entries by path, put as path: id."""
    path = folder / NAME
    file = CatalogFile.read(path.read_bytes() if path.exists() else b"")
    ids = {entry.path: ident for ident, entry in file.entries.items()}
    new = [entry_for(ident, name) for name, ident in (put or {}).items()]
    path.write_bytes(file.changed(put=new, drop=[ids[name] for name in drop]).bytes())


def test_each_side_gets_what_the_other_has(lib: audobon.Library, folder: Path) -> None:
    (folder / NAME).write_text(MINE)
    native(folder, put={"Props/Chairs": str(uuid.UUID(int=5))})
    lib.edit("textures/oak_planks.png", catalog="Materials/Wood")
    assert lib.catalogs.bring_in_step() == InStep(1, 3)
    assert paths(lib) == ["Materials", "Materials/Wood", "Props", "Props/Chairs"]
    assert sorted(in_file(folder)) == paths(lib)
    assert in_file(folder)["Props/Chairs"] == str(uuid.UUID(int=5))
    assert lib.catalogs.blender_ids() == in_file(folder)
    assert (folder / NAME).read_text().startswith(MINE)
    assert lib.catalogs.bring_in_step() == InStep()


def test_ids_are_stable_over_renames_and_without_file_and_memory(
    lib: audobon.Library, folder: Path
) -> None:
    lib.catalogs.add("Materials/Wood")
    lib.catalogs.bring_in_step()
    before = in_file(folder)
    (folder / NAME).unlink()
    (lib.state_path / "derived" / "native-catalogs.json").unlink()
    lib.catalogs.bring_in_step()
    assert in_file(folder) == before
    lib.catalogs.rename("Materials", "Stuff")
    lib.catalogs.bring_in_step()
    after = in_file(folder)
    assert after == {path.replace("Materials", "Stuff"): ident for path, ident in before.items()}


def test_a_rename_in_blender_takes_what_is_below_along(lib: audobon.Library, folder: Path) -> None:
    lib.edit("textures/oak_planks.png", catalog="Materials/Wood/Oak")
    lib.catalogs.bring_in_step()
    ids = in_file(folder)
    renamed = {path.replace("Materials/Wood", "Timber"): ident for path, ident in ids.items()}
    native(folder, put=renamed)
    lib.catalogs.bring_in_step()
    assert lib.get("textures/oak_planks.png").catalog == "Timber/Oak"
    assert paths(lib) == ["Materials", "Timber", "Timber/Oak"]
    assert in_file(folder) == renamed


def test_a_removal_goes_both_ways_and_can_be_undone(lib: audobon.Library, folder: Path) -> None:
    lib.edit("textures/oak_planks.png", catalog="Materials/Wood")
    lib.catalogs.add("Empty")
    lib.catalogs.bring_in_step()
    native(folder, drop=("Materials/Wood",))
    lib.catalogs.remove("Empty")
    lib.catalogs.bring_in_step()
    assert paths(lib) == ["Materials"] == list(in_file(folder))
    assert lib.get("textures/oak_planks.png").catalog == "Materials"
    # A line for a catalog above is not needed by Blender; here it stays as long as it is used.
    lib.catalogs.add("Materials/Metal")
    lib.catalogs.bring_in_step()
    ids = in_file(folder)
    native(folder, drop=("Materials",))
    lib.catalogs.bring_in_step()
    assert in_file(folder) == ids


def test_a_lost_file_removes_nothing(lib: audobon.Library, folder: Path) -> None:
    lib.catalogs.add("Materials/Wood")
    lib.catalogs.bring_in_step()
    (folder / NAME).unlink()
    lib.catalogs.bring_in_step()
    assert paths(lib) == ["Materials", "Materials/Wood"] == sorted(in_file(folder))


def test_one_made_again_in_blender_keeps_its_assets(lib: audobon.Library, folder: Path) -> None:
    lib.edit("textures/oak_planks.png", catalog="Wood")
    lib.catalogs.bring_in_step()
    native(folder, drop=("Wood",))
    native(folder, put={"Wood": str(uuid.UUID(int=5))})
    lib.catalogs.bring_in_step()
    assert lib.get("textures/oak_planks.png").catalog == "Wood"
    assert in_file(folder) == {"Wood": str(uuid.UUID(int=5))}


def test_a_rename_onto_another_brings_both_together(lib: audobon.Library, folder: Path) -> None:
    lib.edit("textures/oak_planks.png", catalog="Wood")
    lib.edit("textures/BrickWall.png", catalog="Timber")
    lib.catalogs.bring_in_step()
    native(folder, put={"Timber": in_file(folder)["Wood"]})
    lib.catalogs.bring_in_step()
    assert paths(lib) == ["Timber"]
    assert lib.get("textures/oak_planks.png").catalog == "Timber"


def test_the_library_wins_where_both_moved_one(lib: audobon.Library, folder: Path) -> None:
    lib.catalogs.add("Wood")
    lib.catalogs.bring_in_step()
    native(folder, put={"Timber": in_file(folder)["Wood"]})
    lib.catalogs.rename("Wood", "Lumber")
    lib.catalogs.bring_in_step()
    assert paths(lib) == ["Lumber"] == list(in_file(folder))


def test_what_cannot_be_a_catalog_here_is_left(lib: audobon.Library, folder: Path) -> None:
    native(folder, put={'The "best"': str(uuid.UUID(int=5))})
    before = (folder / NAME).read_bytes()
    assert lib.catalogs.bring_in_step() == InStep()
    assert (folder / NAME).read_bytes() == before


def test_a_file_that_blender_refuses_is_a_sentence(lib: audobon.Library, folder: Path) -> None:
    lib.catalogs.add("Wood")
    (folder / NAME).write_text("hello")
    with pytest.raises(BadFile, match=re.escape(NAME)):
        lib.catalogs.bring_in_step()
    assert (folder / NAME).read_text() == "hello"


def test_a_library_for_reading_only_writes_nothing(lib: audobon.Library, folder: Path) -> None:
    lib.catalogs.add("Wood")
    with audobon.Library.open(folder, read_only=True) as other, pytest.raises(ReadOnly):
        other.catalogs.bring_in_step()
    assert not (folder / NAME).exists()


def test_the_file_is_no_asset(lib: audobon.Library, folder: Path) -> None:
    lib.catalogs.add("Wood")
    lib.catalogs.bring_in_step()
    assert lib.add([folder]).added == ()


def test_two_at_once_lose_nothing(folder: Path) -> None:
    names = [[f"{who}/{number}" for number in range(12)] for who in ("Ana", "Ben")]
    audobon.Library.create(folder).close()
    trouble: list[BaseException] = []

    def work(mine: list[str]) -> None:
        try:
            with audobon.Library.open(folder) as lib:
                for name in mine:
                    lib.catalogs.add(name)
                    lib.catalogs.bring_in_step()
        except BaseException as error:  # noqa: BLE001  # shown by the test
            trouble.append(error)

    threads = [threading.Thread(target=work, args=(mine,)) for mine in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert trouble == []
    assert {*names[0], *names[1]} <= set(in_file(folder))


_NAMES = st.sampled_from(["A", "A/x", "A/x/y", "B", "B/x", "a/X", "C"])
_OPS = st.tuples(st.sampled_from(["add", "rename", "remove"]), st.booleans(), _NAMES, _NAMES)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.lists(_OPS, max_size=4), min_size=1, max_size=3))
@example([[("add", False, "A", "A"), ("add", False, "a/X", "A")]])
@example([[("add", False, "B", "A")], [("add", False, "B", "A"), ("add", False, "B", "A")]])
def test_any_edits_end_with_both_the_same(rounds: list[list[tuple[str, bool, str, str]]]) -> None:
    with tempfile.TemporaryDirectory() as name, audobon.Library.create(name) as lib:
        folder = Path(name)
        (folder / NAME).write_text(MINE)
        for operations in rounds:
            for what, here, one, two in operations:
                (_in_library(lib, what, one, two) if here else _natively(folder, what, one, two))
            lib.catalogs.bring_in_step()
            assert lib.catalogs.bring_in_step() == InStep()
            entries = CatalogFile.read((folder / NAME).read_bytes()).entries.values()
            found = {entry.path.casefold() for entry in entries}
            assert found == {path.casefold() for path in paths(lib)}
            assert set(lib.catalogs.blender_ids()) == set(paths(lib))
            assert (folder / NAME).read_text().startswith(MINE)


def _in_library(lib: audobon.Library, what: str, one: str, two: str) -> None:
    try:
        if what == "add":
            lib.catalogs.add(one)
        elif what == "remove":
            lib.catalogs.remove(one)
        else:
            lib.catalogs.move(one, two)
    except AudobonError:
        pass


def _natively(folder: Path, what: str, one: str, two: str) -> None:
    known = in_file(folder)
    if what == "add" and one not in known:
        native(folder, put={one: str(uuid.uuid4())})
    elif one in known and what == "remove":
        native(folder, drop=tuple(path for path in known if f"{path}/".startswith(f"{one}/")))
    elif one in known and two not in known:
        native(folder, put={two: known[one]})
