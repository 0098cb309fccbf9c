"""Near-duplicates are found in a library, and duplicates become one asset and two again."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageOps

import audobon
from audobon.errors import Conflict, Invalid, NotFound
from audobon.model.duplicates import NearDuplicates


def seen(lib: audobon.Library) -> NearDuplicates:
    """Once every picture was looked at, by whichever process."""
    deadline = time.monotonic() + 300
    while True:
        lib.work()
        found = lib.near_duplicates()
        if not found.unseen or time.monotonic() > deadline:
            assert found.unseen == 0
            return found
        time.sleep(0.05)


def scene(seed: int, wide: int = 300, high: int = 200) -> Image.Image:
    """Blots of all sizes, as different as two photographs are."""
    random = np.random.default_rng(seed)
    total = np.zeros((high, wide, 3))
    for cells in (3, 6, 12, 24):
        blots = random.integers(0, 256, (cells, cells, 3), np.uint8)
        total += np.asarray(Image.fromarray(blots).resize((wide, high), Image.Resampling.BICUBIC))
    return Image.fromarray((total / 4).astype(np.uint8))


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder: two scenes, edits of the first, an exact copy of the second."""
    folder = tmp_path_factory.mktemp("drawn")
    one, two = scene(1), scene(2)
    one.save(folder / "oak.png")
    ImageOps.mirror(one).save(folder / "oak mirrored.png")
    ImageEnhance.Brightness(one.resize((150, 100))).enhance(1.2).save(folder / "oak small.jpg")
    two.save(folder / "elm.png")
    shutil.copy(folder / "elm.png", folder / "elm copy.png")
    Image.new("RGB", (80, 80), "teal").save(folder / "plain.png")
    return folder


@pytest.fixture
def lib(drawn: Path, tmp_path: Path) -> Iterator[audobon.Library]:
    root = tmp_path / "Assets"
    shutil.copytree(drawn, root)
    with audobon.Library.create(root, "Test") as library:
        library.add(root)
        yield library


def test_near_and_exact_ones_are_told_apart_with_reasons(lib: audobon.Library) -> None:
    asked = lib.near_duplicates()
    assert (asked.groups, asked.unseen) == ((), 6), "nobody has looked yet"
    found = seen(lib)
    assert [[one.name for one in group] for group in lib.duplicates()] == [
        ["elm copy.png", "elm.png"]
    ]
    assert found.plain == 1
    assert "64 of 256" in found.rule
    (group,) = found.groups
    assert {one.name for one in group.assets} == {"oak.png", "oak mirrored.png", "oak small.jpg"}
    assert group.assets[0] == group.best.asset
    assert group.best.asset.name in ("oak.png", "oak mirrored.png")
    names = {one.id: one.name for one in group.assets}
    pairs = {frozenset((names[one.one], names[one.other])): one for one in group.pairs}
    mirrored = pairs[frozenset(("oak.png", "oak mirrored.png"))]
    assert (mirrored.turned, mirrored.likeness, mirrored.cut) == ("mirrored", None, 0.0)
    assert mirrored.signs < 8
    assert "one is mirrored" in mirrored.why
    small = pairs[frozenset(("oak.png", "oak small.jpg"))]
    assert small.signs <= 64
    assert small.tone >= 0.98
    assert f"{small.signs} of 256 signs differ" in small.why

    # Gone ones are in no group, and what comes later is compared with what was there.
    lib.remove(group.best.asset)
    assert len(lib.near_duplicates().groups[0].assets) == 2
    lib.undo()
    scene(2).rotate(180).save(lib.path / "elm turned.png")
    lib.add(lib.path)
    turned = next(one for one in seen(lib).groups if len(one.assets) == 2)
    assert "upside down" in turned.pairs[0].why


def test_pictures_from_before_imprints_are_looked_at_in_the_background(
    lib: audobon.Library,
) -> None:
    lib.work()
    (lib.state_path / "derived" / "imprints.db").unlink()
    with audobon.Library.open(lib.path) as other:
        assert other.near_duplicates().unseen == 6
        (job,) = (each for each in other.jobs() if each.kind == "imprints")
        found = seen(other)
        assert (len(found.groups), found.plain) == (1, 1)
        assert job.result()["read"] == 5, "previews that are there are not made again"


def test_a_merge_keeps_what_people_gave_and_one_undo_takes_it_back(lib: audobon.Library) -> None:
    keep, other = lib.get("elm.png"), lib.get("elm copy.png")
    wall = lib.get("oak.png")
    lib.edit(keep, add_tags=["tree"], note="north", attributes={"place": "yard"})
    lib.edit(other, add_tags=["wood"], rating=4, catalog="Trees", note="south")
    lib.edit(other, attributes={"place": "road", "season": "autumn"})
    lib.relate(wall, "uses", other)
    lib.relate(other, "derived_from", keep)
    lib.sets.add("woods", "tag:wood in:Trees")
    before = [lib.get(one.id) for one in (keep, other, wall)]
    edges = [set(lib.related(one)) for one in before]

    change = lib.merge_duplicates(keep, [other])
    assert (change.kind, change.undoable, change.label) == ("combine", True, "merge 1 duplicate")
    kept = lib.get(keep.id)
    assert (kept.tags, kept.rating, kept.catalog) == (("tree", "wood"), 4, "Trees")
    assert kept.note == "north\n\nsouth"
    assert (kept.attributes["place"], kept.attributes["season"]) == ("yard", "autumn")
    assert [(one.src, one.kind, one.dst) for one in lib.related(keep)] == [
        (wall.id, "uses", keep.id)
    ]
    assert lib.find_ids("tag:wood in:Trees") == (keep.id,), "saved queries find it instead"
    assert lib.get(other.id).state == "removed"
    assert Path(other.file).exists()
    assert lib.add(lib.path).added == (), "it does not come back by itself"

    assert lib.undo().id == change.id
    after = [lib.get(one.id) for one in (keep, other, wall)]
    changing = ("updated", "seq")
    for one, two in zip(before, after, strict=True):
        fields = [name for name in type(one).__slots__ if not name.startswith("__")]
        assert [getattr(one, name) for name in fields if name not in changing] == [
            getattr(two, name) for name in fields if name not in changing
        ]
    assert [set(lib.related(one)) for one in after] == edges
    assert lib.redo().id == change.id
    assert lib.get(keep.id).tags == ("tree", "wood")


def test_files_go_only_when_asked_and_come_back_with_undo(lib: audobon.Library) -> None:
    groups = [(group[0], group[1:]) for group in lib.duplicates()]
    data = Path(groups[0][1][0].file).read_bytes()
    gone = Path(groups[0][1][0].file)
    change = lib.merge_groups(groups, files=True)
    assert not gone.exists()
    assert Path(groups[0][0].file).exists()
    assert lib.verify().ok
    lib.undo()
    assert gone.read_bytes() == data
    assert lib.get(groups[0][1][0].id).state == "present"
    assert lib.add(lib.path).updated == ()
    lib.redo()
    assert gone.exists(), "only who says so takes a file away"
    lib.undo()

    gone.write_bytes(b"edited since")
    Path(groups[0][0].file).unlink()
    with pytest.raises(Conflict):
        lib.merge_groups(groups, files=True)
    assert gone.read_bytes() == b"edited since"
    assert lib.changes()[-1].kind != "combine"
    assert change.undoable


def test_what_cannot_be_merged(lib: audobon.Library) -> None:
    one, other = lib.get("oak.png"), lib.get("elm.png")
    for groups, error in (
        ([(one, [one])], Invalid),
        ([], Invalid),
        ([(one, [other]), (other, [one])], Invalid),
        ([(one, ["no such.png"])], NotFound),
    ):
        with pytest.raises(error):
            lib.merge_groups(groups)
    assert lib.best_of([lib.get("oak small.jpg"), one]).asset.id == one.id
    lib.edit(other, rating=2)
    best = lib.best_of([lib.get("elm copy.png"), other])
    assert (best.asset.id, best.why) == (other.id, "it is rated best")


def test_what_is_not_the_same_is_not_told_again(lib: audobon.Library) -> None:
    (group,) = seen(lib).groups
    oak, mirrored, small = (
        lib.get(name) for name in ("oak.png", "oak mirrored.png", "oak small.jpg")
    )
    first = {frozenset((one.one, one.other)) for one in group.pairs}
    change = lib.refuse_duplicates([(mirrored, oak)])
    assert (change.label, change.undoable) == ("not the same", True)
    (rest,) = seen(lib).groups
    told = {frozenset((one.one, one.other)) for one in rest.pairs}
    assert first - told == {frozenset((oak.id, mirrored.id))}
    lib.refuse_duplicates([(oak, mirrored), (oak, small), (small, mirrored)])
    assert seen(lib).groups == ()
    lib.edit(oak, rating=3)
    with audobon.Library.open(lib.path) as again:
        assert again.near_duplicates().groups == (), "everybody who opens the library knows it"
    for _ in range(3):
        lib.undo()
    (group,) = seen(lib).groups
    assert {frozenset((one.one, one.other)) for one in group.pairs} == first
    lib.redo()
    assert len(seen(lib).groups[0].pairs) == len(first) - 1

    elm, copy = lib.get("elm.png"), lib.get("elm copy.png")
    with pytest.raises(Conflict, match="the same bytes"):
        lib.refuse_duplicates([(elm, copy)])
    with pytest.raises(Invalid, match="same as itself"):
        lib.refuse_duplicates([(elm, elm)])
    with pytest.raises(Invalid, match="nothing"):
        lib.refuse_duplicates([])
    with pytest.raises(NotFound):
        lib.refuse_duplicates([(elm, "gone.png")])
