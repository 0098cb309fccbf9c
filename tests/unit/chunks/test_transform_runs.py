"""Sections that are alike go column by column; the bytes are those of the way block by block."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from transform_data import blend

from audobon.storage.chunks.transforms import blocks, pointers, rewrite, runs

MODEST = settings(max_examples=60, deadline=None)
NEVER = 1 << 40


def normalised(data: bytes) -> tuple[bytes, bytes]:
    out = io.BytesIO()
    params = pointers.normalise(io.BytesIO(data), len(data), out)
    return params, out.getvalue()


def restored(params: bytes, stream: bytes) -> bytes:
    out = io.BytesIO()
    pointers.restore(io.BytesIO(stream), params, out)
    return out.getvalue()


def one_by_one(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(blocks, "FEWEST", NEVER)
    patch.setattr(rewrite, "FEWEST", NEVER)
    patch.setattr(rewrite, "_LONG", NEVER)


def same_both_ways(data: bytes) -> None:
    params, stream = normalised(data)
    with pytest.MonkeyPatch.context() as patch:
        one_by_one(patch)
        assert normalised(data) == (params, stream)
        assert restored(params, stream) == data
    assert restored(params, stream) == data


@given(
    groups=st.lists(st.tuples(st.integers(1, 40), st.integers(1, 5)), min_size=1, max_size=5),
    session=st.integers(0, 1000),
    new=st.booleans(),
)
@MODEST
def test_runs_of_objects(groups: list[tuple[int, int]], session: int, new: bool) -> None:
    parts = [
        blend(
            [f"O{place}-{n}" for n in range(count)], session=session + place, items=items, new=new
        )
        for place, (count, items) in enumerate(groups)
    ]
    same_both_ways(joined(parts, new=new))


def joined(parts: list[bytes], *, new: bool) -> bytes:
    """One scene of the objects of all: each part keeps its addresses, the last one its DNA."""
    head, tail = (17, 32) if new else (12, 24)
    bodies = [part[head : part.index(b"DNA1")] for part in parts]
    last = parts[-1]
    assert last.endswith(b"ENDB" + bytes(tail - 4))
    return last[:head] + b"".join(bodies) + last[last.index(b"DNA1") :]


@pytest.mark.parametrize("new", [False, True])
@pytest.mark.parametrize("items", [80, 700])
def test_long_lists_within_a_section(new: bool, items: int) -> None:
    same_both_ways(blend(["One", "Two"], session=3, items=items, new=new))


def test_an_address_that_two_blocks_had_is_the_nearer_one_s() -> None:
    one = blend([f"A{number}" for number in range(20)], session=5)
    same_both_ways(joined([one, one], new=False))


def test_of_many_descriptions_of_structs_the_last_counts() -> None:
    data = blend([f"A{number}" for number in range(20)], session=5)
    at, end = data.index(b"DNA1"), data.index(b"ENDB")
    many = data[:at] + data[at:end] * 12 + data[end:]
    same_both_ways(many)
    found = blocks.walk(io.BytesIO(many), len(many))
    assert found.dna_block == len(found.at) - 1


def test_stray_addresses_keep_their_order() -> None:
    """Every object has one of its own; columns must hand them out section by section."""
    data = blend([f"Tree{number}" for number in range(300)], session=1)
    params, stream = normalised(data)
    assert restored(params, stream) == data
    swapped = blend([f"Tree{number}" for number in range(300)], session=2)
    other, changed = normalised(swapped)
    assert stream[: len(data)] == changed[: len(data)]
    assert stream != changed
    assert restored(other, changed) == swapped


def test_columns_are_what_is_tested(monkeypatch: pytest.MonkeyPatch) -> None:
    treated: list[int] = []
    real = runs.Plan.rewrite

    def counted(self: runs.Plan, view: memoryview, *rest: object) -> None:
        treated.append(len(view) // self.stride)
        real(self, view, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(runs.Plan, "rewrite", counted)
    data = blend([f"Tree{number}" for number in range(300)], session=1)
    normalised(data)
    assert sum(treated) == 300
    treated.clear()
    one_by_one(monkeypatch)
    normalised(data)
    assert treated == []
