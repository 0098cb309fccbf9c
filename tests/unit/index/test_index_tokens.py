"""The token rules, which documents and queries share."""

from __future__ import annotations

import pytest

from audobon.storage.index.near import allowed_distance, distance, nearest
from audobon.storage.index.tokens import (
    fold_value,
    joined_forms,
    run_on_forms,
    sort_form,
    split,
)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("rust_metal_04_4k", ["rust", "metal", "04", "4k"]),
        ("RustMetal", ["rust", "metal"]),
        ("HDRIMap", ["hdri", "map"]),
        ("rock01", ["rock", "01"]),
        ("4kg 4K", ["4", "kg", "4k"]),
        ("été Été ETE", ["ete", "ete", "ete"]),
        ("Größe straße", ["grosse", "strasse"]),
        ("Ржавый МеталлКрасный", ["ржавыи", "металл", "красныи"]),
        ("木目テク", ["木", "目", "テ", "ク"]),
        ("がか", ["が", "か"]),
        ("나무 텍스처", ["나무", "텍스처"]),
        ("हिंदी", ["हिंदी"]),
        ("ÆON Øre Łódź", ["aeon", "ore", "lodz"]),
        ("- & _ ...", []),
        ("x" * 100, ["x" * 64]),
    ],
)
def test_split(text: str, tokens: list[str]) -> None:
    assert split(text) == tokens


def test_composition_does_not_matter() -> None:
    assert split("e\u0301te\u0301") == split("\u00e9t\u00e9") == ["ete"]
    assert split("\u304b\u3099") == split("\u304c")


def test_joined_forms() -> None:
    assert joined_forms("woodFloor_02.png") == {"woodfloor", "floor02", "woodfloor02"}
    assert joined_forms("a_b_c_d") == {"ab", "bc", "cd", "abc", "bcd", "abcd"}
    assert joined_forms("木目_01") == set()
    assert joined_forms("wood.png") == set()


def test_run_on_forms() -> None:
    assert run_on_forms("woodFloor_02.png") == {"wood|floor02", "floor|02"}
    assert run_on_forms("木目_01") == set()
    assert run_on_forms("wood.png") == set()


def test_values_fold_whole() -> None:
    assert fold_value(" Old Wood ") == "old wood"
    assert fold_value("Été/ÖL") == "ete/ol"


def test_names_sort_as_people_do() -> None:
    names = ["rock10.png", "Rock2.png", "rock1.png", "ábaco.png"]
    assert sorted(names, key=lambda name: sort_form(name, 1)) == [
        "ábaco.png",
        "rock1.png",
        "Rock2.png",
        "rock10.png",
    ]
    assert sort_form("a", 2) < sort_form("a", 10)


@pytest.mark.parametrize(
    ("a", "b", "limit", "far"),
    [
        ("wood", "wood", 1, 0),
        ("rsuty", "rusty", 1, 1),
        ("rusy", "rusty", 1, 1),
        ("rustyy", "rusty", 1, 1),
        ("rasty", "rusty", 1, 1),
        ("metall", "mteal", 2, 2),
        ("abcdefgh", "badcfehg", 2, 3),
        ("wood", "metal", 2, 3),
    ],
)
def test_distance(a: str, b: str, limit: int, far: int) -> None:
    assert distance(a, b, limit) == distance(b, a, limit) == far


def test_short_words_and_numbers_have_no_near_ones() -> None:
    assert [allowed_distance(word) for word in ("old", "1234", "wood", "concrete")] == [0, 0, 1, 2]
    assert nearest("odl", {"old": 5}, prefix=False) == ()


def test_nearest_first_then_most_used() -> None:
    known = {"rusty": 2, "dusty": 9, "rust": 1, "trusty": 5}
    assert nearest("rusy", known, prefix=False) == ("rusty", "rust")
    assert nearest("concrte", {"concrete": 1, "concretes": 1}, prefix=True) == (
        "concrete",
        "concretes",
    )


def test_equal_names_are_in_the_order_of_their_keys() -> None:
    keys = [1, 9, 10, 99, 100, 5_000_000_000, 2**62]
    assert sorted(keys, key=lambda key: sort_form("rock2.png", key)) == keys
