"""A difference in words: nothing is called nothing that is something, and numbers agree."""

from __future__ import annotations

import attrs
import pytest

from audobon.codec.words import percent
from audobon.model.details import AssetDetails, PictureChange
from audobon.model.parts import PartChange
from audobon.model.version import DiffEntry, FieldChange
from audobon.pages.words import area, box_line, part_words, parts_summary, picture_lines

ENTRY = DiffEntry("0" * 32, "Art/a.png", "modified")
SAME = PictureChange((8, 8), (8, 8), "rgb, 8 bit", "rgb, 8 bit", (8, 8), 0.0, 0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("share", "told"),
    [
        (0.0, "0.00 %"),
        (1e-9, "under 0.01 %"),
        (0.01, "1.00 %"),
        (0.999999, "over 99.99 %"),
        (1.0, "100.00 %"),
    ],
)
def test_shares(share: float, told: str) -> None:
    assert percent(share) == told


def test_pictures() -> None:
    assert (area(SAME), box_line(SAME)) == ("same pixels", "")
    assert list(picture_lines(SAME)) == ["stored in another way"]
    faint = attrs.evolve(SAME, touched=0.25, most=1.2, box=(0, 0, 4, 4))
    assert area(faint) == "0.00 % visibly changed"
    assert next(picture_lines(faint)) == "25.00 % differ by less than the eye sees"
    seen = attrs.evolve(faint, changed=0.125, basis="merged", after=(16, 8), after_mode="rgb")
    assert area(seen) == "12.50 % of the merged picture changed"
    assert box_line(seen) == "within 4 x 4 at 0, 0"
    assert list(picture_lines(seen)) == [
        "12.50 % also differ by less than the eye sees",
        "difference of colour: mean 0.00, largest 1.2 (delta E; 2.3 is just visible)",
        "size: 8 x 8 -> 16 x 8",
        "mode: rgb, 8 bit -> rgb",
    ]


def test_parts() -> None:
    ink = PartChange("layer", "G/Ink", "modified", (FieldChange("name", "G/Pen", "G/Ink"),), True)
    assert part_words(ink) == "name Pen -> Ink; content changed"
    away = PartChange("layer", "H/Ink", "modified", (FieldChange("name", "G/Pen", "H/Ink"),))
    assert part_words(away) == "name G/Pen -> H/Ink"
    assert part_words(PartChange("layer", "Ink", "added")) == ""
    assert parts_summary(AssetDetails(ENTRY)) == ""
    assert parts_summary(AssetDetails(ENTRY, part_counts={"layer": 1})) == "no change in 1 layer"
    none = AssetDetails(ENTRY, part_counts={"object": 3, "mesh": 2})
    assert parts_summary(none) == "no change in 5 parts"
    some = attrs.evolve(
        none, parts=(PartChange("mesh", "Cube", "modified", (), True),), more_parts=7
    )
    assert parts_summary(some) == "1 change in 2 meshes, and 7 more changes"
