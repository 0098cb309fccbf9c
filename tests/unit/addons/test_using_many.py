"""Where several things go, what is known of assets before they come, and paintings that change."""

from __future__ import annotations

import math
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import audobon
from audobon.model.scenecheck import SceneBox, SceneOffer
from audobon.session import Session
from audobon.session.state import Inside
from audobon.testing.pictures import png_bytes, write_png
from audobon.testing.scene_file import SceneObject, SceneSpec, scene_bytes
from audobon_blender.logic.following import Follower, Fresh
from audobon_blender.logic.laying import (
    Lay,
    Variation,
    grid,
    on_ground,
    on_triangles,
    row,
    upward,
    varied,
)
from audobon_blender.logic.ready import Prepared, Ready, ids_of, is_painting
from audobon_blender.logic.trust import stamp_of
from audobon_blender.logic.using import Box, Pick, box_of

PATIENCE_S = 240.0
SQUARE = [((0, 0, 0), (4, 0, 0), (4, 4, 0)), ((0, 0, 0), (4, 4, 0), (0, 4, 0))]
SIZES = st.floats(0.1, 50)


few = settings(max_examples=25, deadline=None)


class TestLaying:
    @few
    @given(st.lists(SIZES, min_size=1, max_size=20), st.floats(0, 5))
    def test_boxes_of_a_row_keep_the_gap(self, widths: list[float], gap: float) -> None:
        lays = row(widths, gap, (3.0, 2.0, 1.0))
        assert lays[0].place == (3.0, 2.0, 1.0)
        for number in range(1, len(lays)):
            left = lays[number - 1].place[0] + widths[number - 1] / 2
            right = lays[number].place[0] - widths[number] / 2
            assert math.isclose(right - left, gap, abs_tol=1e-6)

    @few
    @given(st.integers(1, 60), SIZES, st.floats(0, 5))
    def test_cells_of_a_grid_do_not_overlap(self, count: int, cell: float, gap: float) -> None:
        lays = grid(count, cell, gap, (0.0, 0.0, 0.0))
        assert len(lays) == count
        columns = {lay.place[0] for lay in lays}
        rows = {lay.place[1] for lay in lays}
        assert 0 <= len(columns) - len(rows) <= 1
        places = [lay.place for lay in lays]
        near = (math.dist(a, b) for n, a in enumerate(places) for b in places[:n])
        assert min(near, default=cell) >= cell - 1e-6

    @few
    @given(st.integers(1, 30), st.floats(0, 1.5), st.integers())
    def test_what_is_scattered_keeps_its_distance_on_the_surface(
        self, count: int, apart: float, seed: int
    ) -> None:
        lays = on_triangles(SQUARE, count, apart, seed)
        assert lays == on_triangles(SQUARE, count, apart, seed)
        assert 1 <= len(lays) <= count
        for number, lay in enumerate(lays):
            assert all(-1e-9 <= value <= 4 + 1e-9 for value in lay.place[:2])
            assert (lay.place[2], lay.up) == (0, (0, 0, 1))
            assert all(math.dist(lay.place, other.place) >= apart for other in lays[:number])

    def test_larger_parts_get_more_and_a_full_surface_is_full(self) -> None:
        thin = ((0, 0, 9), (0.1, 0, 9), (0, 0.1, 9))
        lays = on_triangles([thin, *SQUARE], 300, 0.0, 1)
        assert sum(lay.place[2] == 9 for lay in lays) < 5
        assert len(on_triangles(SQUARE, 500, 1.0, 1)) < 40
        wall, roof = ((0, 0, 0), (1, 0, 0), (1, 0, 1)), ((0, 0, 0), (0, 1, 0), (1, 1, 0))
        assert upward([wall, roof, *SQUARE]) == SQUARE, "the roof is seen from below"
        assert on_triangles([], 5, 0.0, 1) == []
        assert on_triangles([((0, 0, 0), (1, 1, 1), (2, 2, 2))], 5, 0.0, 1) == []

    def test_the_ground_has_room_for_all(self) -> None:
        lays = on_ground(40, 2.0, (5.0, 5.0, 1.0), 3)
        assert len(lays) == 40
        assert {lay.place[2] for lay in lays} == {1.0}

    @few
    @given(st.integers(), st.floats(0, 3), st.floats(0, 0.9))
    def test_chance_stays_within_its_bounds(self, seed: int, turn: float, scale: float) -> None:
        lays = varied([Lay((0, 0, 0)), Lay((1, 0, 0))], Variation(turn, scale), seed)
        assert [lay.place for lay in lays] == [(0, 0, 0), (1, 0, 0)]
        assert all(abs(lay.turn) <= turn and abs(lay.scale - 1) <= scale + 1e-9 for lay in lays)


def test_the_box_of_several_objects_stands_where_they_are_placed() -> None:
    offers = (
        SceneOffer("object", "Table", box=SceneBox((0, 0, 1), (-1, -1, 0), (1, 1, 1))),
        SceneOffer("object", "Cup", box=SceneBox((5, 5, 5), (0, 0, 1), (0.1, 3, 4), "Table")),
        SceneOffer("object", "Lamp", box=SceneBox((2, 4, 9))),
        SceneOffer("collection", "Table", box=SceneBox((9, 9, 9), (8, 8, 8), (9, 9, 9))),
        SceneOffer("material", "Wood"),
    )
    inside = Inside("a", (1, 2), offers=offers)
    box = box_of(inside, Pick("objects", ("Table", "Cup", "Lamp")))
    assert box == Box((-1, -1, 0), (1, 3, 4), (1, 2, 0))
    assert (box.side, box.width) == (2, 4)
    # Without its parent the cup is nobody's child.
    alone = box_of(inside, Pick("objects", ("Cup",)))
    assert alone is not None
    assert alone.anchor == (5, 5, 1)
    assert box_of(inside, Pick("objects", ("Lamp",))) is None
    assert box_of(inside, Pick("materials", ("Wood",))) is None
    assert box_of(None, Pick("objects", ("Table",))) is None


def painting(path: Path, *, color: tuple[int, int, int] = (255, 0, 0)) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/x-krita")
        archive.writestr("maindoc.xml", '<DOC><IMAGE width="8" height="4" name="a"/></DOC>')
        archive.writestr("preview.png", png_bytes(2, 1, color=(0, 0, 0)))
        archive.writestr("mergedimage.png", png_bytes(8, 4, color=color))
    return path


def wait(fits: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not fits():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.01)


class TestReady:
    def test_what_is_not_chosen_is_read_beside(self, tmp_path: Path) -> None:
        spec = SceneSpec({"Cup": SceneObject("Cup")}, {"Cup": (8, ())}, drivers={"f(1)": "Cup"})
        (tmp_path / "cup.blend").write_bytes(scene_bytes(spec))
        (tmp_path / "cut.blend").write_bytes(scene_bytes(spec))
        painting(tmp_path / "sign.kra")
        for name in ("rock_albedo.png", "rock_normal.png"):
            write_png(tmp_path / name, 4, 4, color=(9, 9, 9))
        with audobon.Library.create(tmp_path) as library:
            library.add(tmp_path)
            (tmp_path / "cut.blend").write_bytes(scene_bytes(spec)[:900])
            names = ("cup.blend", "cut.blend", "sign.kra", "rock_normal.png")
            assets = [asset for asset in library.assets() if asset.name in names]
        ids = [asset.id for name in names for asset in assets if asset.name == name]
        session, ready = Session(), Ready()
        session.open(tmp_path)
        try:
            wait(lambda: session.state.phase == "open")
            assert ready.get(session.state, ids) is None
            called: list[bool] = []
            ready.prepare(session, ids, lambda: called.append(True))
            wait(lambda: session.pump() or called)
            cup, cut, sign, rock = ready.get(session.state, ids) or []
            self.expect(cup, cut, sign, rock)
            # A file that has changed is not known any more.
            painting(tmp_path / "sign.kra", color=(0, 99, 0))
            assert ready.get(session.state, ids[2:3]) is None
            assert ready.get(session.state, ids[:1]) == [cup]
            session.choose(ids[3])
            wait(lambda: session.state.chosen and session.state.chosen.textures)
            (chosen,) = Ready().get(session.state, ids[3:]) or []
            assert chosen.textures == rock.textures
        finally:
            assert session.close(PATIENCE_S)

    def expect(self, cup: Prepared, cut: Prepared, sign: Prepared, rock: Prepared) -> None:
        assert cup.inside is not None
        assert cup.inside.check is not None
        assert [one.code for one in cup.inside.check.findings] == ["f(1)"]
        assert cup.inside.offers is not None
        assert any(one.box is not None for one in cup.inside.offers)
        assert cut.inside is not None
        assert cut.inside.problem is not None
        assert cut.inside.check is None
        assert sign.picture == png_bytes(8, 4, color=(255, 0, 0))
        assert is_painting(sign.asset)
        assert rock.textures is not None
        assert len(rock.textures.maps) == 2

    def test_ids_are_told_apart(self) -> None:
        assert ids_of(" b a,b  c") == ("b", "a", "c")
        assert ids_of("") == ()


class TestFollower:
    @pytest.fixture
    def follower(self) -> object:
        made = Follower(every_s=0.01)
        yield made
        assert made.close(PATIENCE_S)

    def fresh(self, follower: Follower) -> Fresh:
        found: list[Fresh] = []
        wait(lambda: found.extend(follower.take()) or found)
        (one,) = found
        return one

    def test_a_saved_painting_is_told_with_its_picture(
        self, follower: Follower, tmp_path: Path
    ) -> None:
        path = str(painting(tmp_path / "a.kra"))
        first = stamp_of(path)
        follower.follow({path: first, str(tmp_path / "gone.kra"): (1, 1)})
        painting(tmp_path / "a.kra", color=(0, 255, 0))
        one = self.fresh(follower)
        assert (one.path, one.stamp, one.problem) == (path, stamp_of(path), "")
        assert one.picture == png_bytes(8, 4, color=(0, 255, 0))
        # Undo has brought the older one back: it is told once more.
        follower.follow({path: first})
        assert self.fresh(follower).stamp == stamp_of(path)

    def test_a_damaged_one_is_told_once_with_its_reason(
        self, follower: Follower, tmp_path: Path
    ) -> None:
        path = tmp_path / "a.kra"
        path.write_bytes(b"no painting")
        follower.follow({str(path): (1, 1)})
        one = self.fresh(follower)
        assert not one.picture
        assert "a.kra" in one.problem
        for _ in range(20):
            follower.follow({str(path): (1, 1)})
            time.sleep(0.01)
            assert follower.take() == []

    def test_nothing_runs_before_something_is_followed(self) -> None:
        follower = Follower()
        follower.follow({})
        assert follower.close(0.0)
        follower.follow({"a.kra": (1, 1)})  # after its end nothing begins
        assert follower.close(0.0)
