"""Values that were computed of files, into a depot and out of it."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

import pytest

from audobon.errors import Corrupt
from audobon.services.depot import Depot
from audobon.services.depot.contents import Contents
from audobon.services.depot.results import (
    Table,
    fetch_results,
    results_to_fetch,
    results_to_send,
    scour_results,
    send_results,
)
from audobon.storage.objects import MemoryStore


class Kept:
    """A table in memory that takes no value with an ``x``."""

    def __init__(self, values: Mapping[str, bytes] = {}) -> None:
        self.values = dict(values)

    def digests(self) -> Iterator[list[str]]:
        yield list(self.values)

    def known(self, digests: Collection[str]) -> set[str]:
        return self.values.keys() & set(digests)

    def of(self, digests: Collection[str]) -> Mapping[str, bytes]:
        return {each: self.values[each] for each in digests if each in self.values}

    def sound(self, value: bytes) -> bool:
        return b"x" not in value

    def put(self, values: Mapping[str, bytes]) -> None:
        assert not self.known(values)
        self.values.update(values)


class Careless(Kept):
    """One that gives any value away."""

    def sound(self, value: bytes) -> bool:
        return bool(value)


class Wants:
    def __init__(self, **tables: Kept) -> None:
        self.tables = tables

    def wanted(self, name: str) -> Table | None:
        return self.tables.get(name)

    def known(self, name: str, digests: Collection[str]) -> set[str] | None:
        table = self.wanted(name)
        return None if table is None else table.known(digests)


def digest(number: int) -> str:
    return f"{number:064x}"


@pytest.fixture
def place() -> MemoryStore:
    return MemoryStore("nas")


@pytest.fixture
def depot(place: MemoryStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Depot:
    """A depot that has every file."""
    monkeypatch.setattr(Contents, "whole", lambda _, digests: set(digests))
    return Depot(place, tmp_path / "a")


def test_values_travel_once(depot: Depot, place: MemoryStore, tmp_path: Path) -> None:
    here = Kept({digest(n): b"%d" % n * n for n in range(9)})  # the first one is empty
    told, sizes = results_to_send(depot, {"words": here})
    assert told == 9
    assert send_results(depot, {"words": here}) == (9, sum(sizes))
    assert sorted(sizes) == sorted(stat.size for stat in place.list("results/"))
    here.values[digest(9)] = b"late"
    assert results_to_send(depot, {"words": here})[0] == 1
    assert send_results(depot, {"words": here})[0] == 1
    assert send_results(depot, {"words": here}) == (0, 0)
    assert results_to_send(depot, {"words": here}) == (0, [])
    assert send_results(depot, {"other": here})[0] == 10  # tables do not know of each other
    there = Kept({digest(3): b"my own"})
    other = Depot(place, tmp_path / "b")
    count, sizes = results_to_fetch(other, Wants(words=there).known)
    assert (count, sorted(sizes)) == (9, [4, sum(len(b"%d" % n * n) for n in range(9))])
    assert fetch_results(other, Wants(words=there)) == 9
    assert fetch_results(other, Wants(words=there)) == 0
    assert there.values == {**here.values, digest(3): b"my own"}
    assert results_to_fetch(other) == (0, [])


def test_values_of_files_that_are_coming_are_told_with_them(
    place: MemoryStore, tmp_path: Path
) -> None:
    depot = Depot(place, tmp_path / "a")  # that has no file
    here = Kept({digest(n): b"%d" % n for n in range(5)})
    assert results_to_send(depot, {"words": here}) == (0, [])
    assert results_to_send(depot, {"words": here}, {digest(2), digest(7)})[0] == 1


def test_many_values_are_several_bundles(depot: Depot, place: MemoryStore, tmp_path: Path) -> None:
    here = Kept({digest(n): bytes(60_000) for n in range(200)})
    sizes = results_to_send(depot, {"words": here})[1]
    assert send_results(depot, {"words": here}) == (200, sum(sizes))
    assert sorted(sizes) == sorted(stat.size for stat in place.list("results/"))
    assert len([each for each in place.list("results/") if each.key.endswith(".bin")]) == 3
    there = Kept()
    assert fetch_results(Depot(place, tmp_path / "b"), Wants(words=there)) == 200
    assert there.values == here.values


@pytest.mark.parametrize("suffix", [".bin", ".json"])
def test_other_bytes_are_told(
    depot: Depot, place: MemoryStore, tmp_path: Path, suffix: str
) -> None:
    send_results(depot, {"words": Kept({digest(1): b"one"})})
    (key,) = (each.key for each in place.list("results/") if each.key.endswith(suffix))
    data = bytearray(place.get(key))
    data[1] ^= 1
    place.put(key, bytes(data))
    there = Kept()
    with pytest.raises(Corrupt, match=key):
        fetch_results(Depot(place, tmp_path / "b"), Wants(words=there))
    assert not there.values


def test_what_is_no_value_of_its_table_is_refused(
    depot: Depot, place: MemoryStore, tmp_path: Path
) -> None:
    assert send_results(depot, {"words": Kept({digest(1): b"exe"})})[0] == 0
    assert send_results(depot, {"words": Careless({digest(1): b"exe"})})[0] == 1
    there = Kept()
    with pytest.raises(Corrupt, match="no value of words"):
        fetch_results(Depot(place, tmp_path / "b"), Wants(words=there))
    assert not there.values


@pytest.mark.parametrize(
    "change",
    [
        {"digests": ["../../etc"]},
        {"digests": [digest(1)[:-2]]},
        {"sizes": [-3]},
        {"sizes": [1 << 40]},
        {"sizes": [3, 3]},
        {"sizes": None},
        {"table": None, "digests": [1]},
    ],
)
def test_a_list_that_makes_no_sense_is_told(
    depot: Depot, place: MemoryStore, tmp_path: Path, change: dict[str, object]
) -> None:
    from audobon.storage.chunks.packs import hash_id

    send_results(depot, {"words": Kept({digest(1): b"one"})})
    (key,) = (each.key for each in place.list("results/") if each.key.endswith(".json"))
    data = json.dumps({**json.loads(place.get(key)), **change}).encode()
    place.put(f"results/{hash_id(data).hex()}.json", data)
    with pytest.raises(Corrupt, match="results/"):
        fetch_results(Depot(place, tmp_path / "b"), Wants(words=Kept()))


def test_only_what_is_needed_is_left(depot: Depot, place: MemoryStore, tmp_path: Path) -> None:
    send_results(depot, {"words": Kept({digest(n): b"%d" % n for n in range(5)})})
    send_results(depot, {"other": Kept({digest(7): b"seven"})})
    assert scour_results(depot, frozenset(map(digest, (1, 3)))) == 2
    assert scour_results(depot, frozenset(map(digest, (1, 3)))) == 0
    words, other = Kept(), Kept()
    assert fetch_results(Depot(place, tmp_path / "b"), Wants(words=words, other=other)) == 2
    assert words.values == {digest(1): b"1", digest(3): b"3"}
    assert len(list(place.list("results/"))) == 2
