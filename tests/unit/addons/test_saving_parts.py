"""Saving assets without Blender: drawings, and what happens when the other Blender fails."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import audobon
from audobon.errors import Cancelled
from audobon.formats import embedded_preview
from audobon.session import Session
from audobon.testing.blend_file import BlendId, blend_bytes
from audobon_blender.logic.portraits import SIZE, Raw, finish
from audobon_blender.logic.saving import Told, save_again, save_part
from audobon_blender.logic.sketch import (
    curves_picture,
    falloff_picture,
    nodes_picture,
    resampled,
)

# In the place of the other Blender: does with the files what portrait.py does, and renders nothing.
_WRITES = """
import json, sys
job = json.loads(sys.argv[-1])
open(job["target"], "wb").write(open(job["source"], "rb").read() + b"ENDB")
open(job["pixels"], "wb").write(bytes([200, 40, 40, 255]) * job["size"] ** 2)
told = {"picture": "", "missing": ["//textures/gone.png"], "links": []}
json.dump(told, open(job["told"], "w"))
"""
_FAILS = "import sys; print('RuntimeError: no Cycles here'); sys.exit(5)"


def colors(pixels: list[float]) -> set[tuple[float, ...]]:
    return {tuple(round(v, 3) for v in pixels[at : at + 4]) for at in range(0, len(pixels), 4)}


def test_drawings_are_squares_with_something_on_them() -> None:
    boxes = [(0.0, 0.0, 100.0, 50.0, "Math"), (300.0, -80.0, 100.0, 50.0, "Mix")]
    nodes = nodes_picture(64, boxes, [((100.0, 25.0), (300.0, -55.0))])
    curves = curves_picture(64, [[(0.0, 1.0), (10.0, 5.0)], [(0.0, 2.0), (10.0, 2.0)]])
    dab = falloff_picture(64, [1.0, 0.5, 0.0])
    for pixels, least in ((nodes, 5), (curves, 3), (dab, 20)):
        assert len(pixels) == 64 * 64 * 4
        assert len(colors(pixels)) >= least
        assert all(0 <= value <= 1 for value in pixels)
    middle, corner = dab[(32 * 64 + 32) * 4], dab[0]
    assert middle < 0.3 < corner


@pytest.mark.parametrize("curves", [[], [[]], [[(1.0, 1.0)]], [[(0.0, 0.0), (0.0, 0.0)]]])
def test_a_drawing_of_nothing_is_no_error(curves: list[list[tuple[float, float]]]) -> None:
    assert len(colors(curves_picture(16, curves))) <= 2
    assert len(colors(nodes_picture(16, [], []))) == 1
    assert len(colors(falloff_picture(16, []))) == 1


def test_a_picture_of_another_shape_is_not_stretched() -> None:
    red, blue = [1.0, 0.0, 0.0, 1.0], [0.0, 0.0, 1.0, 1.0]
    made = resampled([*red, *blue], 2, 1, 8)
    rows = [made[y * 32 : y * 32 + 32] for y in range(8)]
    assert all(row == [0.0] * 32 for row in (*rows[:2], *rows[6:]))
    assert rows[3] == red * 4 + blue * 4
    assert resampled([], 0, 0, 2) == [0.0] * 16


@pytest.fixture
def raw(tmp_path: Path) -> Raw:
    folder = tmp_path / "raw"
    folder.mkdir()
    path = folder / "Crate.blend"
    path.write_bytes(blend_bytes([BlendId("OB", "Crate")]))
    return Raw(path, "objects", "Crate")


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_a_picture_comes_into_the_file(raw: Raw, tmp_path: Path) -> None:
    target = tmp_path / "out.blend"
    done = finish(python(_WRITES), raw, target, cancelled=lambda: False)
    assert (done.reason, done.missing) == ("", ("//textures/gone.png",))
    found = embedded_preview(str(target))
    assert found is not None
    assert (found.width, found.height) == (SIZE, SIZE)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.blend", "raw"]


def test_without_the_other_blender_the_asset_is_kept_without_a_picture(
    raw: Raw, tmp_path: Path
) -> None:
    target = tmp_path / "out.blend"
    done = finish(python(_FAILS), raw, target, cancelled=lambda: False)
    assert done.reason == "rendering it failed: RuntimeError: no Cycles here"
    assert target.read_bytes() == raw.path.read_bytes()


def test_cancelled_nothing_is_written(raw: Raw, tmp_path: Path) -> None:
    target = tmp_path / "out.blend"
    target.write_bytes(b"what was there")
    with pytest.raises(Cancelled):
        finish(python("import time; time.sleep(600)"), raw, target, cancelled=lambda: True)
    assert target.read_bytes() == b"what was there"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.blend", "raw"]


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    (tmp_path / "Assets").mkdir()
    made = Session(follow_s=0.05)
    made.create(tmp_path / "Assets")
    wait(lambda: made.state.phase == "open")
    yield made
    assert made.close(30.0)


def wait(fits: object) -> None:
    deadline = time.monotonic() + 240
    while not fits():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.005)


def said(session: Session, text: str) -> str:
    wait(lambda: session.state.notice is not None and text in session.state.notice.text)
    assert session.state.notice is not None
    assert session.state.notice.problem is None, session.state.notice.problem
    return session.state.notice.text


def test_saved_and_saved_over_with_its_id_its_words_and_what_was_before(
    session: Session, raw: Raw, tmp_path: Path
) -> None:
    folder = tmp_path / "Assets" / "Saved"
    told = Told(("wood",), "Props/Boxes", "a crate", "Ana", "CC0-1.0")
    save_part(session, python(_WRITES), raw, folder, told)
    text = said(session, "Crate.blend is in the library")
    assert text.endswith("1 files that it uses are missing: gone.png")
    assert not raw.path.parent.exists()
    first = (folder / "Crate.blend").read_bytes()
    with audobon.Library.open(tmp_path / "Assets") as library:
        one = library.get("Saved/Crate.blend")
        assert (one.tags, one.catalog, one.note) == (("wood",), "Props/Boxes", "a crate")
        assert (one.attributes["author"], one.attributes["license"]) == ("Ana", "CC0-1.0")
        assert "Props/Boxes" in library.catalogs.blender_ids()
        library.edit(one, rating=4)

    raw.path.parent.mkdir()
    raw.path.write_bytes(blend_bytes([BlendId("OB", "Crate"), BlendId("OB", "Lid")]))
    save_again(session, python(_WRITES), raw, one.id, "with a lid", Told(("lid",)))
    said(session, "New version of Crate.blend: with a lid")
    with audobon.Library.open(tmp_path / "Assets") as library:
        two = library.get(one.id)
        assert (two.path, two.rating, two.catalog) == (one.path, 4, "Props/Boxes")
        assert (two.tags, two.note) == (("lid", "wood"), "a crate")
        assert two.attributes["objects"] == 2
        newest, before = library.log(two)
        assert newest.message == "with a lid"
        old = tmp_path / "old.blend"
        library.restore(two, before.id, old)
    assert old.read_bytes() == first
