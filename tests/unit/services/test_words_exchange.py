"""Tags, sets and ratings go from one real library to another as a file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import audobon
from audobon.errors import BadFile, Invalid, NewerFormat, NotFound, ReadOnly
from audobon.services.vocabulary.exchange import FORMAT
from audobon.testing.pictures import write_png

COLORS = {"oak": (160, 120, 70), "rust": (150, 80, 40), "moss": (70, 110, 60)}


@pytest.fixture
def other(tmp_path: Path) -> Iterator[audobon.Library]:
    """Another library with some of the same bytes under other names, and one picture of its own."""
    root = tmp_path / "Other"
    write_png(root / "wood_of_oak.png", 16, 8, color=COLORS["oak"])
    write_png(root / "copies" / "oak again.png", 16, 8, color=COLORS["oak"])
    write_png(root / "rust.png", 16, 8, color=COLORS["rust"])
    write_png(root / "own.png", 9, 9, color=(1, 2, 3))
    with audobon.Library.create(root, "Other") as library:
        library.add([root])
        yield library


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """What a library with tags, aliases, catalogs, sets and ratings wrote."""
    root = tmp_path / "First"
    for name, color in COLORS.items():
        write_png(root / f"{name}.png", 16, 8, color=color)
    file = tmp_path / "words.json"
    with audobon.Library.create(root, "First") as library:
        library.add([root])
        library.tags.add("material")
        library.tags.add("wood", parent="material")
        library.tags.alias("holz", "wood")
        library.tags.add("été", parent="material")
        library.catalogs.add("Materials/Wood")
        library.sets.add("Good", "rating:>=4")
        library.edit("oak.png", add_tags=["wood", "raw"], rating=5)
        library.edit("rust.png", rating=2)
        library.edit("moss.png", add_tags=["green"])
        words = library.export_tags(file)
    assert [asset.path for asset in words.assets] == ["moss.png", "oak.png", "rust.png"]
    return file


def tree(library: audobon.Library) -> dict[str, tuple[str | None, tuple[str, ...]]]:
    return {tag.name: (tag.parent, tag.aliases) for tag in library.tags.list()}


def state(library: audobon.Library) -> object:
    assets = [(asset.path, asset.tags, asset.rating) for asset in library.assets()]
    sets = [(item.name, item.query) for item in library.sets.list()]
    return tree(library), [info.path for info in library.catalogs.list()], sets, assets


def test_words_and_marks_arrive_by_content_and_one_undo_takes_them_back(
    other: audobon.Library, written: Path
) -> None:
    before = state(other)
    taken = other.import_tags(written)
    assert tree(other) == {
        "été": ("material", ()),
        "green": (None, ()),
        "material": (None, ()),
        "raw": (None, ()),
        "wood": ("material", ("holz",)),
    }
    assert set(taken.tags) == set(tree(other))
    assert taken.catalogs == ("Materials", "Materials/Wood")
    assert taken.sets == ("Good",)
    assert taken.assets == 3
    assert taken.unknown == ("moss.png",)
    assert taken.kept == ()
    for name in ("wood_of_oak.png", "copies/oak again.png"):
        assert other.get(name).tags == ("raw", "wood")
        assert other.get(name).rating == 5
    assert other.get("rust.png").rating == 2
    assert {hit.asset.name for hit in other.search("tag:material").hits} == {
        "wood_of_oak.png",
        "oak again.png",
    }
    after = state(other)
    assert other.import_tags(written).change is None
    undone = other.undo()
    assert undone is not None
    assert undone.id == taken.change
    assert state(other) == before
    other.redo()
    assert state(other) == after


def test_what_this_library_says_stays_unless_the_file_is_preferred(
    other: audobon.Library, written: Path
) -> None:
    other.tags.add("stuff")
    other.tags.add("wood", parent="stuff")
    other.tags.add("timber")
    other.tags.alias("holz", "timber")
    other.sets.add("Good", "rating:5")
    other.edit("rust.png", rating=4, add_tags=["mine"])
    taken = other.import_tags(written)
    assert taken.kept == (
        "the tag wood stays below stuff; there it is below material",
        "holz goes on to mean the tag timber",
        "the set Good stays rating:5; there it is rating:>=4",
        "rust.png keeps its 4 stars; there it has 2",
    )
    assert other.get("rust.png").rating == 4
    assert other.get("rust.png").tags == ("mine",)
    theirs = other.import_tags(written, prefer="theirs")
    assert theirs.kept == ("holz goes on to mean the tag timber",)
    assert tree(other)["wood"] == ("material", ())
    assert other.get("rust.png").rating == 2
    assert [item.query for item in other.sets.list()] == ["rating:>=4"]
    other.undo()
    assert [item.query for item in other.sets.list()] == ["rating:5"]
    assert tree(other)["wood"] == ("stuff", ())


def test_a_circle_is_not_made(other: audobon.Library, written: Path) -> None:
    other.tags.add("wood")
    other.tags.add("material", parent="wood")
    taken = other.import_tags(written, prefer="theirs")
    assert taken.kept == ("the tag wood stays where it is: material is below it here",)
    assert tree(other)["material"] == ("wood", ())


def test_an_alias_here_is_the_tag_that_the_file_names(
    other: audobon.Library, written: Path
) -> None:
    other.tags.add("lumber")
    other.tags.alias("WOOD", "lumber")
    other.import_tags(written)
    assert other.get("wood_of_oak.png").tags == ("lumber", "raw")
    assert "wood" not in tree(other)
    assert tree(other)["lumber"] == ("material", ("holz", "WOOD"))


def test_undo_leaves_a_set_that_was_saved_anew(other: audobon.Library, written: Path) -> None:
    other.import_tags(written)
    other.sets.add("Good", "rating:3")
    other.undo()
    assert [item.query for item in other.sets.list()] == ["rating:3"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"format": "something"}, "does not begin with"),
        ({"version": "1"}, "its version is '1'"),
        ({"tags": "wood"}, "tags is no list"),
        ({"tags": ["wood"]}, "entry 1 of tags"),
        ({"tags": [{"name": "a", "aliases": "bc"}]}, "entry 1 of tags"),
        ({"tags": [{"name": 'half"quoted'}]}, "not allowed"),
        ({"sets": {"Broken": "rating:>=99"}}, "rating"),
        ({"sets": {"Broken": 4}}, "has no query"),
        ({"catalogs": ["a//b"]}, "is empty"),
        ({"assets": [{"path": "a", "size": 1, "rating": 6}]}, "6 stars"),
        ({"assets": [{"path": "a", "size": "many"}]}, "size"),
    ],
)
def test_a_bad_file_is_told_and_changes_nothing(
    other: audobon.Library, written: Path, change: dict[str, object], said: str
) -> None:
    before = state(other), other.clock
    written.write_text(json.dumps({**json.loads(written.read_text()), **change}))
    with pytest.raises(BadFile, match=said) as caught:
        other.import_tags(written)
    assert "docs/exchange.md" in caught.value.hint
    assert (state(other), other.clock) == before


def test_other_files_are_refused_with_their_reason(
    other: audobon.Library, written: Path, tmp_path: Path
) -> None:
    with pytest.raises(NotFound):
        other.import_tags(tmp_path / "none.json")
    for raw in (b"", b"\xff\xfe\x00", b"[1", b"[]", b"[" * 100_000):
        (tmp_path / "bad.json").write_bytes(raw)
        with pytest.raises(BadFile):
            other.import_tags(tmp_path / "bad.json")
    written.write_text(json.dumps({"format": FORMAT, "version": 2}))
    with pytest.raises(NewerFormat):
        other.import_tags(written)
    with pytest.raises(Invalid, match="mine"):
        other.import_tags(written, prefer="yours")
    with (
        audobon.Library.open(other.path, read_only=True) as reader,
        pytest.raises(ReadOnly),
    ):
        reader.import_tags(written)


def test_words_alone_and_files_that_were_only_sampled(
    other: audobon.Library, tmp_path: Path
) -> None:
    other.edit("own.png", rating=3)
    assert other.export_tags(tmp_path / "w.json", assets=False).assets == ()
    assert json.loads((tmp_path / "w.json").read_text())["assets"] == []
    other.export_tags(tmp_path / "w.json")
    data = json.loads((tmp_path / "w.json").read_text())
    data["assets"][0]["digest"] = ""
    (tmp_path / "w.json").write_text(json.dumps(data))
    other.edit("own.png", rating=0)
    assert other.import_tags(tmp_path / "w.json").assets == 1
    assert other.get("own.png").rating == 3
