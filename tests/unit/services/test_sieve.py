"""What a likeness has found, through the words and filters beside it: as if each were looked at."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import audobon
from audobon.codec.query_text import parse
from audobon.model.query import And, Everything, Keys
from audobon.services.finding.sieve import Sieve
from audobon.storage.index import SearchIndex

COUNT = 620


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[audobon.Library]:
    """Of 620 files the last is wood, the others are woad; every third has three stars."""
    root = tmp_path_factory.mktemp("sieve")
    for number in range(COUNT):
        name = "wood" if number == COUNT - 1 else "woad"
        (root / f"{name} {number:03d}.txt").write_text(str(number))
    with audobon.Library.create(root) as made:
        made.add([root])
        made.edit([each.id for each in made.assets(limit=COUNT) if each.key % 3 == 0], rating=3)
        made.search("")
        yield made


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The keys that the index is asked about, one after the other."""
    noted: list[int] = []
    real = SearchIndex.search

    def search(self: SearchIndex, node: object, **options: object) -> object:
        if isinstance(node, And) and isinstance(node.parts[-1], Keys):
            assert len(node.parts[-1].keys) <= 256  # beyond it the index is half as quick
            noted.extend(node.parts[-1].keys)
        return real(self, node, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(SearchIndex, "search", search)
    return noted


def test_each_key_is_asked_about_once(library: audobon.Library, asked: list[int]) -> None:
    keys = [each.key for each in reversed(library.assets(limit=COUNT))]
    sieve = Sieve(library._stores, parse("rating:>=3"))
    wanted = [key for key in keys if key % 3 == 0]
    first = sieve.left(keys, 50)
    assert first == wanted[: len(first)]
    assert 50 <= len(first) < len(wanted)
    assert sieve.left(keys) == wanted
    assert asked == keys
    assert sieve.left([*keys[:10], 10**6]) == [key for key in keys[:10] if key % 3 == 0]
    assert asked == [*keys, 10**6]


def test_what_is_known_is_not_asked(library: audobon.Library, asked: list[int]) -> None:
    keys = [each.key for each in library.assets(limit=COUNT)]
    assert Sieve(library._stores, Everything()).left(keys) == keys
    assert Sieve(library._stores, parse("rating:>=3"), [3, 6]).left(keys) == [3, 6]
    assert not asked
    words = Sieve(library._stores, parse("woad rating:3"), keys)
    assert words.left(keys[:9]) == [3, 6, 9]
    assert asked == keys[:9]
    assert words.why[3] == ("name", "path")
    assert words.scores[3] > 1


def test_words_are_not_misspelt_because_some_keys_lack_them(library: audobon.Library) -> None:
    assets = library.assets(limit=COUNT)
    keys = [each.key for each in assets]
    (wood,) = (each.key for each in assets if each.name.startswith("wood"))
    assert Sieve(library._stores, parse("wood")).left(keys) == [wood]
    assert len(Sieve(library._stores, parse("waod"), strictly=False).left(keys)) > 1
    assert Sieve(library._stores, parse("waod")).left(keys) == []
