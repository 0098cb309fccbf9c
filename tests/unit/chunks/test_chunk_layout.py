from __future__ import annotations

import struct

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from audobon.errors import Corrupt, NewerFormat
from audobon.storage.chunks import layout
from audobon.storage.chunks.layout import Group, Recipe, Transform
from audobon.storage.chunks.packs import decode_group

IDS = st.binary(min_size=32, max_size=32)


@st.composite
def groups(draw: st.DrawFn) -> tuple[Group, ...]:
    made, offset = [], len(layout.HEADER)
    for _ in range(draw(st.integers(0, 4))):
        lengths = tuple(draw(st.lists(st.integers(0, 1000), max_size=5)))
        raw = sum(lengths)
        kind = draw(st.sampled_from([layout.KIND_CHUNKS, layout.KIND_RECIPES]))
        codec = draw(st.sampled_from([layout.CODEC_RAW, layout.CODEC_ZSTD]))
        stored = raw if codec == layout.CODEC_RAW else draw(st.integers(0, 1000))
        pair = st.tuples(st.integers(0, 2**64 - 1), st.integers(0, 2**32 - 1))
        count = len(lengths) if kind == layout.KIND_RECIPES else 0
        extra = tuple(draw(pair) for _ in range(count))
        ids = b"".join(draw(IDS) for _ in lengths)
        made.append(Group(kind, codec, offset, stored, raw, draw(IDS), ids, lengths, extra))
        offset += stored
    return tuple(made)


@settings(max_examples=100, deadline=None)
@given(groups())
def test_trailer_round_trip(made: tuple[Group, ...]) -> None:
    end = len(layout.HEADER) + sum(group.stored for group in made)
    data = layout.encode_trailer(made)
    assert layout.decode_trailer(data, end=end) == made
    for wrong in (end - 1, end + 1):
        with pytest.raises(Corrupt):
            layout.decode_trailer(data, end=wrong)
    with pytest.raises(Corrupt):
        layout.decode_trailer(data[:-1], end=end)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(IDS, st.integers(1, 2**32 - 1)), max_size=20),
    st.lists(st.builds(Transform, st.text(max_size=5), st.binary(max_size=200)), max_size=3),
    st.integers(0, 2**60),
)
def test_recipe_round_trip(
    chunks: list[tuple[bytes, int]], chain: list[Transform], size: int
) -> None:
    lengths = tuple(length for _, length in chunks)
    size = size if chain else sum(lengths)
    recipe = Recipe(size, b"".join(name for name, _ in chunks), lengths, tuple(chain))
    data = layout.encode_recipe(recipe)
    assert layout.decode_recipe(data) == recipe
    for wrong in (data[:-1], data + b"\0"):
        with pytest.raises(Corrupt):
            layout.decode_recipe(wrong)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300), st.integers(0, 2**40))
def test_hostile_bytes_are_refused_and_nothing_else(data: bytes, end: int) -> None:
    for read in (
        lambda: layout.decode_trailer(data, end=end),
        lambda: layout.decode_trailer(
            struct.pack("<4sB3xI", b"ATRL", 1, 2**32 - 1) + data, end=end
        ),
        lambda: layout.decode_recipe(b"\x01" + data),
        lambda: layout.split_footer(data),
    ):
        try:
            read()
        except (Corrupt, NewerFormat):
            continue


def test_a_later_version_is_told_apart_from_damage() -> None:
    trailer = struct.pack("<4sB3xI", b"ATRL", 2, 0)
    with pytest.raises(NewerFormat):
        layout.decode_trailer(trailer, end=16)
    with pytest.raises(NewerFormat):
        layout.decode_recipe(b"\x03\x00\x00\x00")


def test_a_recipe_that_promises_more_than_it_holds_takes_no_memory() -> None:
    many = b"\xff\xff\xff\xff\xff\xff\xff\x7f"
    with pytest.raises(Corrupt):
        layout.decode_recipe(b"\x01" + many)
    with pytest.raises(Corrupt):
        layout.decode_recipe(b"\x01\x00\x00" + many)


def test_a_frame_cannot_ask_for_more_memory_than_its_group() -> None:
    frame = zstandard.ZstdCompressor().compress(bytes(1 << 24))
    with pytest.raises(Corrupt):
        decode_group(layout.CODEC_ZSTD, frame, 1000)
    with pytest.raises(Corrupt):
        decode_group(layout.CODEC_ZSTD, b"not a frame", 1000)
    assert decode_group(layout.CODEC_ZSTD, frame, 1 << 24) == bytes(1 << 24)


def test_a_group_larger_than_any_writer_makes_is_refused() -> None:
    size = layout.MAX_CHUNK_GROUP + 1
    group = Group(1, 1, 16, 10, size, bytes(32), bytes(32), (size,))
    with pytest.raises(Corrupt):
        layout.decode_trailer(layout.encode_trailer([group]), end=26)
