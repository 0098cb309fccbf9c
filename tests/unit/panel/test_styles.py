"""The sheet of the little pictures of the styles."""

from __future__ import annotations

import pytest
from PIL import Image

from audobon.panel.styles import COUNT, FILE, place


def test_each_style_has_a_picture_of_its_own() -> None:
    with Image.open(FILE) as sheet:
        whole = sheet.convert("RGB")
    places = [place(number) for number in range(COUNT)]
    boxes = [(left, top, left + wide, top + high) for left, top, wide, high in places]
    assert all(box[2] <= whole.width and box[3] <= whole.height for box in boxes)
    assert len({whole.crop(box).tobytes() for box in boxes}) == COUNT
    with pytest.raises(ValueError, match="no style 26"):
        place(COUNT)
