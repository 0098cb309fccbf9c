"""Previews as pixels: decoded by a worker, given away once, refused with a reason."""

from __future__ import annotations

import array
from collections.abc import Callable
from pathlib import Path

import pytest

import audobon
from audobon.errors import BadFile, Unsupported
from audobon.model.decoded import Decoded
from audobon.session import Problem, Session, State
from audobon.testing.pictures import write_png

Until = Callable[..., State]


def test_pixels_come_from_the_bottom_up_and_once(opened: Session, until: Until) -> None:
    assets = opened.state.found.assets
    opened.want_pictures(assets)
    opened.want_pixels(assets)
    found: dict[str, Decoded | Problem] = {}

    def all_came(_: State) -> bool:
        for asset in assets:
            if (one := opened.pixels(asset)) is not None:
                found[asset.name] = one
        return len(found) == len(assets)

    until(all_came)
    note = found.pop("readme.txt")
    assert isinstance(note, Problem)
    assert note.code == Unsupported.code
    rusty = found["rusty metal.png"]
    assert isinstance(rusty, Decoded)
    assert (rusty.width, rusty.height) == (16, 8)
    values = array.array("f", rusty.data)
    assert len(values) == 16 * 8 * 4
    assert [round(value * 255) for value in values[:4]] == [150, 80, 40, 255]
    image = next(asset for asset in assets if asset.name == "rusty metal.png")
    assert opened.pixels(image) is None, "the host has it now"
    opened.want_pixels([image])
    until(lambda _: opened.pixels(image) is not None)


def test_a_damaged_picture_is_refused_alone(folder: Path, tmp_path: Path) -> None:
    whole = write_png(tmp_path / "half.png", 4, 4, color=(0, 255, 0)).read_bytes()
    with audobon.Library.open(folder) as library:
        first, bad, last = library.decode([whole, whole[:20], whole])
        assert isinstance(first, Decoded)
        assert isinstance(last, Decoded)
        assert (last.width, last.height, len(last.data)) == (4, 4, 4 * 4 * 16)
        assert isinstance(bad, BadFile)
        assert library.decode([]) == ()


def test_rows_are_turned_round_and_large_pictures_made_smaller() -> None:
    import io

    from PIL import Image

    from audobon.formats.render.floats import MAX_SIDE, float_pixels

    image = Image.new("RGBA", (1, 2), (255, 0, 0, 255))
    image.putpixel((0, 1), (0, 0, 255, 51))
    out = io.BytesIO()
    image.save(out, "PNG")
    width, height, data = float_pixels(out.getvalue())
    assert (width, height) == (1, 2)
    assert list(array.array("f", data)) == pytest.approx([0, 0, 1, 0.2, 1, 0, 0, 1])
    out = io.BytesIO()
    Image.new("L", (3000, 30), 128).save(out, "PNG")
    assert float_pixels(out.getvalue())[:2] == (MAX_SIDE, 5)
