"""Searches by likeness and meaning, alone and with words, filters and colours."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import audobon
from audobon.codec.vectors import halved
from audobon.errors import Invalid, NotFound, Unavailable, Unsupported
from audobon.storage.vectors import VectorStore

NOTES = {
    "RustyIronPlate.txt": "corroded metal sheet",
    "mossy_boulder_02.txt": "",
    "OfficeChair.txt": "furniture for a room",
    "spruce_bark.txt": "surface of a tree",
    "race_car.txt": "",
}


@pytest.fixture
def library(
    both: Path, photos: Path, people: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[audobon.Library]:
    """Photographs with parts of them, and files of which only words are known."""
    monkeypatch.setenv("XDG_DATA_HOME", str(both))
    monkeypatch.setenv("XDG_CACHE_HOME", str(both / "cache"))
    root = tmp_path / "MyAssets"
    root.mkdir()
    for path in (*photos.iterdir(), *people.iterdir()):
        shutil.copy(path, root)
    with Image.open(photos / "flower.jpg") as image:
        image.crop((150, 60, 420, 330)).save(root / "dahlia part.png")
        image.transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(root / "dahlia turned.png")
    for name in NOTES:
        (root / name).write_text(name)
    with audobon.Library.create(root, "Test") as made:
        made.add([root])
        for name, text in NOTES.items():
            made.edit(name, note=text)
        yield made


def settle(lib: audobon.Library) -> None:
    while any(job.state in ("queued", "running") for job in lib.jobs()):
        lib.work()


def names(page: audobon.Page) -> list[str]:
    return [hit.asset.name.rpartition(".")[0] for hit in page.hits]


def seen(lib: audobon.Library) -> audobon.Library:
    lib.run("embed", [each for each in lib.assets() if each.kind == "image"])
    settle(lib)
    return lib


def test_what_looks_like_an_asset_is_ranked(library: audobon.Library, tmp_path: Path) -> None:
    page = library.search("like:flower.jpg")
    assert names(page) == ["flower"]  # itself was looked at for the question
    assert page.notes == ("7 pictures were not looked at yet: run embed on them",)
    seen(library)
    page = library.search("like:flower.jpg")
    assert names(page)[:3] == ["flower", "dahlia turned", "dahlia part"]
    assert page.hits[0].why == ("like",)
    assert page.notes == ()
    assert names(library.search("like:flower.jpg part")) == ["dahlia part"]
    assert library.search("like:flower.jpg part").hits[0].why == ("name", "path", "like")
    assert names(library.search("like:flower.jpg ext:png"))[0] == "dahlia turned"
    outside = tmp_path / "out of it.jpg"
    shutil.copy(library.get("flower.jpg").file, outside)
    assert names(library.search(f'like:"{outside}"'))[:2] == names(page)[:2]
    reds = library.search("like:flower.jpg color:red")
    assert set(names(reds)) <= set(names(page))
    assert reds.hits[0].why == ("color", "like")


def test_pages_counts_and_orders(library: audobon.Library) -> None:
    seen(library)
    whole = library.search("like:flower.jpg", facets=("ext",))
    assert whole.total == len(whole.hits)
    assert sum(each.count for each in whole.facets["ext"]) == whole.total
    found, after = [], None
    while True:
        page = library.search("like:flower.jpg", limit=1, after=after)
        found += names(page)
        after = page.next
        if after is None:
            break
    assert found == names(whole)
    assert names(library.search("like:flower.jpg", sort="-relevance")) == found[::-1]
    by_name = library.search("like:flower.jpg", sort="name")
    assert sorted(names(by_name)) == names(by_name)
    assert set(names(by_name)) == set(found)
    with pytest.raises(Invalid, match="another query"):
        library.search("like:china.jpg", after=library.search("like:flower.jpg", limit=1).next)


def test_a_painted_over_picture_looks_like_itself(library: audobon.Library) -> None:
    seen(library)
    path = Path(library.get("china.jpg").file)
    shutil.copy(library.get("flower.jpg").file, path)
    library.add([path])
    seen(library)
    assert "china" in names(library.search("like:flower.jpg"))[:2]


def test_meaning_finds_other_words(library: audobon.Library) -> None:
    page = library.search("meaning:vehicle")
    assert page.notes == ("the meaning of 13 assets is not known yet",)
    settle(library)
    page = library.search("meaning:vehicle")
    assert page.notes == ()
    assert set(names(page)[:2]) == {"race_car", "motorcycle_left"}
    assert page.hits[0].why == ("meaning",)
    assert names(library.search('meaning:"oxidised steel"'))[0] == "RustyIronPlate"
    assert names(library.search('meaning:"seat"'))[0] == "OfficeChair"
    assert names(library.search("meaning:vehicle kind:image"))[0] == "motorcycle_left"
    library.edit("OfficeChair.txt", add_tags=["racing vehicle"])
    assert library.search("meaning:vehicle").notes
    settle(library)
    assert "OfficeChair" in names(library.search("meaning:vehicle"))[:3]


def test_two_of_one_kind_both_count(library: audobon.Library) -> None:
    seen(library)
    flower, china = (library.search(f"like:{name}.jpg") for name in ("flower", "china"))
    assert "china" not in names(flower)
    assert "flower" not in names(china)
    page = library.search("like:flower.jpg like:china.jpg")
    assert set(names(page)) == {*names(flower), *names(china)}
    assert set(names(page)[:2]) == {"flower", "china"}
    turned = library.search("like:china.jpg like:flower.jpg")
    assert [(hit.asset.id, hit.score) for hit in turned.hits] == [
        (hit.asset.id, hit.score) for hit in page.hits
    ]
    library.search("meaning:vehicle")
    settle(library)
    vehicle, seat = (library.search(f"meaning:{word}") for word in ("vehicle", "seat"))
    assert "OfficeChair" not in names(vehicle)[:2]
    page = library.search("meaning:vehicle meaning:seat")
    assert set(names(page)) == {*names(vehicle), *names(seat)}
    assert {names(vehicle)[0], names(seat)[0]} <= set(names(page)[:3])
    assert len(library.explain("meaning:vehicle meaning:seat like:flower.jpg")) == 3


def test_the_plan_of_a_search_is_told(library: audobon.Library) -> None:
    seen(library)
    (look,) = library.explain("like:flower.jpg")
    assert (look.by, look.way, look.rows, look.compared) == ("like", "all", 8, 8)
    index, like = library.explain("like:flower.jpg ext:png")
    assert (index.by, index.way, index.rows, index.compared) == ("index", "terms", 13, 6)
    assert (like.by, like.way, like.rows, like.compared) == ("like", "among", 8, 6)
    wanted = names(library.search("like:flower.jpg"))
    (space,) = (library.state_path / "derived" / "alike").glob("*.db")
    store = VectorStore(space, base=library.state_path)
    drawn = np.random.default_rng(1).standard_normal((2_000, 1280))
    drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
    store.put({b"%032d" % row: halved(each.tolist()) for row, each in enumerate(drawn)})
    store.close()
    (look,) = library.explain("like:flower.jpg")
    assert (look.by, look.way, look.rows, look.compared) == ("like", "bits", 2_008, 1_200)
    assert names(library.search("like:flower.jpg")) == wanted
    assert library.collect().derived == 2_000  # they are of no asset
    (look,) = library.explain("like:flower.jpg")
    assert (look.way, look.rows) == ("all", 8)
    assert names(library.search("like:flower.jpg")) == wanted


def test_use_ranks_what_looks_alike(library: audobon.Library) -> None:
    seen(library)
    before = {hit.asset.name: hit.score for hit in library.search("like:flower.jpg").hits}
    library.record_use("dahlia part.png")
    page = library.search("like:flower.jpg kind:image")
    after = {hit.asset.name: hit.score for hit in page.hits}
    gained = {name: after[name] - before[name] for name in after}
    assert gained["dahlia part.png"] > max(
        each for name, each in gained.items() if name != "dahlia part.png"
    )


def test_tags_tell_likeness_too(library: audobon.Library) -> None:
    library.run("tags", [each for each in library.assets() if each.kind == "image"])
    settle(library)
    page = library.search("like:flower.jpg")
    assert page.notes == ()
    assert names(page)[1] == "dahlia turned"


def test_vectors_are_rebuilt_from_results(library: audobon.Library) -> None:
    seen(library)
    wanted = names(library.search("like:flower.jpg"))
    shutil.rmtree(library.state_path / "derived" / "alike")
    with audobon.Library.open(library.path) as again:
        assert names(again.search("like:flower.jpg")) == wanted
    with audobon.Library.open(library.path, read_only=True) as reader:
        assert names(reader.search("like:flower.jpg")) == wanted


def test_mistakes_are_told(
    library: audobon.Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Unsupported, match="cannot stand in OR"):
        library.search("like:flower.jpg OR wood")
    with pytest.raises(Unsupported, match="behind NOT"):
        library.search("-meaning:wood")
    with pytest.raises(NotFound):
        library.search("like:nothing.png")
    with pytest.raises(Unsupported, match="is no picture"):
        library.search("like:race_car.txt")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "empty"))
    with audobon.Library.open(library.path) as bare:
        assert names(bare.search("race")) == ["race_car"]
        with pytest.raises(Unavailable):
            bare.search("meaning:wood")


def test_what_another_process_changes_is_followed_in_memory(library: audobon.Library) -> None:
    seen(library)
    catalog = library._stores.catalog
    for name in ("flower.jpg", "dahlia turned.png"):  # the second one has it read
        library.search(f'like:"{name}"')
    end = time.monotonic() + 30.0
    while catalog.behind and time.monotonic() < end:
        time.sleep(0.01)
    with catalog._current() as held:
        assert held is not None
    assert names(library.search("like:flower.jpg"))[:3] == [
        "flower",
        "dahlia turned",
        "dahlia part",
    ]
    root = library.path
    with audobon.Library.open(root) as other:
        shutil.copy(root / "dahlia turned.png", root / "dahlia again.png")
        other.add([root / "dahlia again.png"])
        other.remove("dahlia part.png")
    found = names(library.search("like:flower.jpg"))
    assert sorted(found[:3]) == ["dahlia again", "dahlia turned", "flower"]
    assert "dahlia part" not in found
    with audobon.Library.open(root) as other:
        other.undo()
    assert "dahlia part" in names(library.search("like:flower.jpg"))
    with catalog._current() as held:
        assert held is not None
