from __future__ import annotations

import hashlib
import random

import pytest
from chunk_gear import reference_lengths
from hypothesis import given, settings
from hypothesis import strategies as st

from audobon.storage.chunks.chunker import LARGEST, SMALLEST, WINDOW, Chunker

# Where the library cut in the version that was chosen. Other cuts would still
# give every file back, but share nothing with what is stored already.
GOLDEN = [78996, 65976, 75561, 24248, 70623, 190139, 155663, 103937, 30501, 72946, 81332, 65989]
GOLDEN += [138653, 76681, 90094, 170240, 38874, 87161, 58088, 120567, 76536, 114205, 73178, 36964]


def cut(data: bytes, *, step: int = 1 << 30) -> tuple[list[int], bytes, str]:
    """(lengths, the chunks joined, sha256) with reads of at most ``step`` bytes."""
    rest = memoryview(data)

    def read_into(target: memoryview) -> int:
        nonlocal rest
        part = rest[: min(len(target), step)]
        target[: len(part)] = part
        rest = rest[len(part) :]
        return len(part)

    chunker, sha256 = Chunker(), hashlib.sha256()
    lengths, joined = [], bytearray()
    for batch in chunker.cut(read_into, sha256):
        lengths += [len(piece) for piece in batch]
        for piece in batch:
            joined += piece
    chunker.close()
    return lengths, bytes(joined), sha256.hexdigest()


def test_golden_cuts() -> None:
    assert cut(hashlib.shake_128(b"audobon chunk cuts").digest(2 << 20))[0] == GOLDEN


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"x",
        bytes(SMALLEST),
        random.Random(1).randbytes(SMALLEST + 1),
        random.Random(2).randbytes(65536),
        random.Random(3).randbytes(100_001),
        bytes(LARGEST + 1),
        b"ab" * 200_000 + b"c",
    ],
)
def test_reference_chunker_agrees(data: bytes) -> None:
    assert cut(data)[0] == reference_lengths(data)


@pytest.mark.parametrize("size", [WINDOW - 1, WINDOW, WINDOW + LARGEST, WINDOW + LARGEST + 1])
def test_a_file_is_cut_alike_whatever_the_window(size: int) -> None:
    data = random.Random(size).randbytes(size)
    lengths, joined, digest = cut(data, step=777_777)
    assert joined == data
    assert digest == hashlib.sha256(data).hexdigest()
    assert lengths == cut(data)[0]
    # The tail after the first window is cut as if nothing had come before it.
    start = sum(lengths[:10])
    assert lengths[10:] == cut(data[start:])[0]


def test_an_insertion_moves_few_cuts() -> None:
    data = random.Random(4).randbytes(3_000_000)
    before, after = cut(data)[0], cut(data[:1_000_000] + b"inserted" + data[1_000_000:])[0]
    assert sum(before) + 8 == sum(after)
    assert len(set(after) - set(before)) <= 3


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2_000_000), st.integers(1, 1_000_000), st.integers(0, 1000))
def test_chunks_join_to_the_input(size: int, step: int, seed: int) -> None:
    data = random.Random(seed).randbytes(size)
    lengths, joined, digest = cut(data, step=step)
    assert joined == data
    assert digest == hashlib.sha256(data).hexdigest()
    assert all(SMALLEST <= length <= LARGEST for length in lengths[:-1])
