"""Pieces of an object: several on their way at once, handed out in order, never too many held."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from audobon.errors import Corrupt
from audobon.storage.objects.flow import listening
from audobon.storage.objects.pieces import Pieces

DATA = bytes(range(256)) * 4


@pytest.fixture
def pieces() -> Iterator[Pieces]:
    made = Pieces(3)
    yield made
    made.close()
    made.close()


def test_four_are_on_their_way_at_once_and_come_in_order(pieces: Pieces) -> None:
    together = threading.Barrier(4)
    told: list[int] = []

    def piece(start: int, end: int) -> bytes:
        if start < 500:  # the first four of them wait for each other
            together.wait(30)
        return DATA[start:end]

    with listening(told.append):
        parts = list(pieces.each(piece, 100, 1000, 100))
    assert b"".join(parts) == DATA[100:1000]
    assert told == [100] * 9


def test_no_more_than_told_are_held_by_all_together(pieces: Pieces) -> None:
    asked: list[int] = []

    def piece(start: int, end: int) -> bytes:
        asked.append(start)
        return DATA[start:end]

    first, second = (pieces.each(piece, 0, 1000, 100) for _ in range(2))
    next(first)
    next(second)
    pieces._pool.shutdown()  # type: ignore[union-attr]  # all that was begun is done
    assert sorted(asked) == [0, 0, 100, 200, 300], "the second has none ahead"
    assert next(second) == DATA[100:200], "and goes on by itself"
    second.close()
    first.close()
    pieces.close()
    assert b"".join(pieces.each(piece, 0, 1000, 100)) == DATA[:1000]


def test_what_fails_is_told_at_its_place_and_takes_no_room(pieces: Pieces) -> None:
    def piece(start: int, end: int) -> bytes:
        if start == 200:
            raise Corrupt("damaged")
        return DATA[start:end]

    for _ in range(5):  # more often than there is room
        parts = pieces.each(piece, 0, 1000, 100)
        assert next(parts) + next(parts) == DATA[:200]
        with pytest.raises(Corrupt):
            next(parts)
    assert list(pieces.each(piece, 900, 900, 100)) == []
