"""What becomes of an asset that is let go over a 3D view, without Blender."""

from __future__ import annotations

import pytest

from audobon_blender.logic import dropping
from audobon_blender.logic.dropping import MATERIAL, PICTURE, PLACE, USE
from audobon_blender.logic.using import picture_box


@pytest.mark.parametrize(
    ("kind", "face", "standing", "what"),
    [
        ("", False, False, PLACE),
        ("objects", True, True, PLACE),
        ("collections", False, False, PLACE),
        ("materials", True, False, MATERIAL),
        ("materials", False, False, ""),
        ("pictures", True, False, MATERIAL),
        ("pictures", True, True, PICTURE),
        ("pictures", False, False, PICTURE),
        ("worlds", True, False, USE),
        ("node_groups", False, False, USE),
    ],
)
def test_what_letting_go_does(kind: str, face: bool, standing: bool, what: str) -> None:
    drop = dropping.meant(kind, face=face, standing=standing)
    assert drop.what == what
    assert drop.text


def test_a_click_is_no_drag() -> None:
    assert not dropping.far((10, 10), (14, 6), 5)
    assert dropping.far((10, 10), (10, 16), 5)


def test_the_box_of_a_picture_has_its_proportions() -> None:
    box = picture_box(200, 100)
    assert (box.side, box.high[2], box.low[2]) == (2.0, 1.0, 0.0)
    assert box.anchor == (0.0, 0.0, 0.0)
    assert picture_box(None, None).side == 1.0
