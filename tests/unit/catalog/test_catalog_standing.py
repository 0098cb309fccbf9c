"""Contents, presence and uses that are held in memory are those of the catalog, always."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from catalog_bench import Bench
from hypothesis import given
from hypothesis import strategies as st

from audobon.storage.catalog import Catalog, keyed, standing
from audobon.storage.catalog.find import Finding

DIGESTS = [f"{number:02x}" * 32 for number in range(5)]


def gathered(catalog: Catalog, part: int = 100) -> Catalog:
    while catalog.gather(part):
        pass
    return catalog


def from_memory(catalog: Catalog) -> bool:
    with catalog._current() as known:
        return known is not None


def same(catalog: Catalog) -> None:
    """What is told is what the rows say, in the same order."""
    known = Finding.ever_holders(catalog, DIGESTS)
    assert list(catalog.ever_holders(DIGESTS).items()) == list(known.items())
    keys = [*range(1, 40), 7_000]
    assert list(catalog.uses(keys).items()) == list(Finding.uses(catalog, keys).items())


def _anew(bench: Bench) -> None:
    bench.catalog.set_meta("made", f"made at {bench.now}")
    bench.catalog.db.hold_to("SELECT 1")  # as if this were the one who made it


_OF_ALL = {
    "undo": lambda bench: bench.undo(),
    "forget uses": lambda bench: bench.catalog.forget_uses(),
    "begin anew": _anew,
    "drop a note": lambda bench: bench.catalog.drop_meta(standing.AFRESH),
}
_OF_ONE = {
    "use": lambda bench, each: bench.catalog.record_use(each.id, "placed", "test", bench.now),
    "remove": lambda bench, each: bench.catalog.remove([each.id], **bench.by),
    "missing": lambda bench, each: bench.catalog.mark_missing([each.key], **bench.by),
    "erase": lambda bench, each: bench.catalog.erase_assets([each.id], []),
}
_OF_ANY = {  # also of one whose file is gone
    "away": lambda bench, each: bench.catalog.set_away([each.id]),
    "not away": lambda bench, each: bench.catalog.forget_away([each.id]),
    "arrived": lambda bench, _: bench.catalog.forget_arrived(),
}
_STEPS = ("add", "add unread", "digest", "gather", *_OF_ALL, *_OF_ONE, *_OF_ANY)


@given(st.data())
def test_it_follows_what_any_process_does(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder) / "catalog.db")
        bench.add("0.png", "1.png")
        other = Catalog.open(bench.path)
        part = data.draw(st.integers(1, 4))
        if data.draw(st.booleans()):
            gathered(other)
        for number, step in enumerate(data.draw(st.lists(st.sampled_from(_STEPS), max_size=14))):
            digest = data.draw(st.sampled_from(DIGESTS))
            there = bench.catalog.iterate()
            either = bench.catalog.iterate(states=("present", "missing"))
            if step.startswith("add"):
                file = bench.file(f"more {number}.png", digest=digest if step == "add" else "")
                bench.catalog.insert([file], tags=(), catalog=None, **bench.by)
            elif step == "gather":
                other.gather(part)
            elif step in _OF_ALL:
                _OF_ALL[step](bench)
            elif step in _OF_ANY:
                if either:
                    _OF_ANY[step](bench, data.draw(st.sampled_from(either)))
            elif there and step == "digest":
                bench.catalog.set_digests([(data.draw(st.sampled_from(there)).key, digest)])
            elif there:
                _OF_ONE[step](bench, data.draw(st.sampled_from(there)))
            same(other)
        gathered(other, part)
        assert from_memory(other)
        same(other)
        other.close()
        bench.catalog.close()


def test_what_the_clock_does_not_tell_is_seen(bench: Bench) -> None:
    """Contents that become known, assets that lose their rows, another catalog in its place."""
    files = [bench.file(f"{number}.png", digest="") for number in range(3)]
    one, two, three = bench.catalog.insert(files, tags=(), catalog=None, **bench.by)
    other = gathered(Catalog.open(bench.path))
    clock = bench.catalog.clock()
    bench.catalog.set_digests([(one.key, DIGESTS[0]), (three.key, DIGESTS[0])])
    assert other.ever_holders(DIGESTS) == {DIGESTS[0]: [one.key, three.key]}
    bench.catalog.erase_assets([three.id], [])
    assert bench.catalog.clock() == clock
    assert (other.ever_holders(DIGESTS), not from_memory(other)) == ({DIGESTS[0]: [one.key]}, True)
    gathered(other)
    assert other.ever_holders(DIGESTS) == {DIGESTS[0]: [one.key]}
    bench.catalog.set_meta("made", "anew")
    bench.catalog.db.execute("UPDATE asset SET digest = ? WHERE key = ?", (DIGESTS[1], two.key))
    assert other.ever_holders(DIGESTS[1:]) == {DIGESTS[1]: [two.key]}
    bench.catalog.db.execute("UPDATE asset SET digest = '' WHERE key = ?", (two.key,))
    other.close()


def test_contents_that_share_a_place_are_told_apart() -> None:
    """Those that come behind one that is gone are still found."""
    held = keyed.Keyed(10)
    first = hash(DIGESTS[0]) & 1023
    near = (f"{number:064x}" for number in range(10**6))
    alike = [
        digest
        for digest, _ in zip(
            (each for each in near if hash(each) & 1023 == first), range(3), strict=False
        )
    ]
    rows = [(key, digest, 1, 0, 0) for key, digest in enumerate([DIGESTS[0], *alike], 1)]
    assert held.put(rows)
    assert held.put([(1, "", 1, 0, 0), (3, DIGESTS[1], 1, 0, 0)])
    assert held.holders([DIGESTS[0], *alike, DIGESTS[1]]) == {
        alike[0]: [2],
        alike[2]: [4],
        DIGESTS[1]: [3],
    }
    assert held.put([(1, alike[2], 1, 0, 0)])
    assert held.holders(alike) == {alike[0]: [2], alike[2]: [1, 4]}


def test_what_is_held_is_asked_and_who_writes_sees_its_own_state(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    (oak,) = bench.add("oak.png")
    gathered(bench.catalog)
    with bench.catalog.db.write():
        bench.catalog.db.execute("UPDATE asset SET digest = ? WHERE key = ?", (DIGESTS[1], oak.key))
        assert bench.catalog.ever_holders(DIGESTS) == {DIGESTS[1]: [oak.key]}
        bench.catalog.db.execute("UPDATE asset SET digest = ? WHERE key = ?", (oak.digest, oak.key))
    assert bench.catalog.uses([oak.key]) == {oak.key: (0, 0)}
    monkeypatch.setattr(Finding, "ever_holders", None)
    monkeypatch.setattr(Finding, "uses", None)
    assert bench.catalog.ever_holders([oak.digest, DIGESTS[0]]) == {oak.digest: [oak.key]}
    assert bench.catalog.uses([oak.key, 9]) == {oak.key: (0, 0)}


def test_who_has_fallen_far_behind_is_gathered_beside_the_questions(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standing, "_AT_ONCE", 3)
    gathered(bench.catalog)
    bench.add("0.png", "1.png")
    assert from_memory(bench.catalog)
    bench.add(*(f"{number}.png" for number in range(2, 12)))
    assert not from_memory(bench.catalog)
    same(bench.catalog)
    assert bench.catalog.behind
    gathered(bench.catalog, 4)
    assert from_memory(bench.catalog)
    same(bench.catalog)


def test_many_with_one_content_come_in_the_order_of_their_keys(bench: Bench) -> None:
    files = [bench.file(f"{number}.png", digest=DIGESTS[number % 2]) for number in range(30)]
    assets = bench.catalog.insert(files, tags=(), catalog=None, **bench.by)
    gathered(bench.catalog)
    for number in (0, 28, 6):  # the first, the last and one between
        bench.catalog.set_digests([(assets[number].key, DIGESTS[3])])
        same(bench.catalog)
    assert from_memory(bench.catalog)


@pytest.mark.parametrize("most", [keyed.MOST, 3])
def test_keys_that_are_too_high_are_not_held(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(keyed, "MOST", most)
    monkeypatch.setattr(standing, "MOST", most)
    bench.add(*(f"{number}.png" for number in range(5)))
    gathered(bench.catalog)
    assert from_memory(bench.catalog) == (most > 3)
    assert not bench.catalog.behind
    same(bench.catalog)


def test_no_more_room_is_told_and_it_begins_anew(bench: Bench) -> None:
    gathered(bench.catalog)
    for begin in range(0, 1_500, 100):
        numbers = range(begin, begin + 100)
        files = [bench.file(f"{number}.png", digest=f"{number:064x}") for number in numbers]
        bench.catalog.insert(files, tags=(), catalog=None, **bench.by)
        same(bench.catalog)
    assert bench.catalog.behind  # two thirds of 1,024 slots
    gathered(bench.catalog)
    assert from_memory(bench.catalog)
    digests = [f"{number:064x}" for number in range(1_500)]
    assert bench.catalog.ever_holders(digests) == Finding.ever_holders(bench.catalog, digests)


def test_rows_that_were_never_written_so_are_left_to_the_catalog(bench: Bench) -> None:
    (oak,) = bench.add("oak.png")
    with bench.catalog.db.write():
        bench.catalog.db.execute("UPDATE asset SET used = 'often' WHERE key = ?", (oak.key,))
    gathered(bench.catalog)
    assert not from_memory(bench.catalog)
    assert bench.catalog.ever_holders([oak.digest]) == {oak.digest: [oak.key]}
    with bench.catalog.db.write():
        bench.catalog.db.execute("UPDATE asset SET used = 0 WHERE key = ?", (oak.key,))


def test_what_is_only_at_a_remote_counts_as_there(bench: Bench) -> None:
    (one, two) = bench.add("0.png", "1.png")
    other = gathered(Catalog.open(bench.path))
    bench.catalog.mark_missing([one.key, two.key], **bench.by)
    assert other.uses([one.key, two.key]) == {}
    bench.catalog.set_away([two.id])
    assert list(other.uses([one.key, two.key])) == [two.key]
    assert list(gathered(other).uses([one.key, two.key])) == [two.key]
    assert from_memory(other)
    bench.catalog.forget_away([two.id])
    assert other.uses([one.key, two.key]) == {}
    other.close()
