"""``branch:NAME``: what is not on a branch as it is here, found without switching."""

from __future__ import annotations

from pathlib import Path

import pytest

import audobon
from audobon.codec.query_text import to_text
from audobon.errors import Invalid, QueryError
from audobon.model.query import Keys
from audobon.testing.folders import tree
from audobon.testing.pictures import write_png

OAK, MOSS = "textures/oak_planks.png", "textures/mossy_stone_01.png"


@pytest.fixture
def two(lib: audobon.Library, folder: Path) -> audobon.Library:
    """``side`` has another picture, another tag and a new file; ``main`` is the current one."""
    lib.commit("main one")
    lib.branch("side")
    lib.switch("side")
    write_png(folder / OAK, 40, 40)
    write_png(folder / "new.png", 5, 5)
    lib.add(folder)
    lib.edit(MOSS, add_tags=["moss"])
    lib.commit("side one")
    lib.switch("main")
    return lib


def found(lib: audobon.Library, query: str) -> set[str]:
    return {hit.asset.path for hit in lib.search(query).hits}


def test_bytes_metadata_and_what_is_only_there(two: audobon.Library, folder: Path) -> None:
    before = tree(folder)
    page = two.search("branch:side")
    assert {hit.asset.path for hit in page.hits} == {OAK, MOSS}
    assert page.total == 2
    assert page.notes == ("1 more asset is only on the branch side",)
    assert tree(folder) == before, "a look has changed the library"
    assert found(two, "branch:main") == set(), "nothing was changed since the newest version"
    two.switch("side")
    assert found(two, "branch:main") == {OAK, MOSS, "new.png"}
    assert two.search("branch:main").notes == ()


def test_it_is_a_filter_like_any_other(two: audobon.Library) -> None:
    assert found(two, "oak branch:side") == {OAK}
    assert OAK not in found(two, "kind:image -branch:side")
    assert found(two, "branch:side (mossy OR oak)") == {MOSS, OAK}
    first = two.search("branch:side", limit=1, sort="name")
    second = two.search("branch:side", limit=1, after=first.next, sort="name")
    paths = [hit.asset.path for page in (first, second) for hit in page.hits]
    assert sorted(paths) == sorted([OAK, MOSS])


def test_uncommitted_work_differs_from_every_branch(two: audobon.Library) -> None:
    first = two.search("branch:side", limit=1, sort="name")
    two.edit("readme.txt", rating=3)
    assert found(two, "branch:side") == {OAK, MOSS, "readme.txt"}
    assert found(two, "branch:main") == {"readme.txt"}
    # Pages go on, although more is found meanwhile.
    assert two.search("branch:side", limit=1, after=first.next, sort="name").hits


def test_an_unknown_branch_is_a_mistake_with_its_place(two: audobon.Library) -> None:
    with pytest.raises(QueryError, match="no branch 'noon'") as caught:
        two.search("oak branch:noon")
    assert caught.value.position == 4
    assert caught.value.expected == ("branch:main", "branch:side")
    with pytest.raises(QueryError):
        two.search("branch:si*")


def test_before_the_first_version_there_is_none(lib: audobon.Library) -> None:
    with pytest.raises(QueryError):
        lib.search("branch:main")


def test_keys_are_never_written() -> None:
    with pytest.raises(Invalid):
        to_text(Keys((1, 2)))
