"""The token rules, which documents and queries share."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audobon.storage.index.near import Vocabulary, allowed_distance, distance, nearest
from audobon.storage.index.tokens import (
    fold_value,
    name_texts,
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


@pytest.mark.parametrize(
    ("name", "joined", "run_on"),
    [
        (
            "woodFloor_02.png",
            {"woodfloor", "floor02", "woodfloor02"},
            {"wood|floor02", "floor|02"},
        ),
        (
            "a_b_c_d",
            {"ab", "bc", "cd", "abc", "bcd", "abcd"},
            {"a|bcd", "b|cd", "c|d"},
        ),
        ("木目_01", set(), set()),
        ("wood.png", set(), set()),
    ],
)
def test_forms_of_a_name(name: str, joined: set[str], run_on: set[str]) -> None:
    _, _, found, begun = name_texts(name)
    assert set(found.split()) == joined
    assert set(begun.split()) == run_on


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
    assert nearest("odl", Vocabulary({"old": 5}), prefix=False) == ()


def test_nearest_first_then_most_used() -> None:
    known = Vocabulary({"rusty": 2, "dusty": 9, "rust": 1, "trusty": 5})
    assert nearest("rusy", known, prefix=False) == ("rusty", "rust")
    begun = Vocabulary({"concrete": 1, "concretes": 1})
    assert nearest("concrte", begun, prefix=True) == ("concrete", "concretes")


def test_words_of_two_parts_count_together() -> None:
    known = Vocabulary({"rusty": 2, "rust": 3}) + Vocabulary({"rusty": 2, "dust": 1})
    assert [known.count(word) for word in ("rusty", "rust", "dust", "wood")] == [4, 3, 1, 0]
    assert "dust" in known
    assert "wood" not in known
    assert nearest("rusy", known, prefix=False) == ("rusty", "rust")


def _by_table(a: str, b: str) -> int:
    """The distance as it is defined, without any short cut."""
    table = [[max(i, j) for j in range(len(b) + 1)] for i in range(len(a) + 1)]
    for i, x in enumerate(a, 1):
        for j, y in enumerate(b, 1):
            cost = min(table[i - 1][j] + 1, table[i][j - 1] + 1, table[i - 1][j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, table[i - 2][j - 2] + 1)
            table[i][j] = cost
    return table[len(a)][len(b)]


# Few letters, so that they repeat; and one that shares a bit of the sieve with another.
_WORDS = st.text("abé\u0129", max_size=9) | st.text("abc", min_size=60, max_size=70)


@given(_WORDS, _WORDS)
def test_distances_are_those_of_the_table(a: str, b: str) -> None:
    assert distance(a, b, 200) == _by_table(a, b)
    assert distance(a, b, 1) == min(_by_table(a, b), 2)


@given(_WORDS, st.dictionaries(_WORDS, st.integers(1, 9), max_size=8), st.booleans())
def test_no_near_word_is_missed(word: str, counts: dict[str, int], prefix: bool) -> None:
    limit = allowed_distance(word)
    ends = {other: range(len(other) + 1) if prefix else [len(other)] for other in counts}
    far = {other: min(_by_table(word, other[:end]) for end in ends[other]) for other in counts}
    near = [other for other in counts if limit and far[other] <= limit and other != word]
    near.sort(key=lambda other: (far[other], -counts[other], other))
    assert nearest(word, Vocabulary(counts), prefix=prefix) == tuple(near[:8])


def test_equal_names_are_in_the_order_of_their_keys() -> None:
    keys = [1, 9, 10, 99, 100, 5_000_000_000, 2**62]
    assert sorted(keys, key=lambda key: sort_form("rock2.png", key)) == keys
