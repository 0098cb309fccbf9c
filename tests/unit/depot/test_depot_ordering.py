"""The order in which groups are asked for: that in which files are made of them."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence

from audobon.services.depot.contents import Span
from audobon.services.depot.ordering import in_order
from audobon.storage.chunks.layout import KIND_CHUNKS, Group, Recipe
from audobon.storage.chunks.packs import hash_id


def _chunks(seed: int, count: int) -> list[bytes]:
    source = random.Random(seed)
    return [source.randbytes(1000 + number) for number in range(count)]


def _span(chunks: Sequence[bytes], pack: str = "", offset: int = 0) -> Span:
    data = b"".join(chunks)
    ids = b"".join(map(hash_id, chunks))
    lengths = tuple(map(len, chunks))
    return Span(pack, (Group(KIND_CHUNKS, 0, offset, len(data), len(data), b"", ids, lengths),))


def _recipes(*files: Sequence[bytes]) -> dict[str, Recipe]:
    return {
        hashlib.sha256(b"".join(one)).hexdigest(): Recipe(
            sum(map(len, one)), b"".join(map(hash_id, one)), [len(each) for each in one]
        )
        for one in files
    }


def test_files_come_one_after_the_other() -> None:
    one, two = _chunks(1, 6), _chunks(2, 6)
    spans = [_span(one[:3]), _span(one[3:]), _span(two[:3]), _span(two[3:])]
    for seed in range(10):
        mixed = random.Random(seed).sample(spans, len(spans))
        assert in_order(mixed, _recipes(one, two)) == spans


def test_the_chunk_that_a_later_version_has_comes_where_it_stands() -> None:
    first, other = _chunks(1, 9), _chunks(2, 9)
    edit = _chunks(3, 1)
    later = [*first[:4], *edit, *first[5:]]
    spans = [_span(first[:4]), _span(edit), _span(first[5:]), _span(other)]
    for recipes in (_recipes(later, other), _recipes(first[:4], other, later)):
        for seed in range(10):
            mixed = random.Random(seed).sample(spans, len(spans))
            assert in_order(mixed, recipes) == spans
    both = [_span(first[:4]), _span(edit), _span(first[4:]), _span(other)]
    assert in_order(both[::-1], _recipes(first, other, later)) in (
        both,
        [both[0], both[2], both[1], both[3]],
    )


def test_what_no_file_needs_comes_last() -> None:
    one = _chunks(1, 4)
    stray = _span(_chunks(8, 2))
    assert in_order([stray, _span(one)], _recipes(one)) == [_span(one), stray]


def test_files_come_as_they_lie_over_packs_whatever_these_are_called() -> None:
    files = [_chunks(seed, 10) for seed in range(8)]
    chunks = [each for one in files for each in one]
    for seed in range(10):
        names = random.Random(seed).sample("abcdefghij", 10)
        # Seven chunks a group and two groups a pack: no file begins where a group does.
        spans = [_span(chunks[at : at + 7], names[at // 14], at) for at in range(0, len(chunks), 7)]
        mixed = random.Random(seed).sample(spans, len(spans))
        asked = _recipes(*random.Random(seed + 1).sample(files, len(files)))
        found = in_order(mixed, asked)
        assert found in (spans, _from_both(spans, found))


def _from_both(spans: list[Span], found: list[Span]) -> list[Span]:
    """Where a file ends with its pack nothing links it to the next one: both halves may be first"""
    cut = spans.index(found[0])
    return spans[cut:] + spans[:cut]


def test_packs_that_lead_to_each_other_in_a_ring_are_all_there() -> None:
    one, two, three = _chunks(1, 4), _chunks(2, 4), _chunks(3, 4)
    spans = [_span(one, "a"), _span(two, "b"), _span(three, "c")]
    asked = _recipes(one + two, two + three, three + one)
    assert sorted(in_order(spans, asked), key=lambda each: each.pack) == spans
