"""Sizes of what a scene offers, from a written file with the structs of 3.4.

Files of real Blenders are read in tests/hosts, where they are made.
"""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from scene_support import ROOM, write

import audobon
from audobon.errors import BadFile, Unsupported
from audobon.formats.blend_boxes import blend_boxes
from audobon.formats.blend_places import bounds, corners, moved, times
from audobon.formats.examine import examined
from audobon.testing.blend_file import blend_bytes
from audobon.testing.scene_file import scene_bytes


@pytest.mark.parametrize(("version", "compression"), [(304, "none"), (304, "zstd"), (290, "gzip")])
def test_boxes_follow_parents_and_collections(
    tmp_path: Path, version: int, compression: str
) -> None:
    path = write(tmp_path, "room", scene_bytes(ROOM, version=version, compression=compression))
    found = examined(str(path), "blend", blend_boxes)
    assert set(found) == {
        *(("object", name) for name in ROOM.objects),
        *(("collection", name) for name in ROOM.collections),
    }
    table, cup, lamp = (found["object", name] for name in ("Table", "Cup", "Lamp"))
    assert (table.origin, table.parent) == ((0.0, 0.0, 1.0), "")
    assert (cup.origin, cup.parent) == ((0.5, 0.0, 3.0), "Table")
    assert lamp.low is not None
    assert lamp.high is not None
    assert all(low <= high for low, high in zip(lamp.low, lamp.high, strict=True))
    whole, props = found["collection", "Collection"], found["collection", "Props"]
    around = [found["object", name] for name in ROOM.objects]
    assert whole.low == tuple(min(one.low[n] for one in around if one.low) for n in range(3))
    assert whole.high == tuple(max(one.high[n] for one in around if one.high) for n in range(3))
    assert props.origin == (1.5, 0.0, 0.0)  # between the lamp and the book


def test_a_box_is_of_points_that_are_numbers() -> None:
    assert bounds([]) is None
    assert bounds([(0.0, 1.0, math.inf)]) is None
    assert bounds(corners((0, 0, 0), (1, 2, 3))) == ((0, 0, 0), (1, 2, 3))
    turn = ((0.0, -1.0, 0.0, 5.0), (1.0, 0.0, 0.0, 0.0), (0.0, 0.0, 1.0, 0.0))
    assert moved(times(turn, turn), (1.0, 0.0, 0.0)) == moved(turn, moved(turn, (1.0, 0.0, 0.0)))


def test_files_of_32_bits_and_cut_ones(tmp_path: Path) -> None:
    with pytest.raises(Unsupported):
        examined(str(write(tmp_path, "old", blend_bytes(pointer=4))), "blend", blend_boxes)
    cut = write(tmp_path, "cut", scene_bytes(ROOM)[:-400])
    with pytest.raises(BadFile):
        examined(str(cut), "blend", blend_boxes)


def test_a_library_tells_them_where_they_are_asked_for(tmp_path: Path) -> None:
    write(tmp_path, "room", scene_bytes(ROOM))
    with audobon.Library.create(tmp_path) as library:
        library.add(tmp_path)
        plain = library.offers("room.blend")
        boxed = library.offers("room.blend", boxes=True)
    assert [(one.kind, one.name) for one in plain] == [(one.kind, one.name) for one in boxed]
    assert {one.box for one in plain} == {None}
    kinds = {one.kind for one in boxed if one.box is not None}
    assert kinds == {"object", "collection"}
