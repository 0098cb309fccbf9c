"""Vectors by content: kept in a file that may go, looked through in a matrix that follows it."""

from __future__ import annotations

import base64
import hashlib
import os
import struct
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audobon.codec.vectors import halved
from audobon.errors import Corrupt, NotFound
from audobon.inference import matrix
from audobon.inference.matrix import Matrix
from audobon.services.pipelines import vectortasks
from audobon.services.pipelines.vectortasks import gather, nearest
from audobon.storage.vectors import VectorStore

LENGTH = 24


def content(number: int) -> bytes:
    return hashlib.sha256(b"%d" % number).digest()


def unit(seed: int, length: int = LENGTH) -> np.ndarray:
    made = np.random.default_rng(seed).standard_normal(length).astype(np.float32)
    return made / np.linalg.norm(made)


def halves(*numbers: int) -> dict[bytes, bytes]:
    return {content(number): halved(unit(number).tolist()) for number in numbers}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[VectorStore]:
    made = VectorStore(tmp_path / "space.db", base=tmp_path)
    yield made
    made.close()


def test_a_store_keeps_what_it_was_given(store: VectorStore) -> None:
    assert (store.count(), store.last(), store.get(content(1))) == (0, 0, None)
    store.put(halves(1, 2, 3))
    store.put({**halves(4), content(1): halved([0.0] * LENGTH)})  # a content keeps its vector
    assert store.get(content(1)) == halves(1)[content(1)]
    assert [row[1] for row in store.since(0, 10)] == [content(n) for n in (1, 2, 3, 4)]
    assert store.since(store.last(), 10) == []
    assert store.unknown([content(n) for n in (9, 1, 9, 8)]) == [content(9), content(8)]


def test_a_damaged_store_begins_anew(store: VectorStore) -> None:
    store.put(halves(1, 2))
    store.close()
    store.path.write_bytes(b"no database at all" * 400)
    assert store.get(content(1)) is None
    store.put(halves(3))
    assert store.count() == 1
    store.path.unlink()
    assert store.count() == 0
    store.put(halves(5))
    assert store.get(content(5)) is not None


def test_holders_follow_the_catalog(store: VectorStore) -> None:
    store.hold([(1, content(1)), (2, content(2)), (3, content(1))], mark=7)
    assert store.mark() == 7
    assert store.holders([content(1), content(9)]) == {content(1): [1, 3]}
    assert store.waits() == 3
    store.put(halves(1))
    assert store.waits() == 1
    assert store.waiting(5) == [(content(2), 2)]
    store.hold([(1, content(2)), (2, None)], mark=9)
    assert store.holders([content(1), content(2)]) == {content(1): [3], content(2): [1]}
    assert store.contents([1, 2, 3]) == {1: content(2), 3: content(1)}
    store.hold([], mark=4)
    assert store.mark() == 9


def test_what_waits_is_taken_part_after_part(store: VectorStore) -> None:
    store.hold([(number, content(number)) for number in range(1, 9)], mark=8)
    order = sorted(content(number) for number in range(1, 9))
    asked, after = [], b""
    while rows := store.waiting(3, after=after):
        asked.append([name for name, _ in rows])
        after = rows[-1][0]
        store.put({name: halved(unit(1).tolist()) for name, _ in rows[1:]})
    assert asked == [order[:3], order[3:6], order[6:]]
    # Those that have got a vector are gone; the rest still waits from the beginning.
    assert [name for name, _ in store.waiting(9)] == [order[0], order[3], order[6]]


_CONTENTS = st.integers(1, 6)
_PUT = st.tuples(st.just("put"), st.lists(_CONTENTS, max_size=3))
_FORGET = st.tuples(st.just("forget"), st.lists(_CONTENTS, max_size=2))
_HOLDERS = st.lists(st.tuples(st.integers(1, 5), st.none() | _CONTENTS), max_size=4)
_HOLD = st.tuples(st.just("hold"), st.tuples(_HOLDERS, st.integers(0, 2)))
_STEPS = st.lists(st.tuples(_PUT | _FORGET | _HOLD, st.booleans(), st.booleans()), max_size=12)


@given(_STEPS)
def test_what_waits_is_followed_by_two_who_write(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[tuple[str, Any], bool, bool]]
) -> None:
    folder = tmp_path_factory.mktemp("space")
    with (
        closing(VectorStore(folder / "space.db", base=folder)) as one,
        closing(VectorStore(folder / "space.db", base=folder)) as two,
    ):
        for (what, given_), second, look in steps:
            store = two if second else one
            if what == "put":
                store.put(halves(*given_))
            elif what == "forget":
                store.forget([content(each) for each in given_])
            else:
                holders, further = given_
                named = {key: each and content(each) for key, each in holders}
                store.hold(list(named.items()), mark=store.mark() + further)
            if look:  # what nobody asks for is not followed
                counted = len({key for key in range(1, 6) if _waits(store, key)})
                assert (one.waits(), two.waits()) == (counted, counted)


def _waits(store: VectorStore, key: int) -> bool:
    held = store.contents([key]).get(key)
    return held is not None and store.get(held) is None


@pytest.fixture(params=["mapped", "held"])
def either(request: pytest.FixtureRequest, store: VectorStore) -> Iterator[VectorStore]:
    """The store, whose matrix lies in files, or in memory only."""
    if request.param == "held":
        _HELD.add(store.path)
    yield store
    if request.param == "held":
        _HELD.discard(store.path)
        assert [each.name for each in store.path.parent.iterdir() if each.is_dir()] == []


_HELD: set[Path] = set()


def payload(store: VectorStore, wanted: np.ndarray, count: int, among: list[bytes] | None = None):  # type: ignore[no-untyped-def]
    return {
        "store": str(store.path),
        "folder": None if store.path in _HELD else str(store.path.with_suffix("")),
        "vector": base64.b64encode(halved(wanted.tolist())).decode(),
        "count": count,
        "among": None if among is None else base64.b64encode(b"".join(among)).decode(),
    }


def ask(store: VectorStore, wanted: np.ndarray, count: int = 5, among: list[bytes] | None = None):  # type: ignore[no-untyped-def]
    told = nearest(payload(store, wanted, count, among), lambda: None)
    names, scores = base64.b64decode(told["contents"]), base64.b64decode(told["scores"])
    each = [names[at : at + 32].hex() for at in range(0, len(names), 32)]
    return list(zip(each, struct.unpack(f"<{len(each)}f", scores), strict=True))


def plan(store: VectorStore, count: int = 5, among: list[bytes] | None = None):  # type: ignore[no-untyped-def]
    return nearest(payload(store, unit(1), count, among), lambda: None)["plan"]


@pytest.mark.parametrize("quick", [True, False])
def test_the_nearest_are_those_of_brute_force(
    either: VectorStore, monkeypatch: pytest.MonkeyPatch, quick: bool
) -> None:
    if not quick:
        monkeypatch.setitem(sys.modules, "numkong", None)
    numbers = range(3_000)
    either.put(halves(*numbers))
    vectors = np.stack([unit(number) for number in numbers]).astype(np.float16).astype(np.float32)
    found = 0
    for seed in range(20):
        wanted = unit(100_000 + seed)
        products = vectors @ wanted.astype(np.float16).astype(np.float32)
        best = np.argsort(-products)[:10]
        told = ask(either, wanted, 10)
        found += len({content(int(number)).hex() for number in best} & {name for name, _ in told})
        assert [score for _, score in told] == sorted((score for _, score in told), reverse=True)
        assert told[0][1] == pytest.approx(float(products[best[0]]), abs=2e-3)
    assert found >= 198  # of 200
    few = [content(number) for number in range(0, 3_000, 100)]
    assert {name for name, _ in ask(either, unit(7), 50, few)} == {each.hex() for each in few}
    assert ask(either, unit(7), 50, [content(99_999)]) == []


def test_the_matrix_follows_the_store(either: VectorStore) -> None:
    either.put(halves(1, 2))
    assert ask(either, unit(1))[0][0] == content(1).hex()
    either.put(halves(3))
    assert ask(either, unit(3))[0][0] == content(3).hex()
    either.close()
    either.path.unlink()  # begun anew: fewer rows than the matrix has
    either.put(halves(8))
    assert [name for name, _ in ask(either, unit(8))] == [content(8).hex()]


def test_the_plan_tells_how_the_nearest_are_looked_for(either: VectorStore) -> None:
    either.put(halves(*range(900)))
    assert plan(either) == ["all", 900, 900]
    either.put(halves(*range(900, 2_500)))
    assert plan(either) == ["bits", 2_500, 1_000]
    assert plan(either, 700) == ["bits", 2_500, 1_400]
    assert plan(either, 1_300) == ["all", 2_500, 2_500]
    assert plan(either, 700, [content(3), content(4)]) == ["among", 2_500, 2]


def test_by_bits_no_row_is_compared_that_the_plan_leaves_out(
    store: VectorStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[tuple[str, int]] = []

    def noting(name: str) -> None:
        real = getattr(matrix, name)

        def noted(rows: np.ndarray, query: np.ndarray) -> object:
            looked.append((name, len(rows)))
            return real(rows, query)

        monkeypatch.setattr(matrix, name, noted)

    noting("_differing")
    noting("_products")
    store.put(halves(*range(3_000)))
    assert ask(store, unit(2_718), 1)[0][0] == content(2_718).hex()
    (bits, rows), (full, compared) = looked
    assert (bits, rows, full) == ("_differing", 3_000, "_products")
    assert 1_000 <= compared < 1_400  # those with as many other bits as the last come along


@pytest.mark.skipif(not Path("/proc/self/smaps").exists(), reason="told by Linux only")
@pytest.mark.parametrize("reads", [True, False])
def test_what_was_compared_does_not_stay_in_memory(
    store: VectorStore, monkeypatch: pytest.MonkeyPatch, reads: bool
) -> None:
    """What is small does: to map it anew for each question would be half of what one costs."""
    store.put(halves(*range(3_000)))
    mapped = ask(store, unit(5), 1_400)
    assert _resident(store) > 0
    monkeypatch.setattr(matrix, "_HELD", 3_000 * 2 * LENGTH - 1)
    if not reads:
        monkeypatch.delattr(os, "preadv")
        ask(store, unit(6), 1_400)
    vectortasks._open.clear()  # another process
    assert ask(store, unit(5), 1_400) == mapped
    assert _resident(store) == 0
    monkeypatch.setattr(matrix, "_HELD", 3_000 * 2 * LENGTH)
    ask(store, unit(6), 1_400)
    assert _resident(store) > 0


def _resident(store: VectorStore) -> int:
    at = str(store.path.with_suffix("") / "1" / "halves")
    lines = Path("/proc/self/smaps").read_text("utf-8").splitlines()
    (start,) = [place for place, line in enumerate(lines) if line.endswith(at)]
    (resident,) = [line for line in lines[start : start + 8] if line.startswith("Rss:")]
    return int(resident.split()[1])


def test_bits_are_the_same_on_every_machine() -> None:
    from audobon.inference.turning import bits_of, width_of

    assert [width_of(length) for length in (24, 64, 384, 512, 1280)] == [128, 128, 144, 128, 160]
    few = np.zeros((1, 1280), np.float32)
    few[0, 7::160] = 1.0  # sums of these are whole numbers that 32 bits hold, in whatever order
    made = bits_of(few)
    assert hashlib.sha256(made.tobytes()).hexdigest()[:16] == "01b87dc0ebc2f412"
    assert 550 < int(np.unpackbits(made).sum()) < 730


def test_near_vectors_differ_in_few_bits() -> None:
    from audobon.inference.turning import bits_of

    one, other = unit(1, 1280), unit(2, 1280)
    for share in (0.9, 0.5, 0.0):
        mixed = share * one + (1 - share**2) ** 0.5 * other
        bits = bits_of(np.stack([one, mixed / np.linalg.norm(mixed)]))
        differing = int(np.unpackbits(bits[0] ^ bits[1]).sum())
        cosine = float(one @ mixed / np.linalg.norm(mixed))
        assert differing / 1280 == pytest.approx(np.arccos(cosine) / np.pi, abs=0.05)


def test_what_is_forgotten_goes_from_the_matrix_too(
    either: VectorStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vectortasks, "_FEW", 3)
    either.put(halves(*range(40)))
    assert len(ask(either, unit(7), 40)) == 40
    either.forget([content(number) for number in range(30)])
    assert either.count() == 10
    told = ask(either, unit(7), 40)
    assert {name for name, _ in told} == {content(number).hex() for number in range(30, 40)}
    if either.path not in _HELD:
        folder = either.path.with_suffix("")
        assert [each.name for each in folder.iterdir() if each.is_dir()] == ["2"]
    either.put(halves(3, 50))  # one comes back
    assert {name for name, _ in ask(either, unit(3), 2)} >= {content(3).hex()}
    either.forget([content(39), content(50)])  # few: their rows stay for now
    either.put(halves(39))
    told = ask(either, unit(39), 40)
    assert told[0][0] == content(39).hex()
    assert len({name for name, _ in told}) == len(told)


def test_rows_that_came_after_the_sorted_names_are_found_by_name(either: VectorStore) -> None:
    either.put(halves(*range(200)))
    assert ask(either, unit(1), 2, [content(5)])[0][0] == content(5).hex()
    either.put(halves(200, 201))
    asked = [content(201), content(4), content(999)]
    assert {name for name, _ in ask(either, unit(1), 9, asked)} == {
        content(201).hex(),
        content(4).hex(),
    }


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_no_damage_to_a_matrix_gives_a_wrong_answer(data: st.DataObject) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        store = VectorStore(Path(folder) / "space.db", base=Path(folder))
        store.put(halves(*range(12)))
        first = ask(store, unit(5), 12)
        path = Path(folder, "space", "1", data.draw(st.sampled_from(("names", "halves", "bits"))))
        whole = bytearray(path.read_bytes())
        if data.draw(st.booleans()):
            del whole[data.draw(st.integers(0, len(whole) - 1)) :]
        for _ in range(data.draw(st.integers(0, 3))):
            if whole:
                whole[data.draw(st.integers(0, len(whole) - 1))] ^= 0xFF
        path.write_bytes(whole)
        vectortasks._open.clear()  # another process
        told = dict(ask(store, unit(5), 12))
        for name, score in first:
            if name in told:
                assert told[name] == pytest.approx(score, abs=0.03)
        store.close()


def test_a_matrix_refuses_another_length(tmp_path: Path) -> None:
    matrix = Matrix(tmp_path / "m", LENGTH)
    with pytest.raises(Corrupt, match="numbers is asked for"):
        matrix.near([1.0, 0.0], 3)
    assert matrix.near([1.0] + [0.0] * (LENGTH - 1), 3) == []


def test_results_are_gathered(store: VectorStore, tmp_path: Path) -> None:
    import json

    from audobon.codec.vectors import pack_vector

    notes = tmp_path / "notes"
    for number, text in enumerate(
        (json.dumps({"values": pack_vector(unit(4).tolist())}), "{", "[]")
    ):
        key = f"{number:02x}key"
        (notes / key[:2]).mkdir(parents=True)
        (notes / key[:2] / f"{key}.json").write_text(text)
    keys = [[f"{number:02x}key", content(number).hex()] for number in range(4)]
    places = {"store": str(store.path), "base": str(tmp_path), "notes": str(notes)}
    assert gather({**places, "keys": keys}, lambda: None) == 1
    kept = np.frombuffer(store.get(content(0)) or b"", "<f2")
    assert kept == pytest.approx(unit(4), abs=1e-3)


def test_a_library_that_has_vanished_does_not_come_back_with_a_vector(tmp_path: Path) -> None:
    state = tmp_path / "Gone" / ".audobon"
    store = VectorStore(state / "derived" / "alike" / "space.db", base=state)
    assert store.get(content(1)) is None
    with pytest.raises(NotFound):
        store.put(halves(1))
    assert not (tmp_path / "Gone").exists()
