"""A picture put into a .blend file: read back by the SDK, everything else as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from audobon.formats import embedded_preview, probe
from audobon.testing.blend_file import BlendId, blend_bytes
from audobon_blender.logic.thumbnail import Unknown, with_thumbnail

PIXELS = bytes(range(256)) * 4  # 16 x 16 of RGBA, from the bottom up
LAYOUTS = [(405, "<", 8), (279, "<", 4), (279, ">", 8), (500, "<", 8)]


@pytest.mark.parametrize(("version", "order", "pointer"), LAYOUTS)
def test_the_picture_is_read_back_and_the_rest_is_as_before(
    version: int, order: str, pointer: int, tmp_path: Path
) -> None:
    before = blend_bytes([BlendId("OB", "Crate")], version=version, order=order, pointer=pointer)
    after = with_thumbnail(before, 16, 16, PIXELS)
    path = tmp_path / "crate.blend"
    path.write_bytes(before)
    facts = probe(str(path))
    assert embedded_preview(str(path)) is None
    path.write_bytes(after)
    found = embedded_preview(str(path))
    assert found is not None
    assert (found.width, found.height) == (16, 16)
    rows = [PIXELS[at : at + 64] for at in range(0, 1024, 64)]
    assert found.data == b"".join(reversed(rows))
    assert probe(str(path)) == facts
    assert len(after) - len(before) < len(PIXELS) + 64
    at = after.index(b"TEST")
    assert after[:at] == before[:at]
    assert after.endswith(before[at:])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"BLENDER",
        b"BLENDER99999999999999999",
        blend_bytes(compression="zstd"),
    ],
)
def test_what_it_does_not_know_is_refused(data: bytes) -> None:
    with pytest.raises(Unknown):
        with_thumbnail(data, 16, 16, PIXELS)


def test_a_picture_that_is_there_is_replaced() -> None:
    other = bytes(reversed(PIXELS))
    with_one = with_thumbnail(blend_bytes(), 16, 16, other)
    assert with_thumbnail(with_one, 16, 16, PIXELS) == with_thumbnail(blend_bytes(), 16, 16, PIXELS)
    assert other not in with_thumbnail(blend_bytes(thumbnail=(16, 16, other)), 16, 16, PIXELS)


def test_pixels_of_another_size_are_refused() -> None:
    with pytest.raises(Unknown, match="16 x 17"):
        with_thumbnail(blend_bytes(), 16, 17, PIXELS)
