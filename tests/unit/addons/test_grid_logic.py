"""What the large grid of the Blender add-on decides, without Blender."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime

import pytest
from attrs import evolve

from audobon.model.asset import Asset
from audobon.model.decoded import Decoded
from audobon.session.state import Found, Problem, Wanted
from audobon.session.views import FAVOURITE
from audobon_blender.logic import cells
from audobon_blender.logic.asking import views
from audobon_blender.logic.field import Field
from audobon_blender.logic.gridkeys import CALLS, KEYS, SIMILAR
from audobon_blender.logic.gridview import CARD_S, GridView, bar
from audobon_blender.logic.kept import Kept
from audobon_blender.logic.shapes import SHAPES, triangles
from audobon_blender.logic.shown import is_decoded
from audobon_blender.logic.tiles import BAR, FOOT, Rect, Tiles

NOW = datetime.now(UTC)
ASSET = Asset(
    key=1,
    id="a" * 32,
    root="Library",
    path="Wood/old planks.png",
    file="/Library/Wood/old planks.png",
    kind="image",
    format="png",
    size=4_200_000,
    mtime_ns=1,
    digest="",
    width=2048,
    height=1024,
    rating=3,
    catalog="Materials/Wood",
    tags=("oak", FAVOURITE),
    attributes={},
    text="",
    note="from the barn",
    added=NOW,
    updated=NOW,
    used=2,
    last_used=NOW,
    state="present",
    seq=1,
)


class TestTiles:
    def test_every_asset_has_a_place_of_its_own_inside_the_region(self) -> None:
        tiles = Tiles(900, 4000, 30, size=128)
        assert tiles.columns == 6
        assert tiles.lines == 5
        assert tiles.furthest == 0
        for index in range(30):
            rect = tiles.rect(index)
            assert rect.x >= 0
            assert rect.x + rect.width <= 900
            assert tiles.at(rect.x + 1, rect.y + 1) == index
            assert tiles.at(rect.x + rect.width - 1, rect.y + rect.height - 1) == index
            assert tiles.rect(index).has(tiles.picture(index).x, tiles.picture(index).y)

    @pytest.mark.parametrize("rows", [False, True])
    @pytest.mark.parametrize("scale", [1.0, 2.0])
    def test_scrolling_ends_at_both_ends_and_shows_the_last(self, rows: bool, scale: float) -> None:
        tiles = Tiles(500, 400, 96, size=96, rows=rows, scale=scale)
        assert tiles.furthest > 0
        assert tiles.scrolled(-50) == 0
        end = Tiles(500, 400, 96, size=96, rows=rows, scale=scale, scroll=tiles.scrolled(1e9))
        assert 95 in end.visible()
        assert 0 not in end.visible()
        assert end.rect(95).y >= FOOT * scale
        assert tiles.rect(0).y + tiles.rect(0).height <= 400 - BAR * scale

    def test_only_what_is_seen_is_drawn(self) -> None:
        tiles = Tiles(500, 400, 96, size=96)
        assert len(tiles.visible()) < 30
        for index in set(range(96)) - set(tiles.visible()):
            assert tiles.rect(index).y + tiles.rect(index).height < FOOT

    def test_nothing_lies_under_the_bar_and_between_tiles(self) -> None:
        tiles = Tiles(500, 400, 96, size=96, scroll=50)
        assert tiles.at(50, 400 - BAR / 2) is None
        assert tiles.at(50, FOOT / 2) is None
        assert tiles.at(2, 200) is None
        assert Tiles(500, 400, 0).at(50, 200) is None

    def test_keys_lead_to_neighbours(self) -> None:
        tiles = Tiles(500, 400, 10, size=128)
        assert tiles.columns == 3
        assert [tiles.step(4, way) for way in ("left", "right", "up", "down")] == [3, 5, 1, 7]
        assert (tiles.step(4, "home"), tiles.step(4, "end")) == (0, 9)
        assert tiles.step(7, "down") == 9, "the last line is shorter"
        assert tiles.step(9, "down") >= 10, "and below it comes the next page"
        assert tiles.step(0, "left") < 0

    def test_what_is_gone_to_is_scrolled_to(self) -> None:
        tiles = Tiles(500, 400, 96, size=96)
        for index in (0, 50, 95):
            scroll = tiles.reveal(index)
            moved = Tiles(500, 400, 96, size=96, scroll=scroll)
            rect = moved.rect(index)
            assert rect.y >= FOOT
            assert rect.y + rect.height <= moved.top
            assert moved.reveal(index) == scroll, "what is seen stays where it is"


class TestView:
    def found(self, count: int, page: int = 0) -> Found:
        assets = tuple(evolve(ASSET, id=f"{number:032x}") for number in range(count))
        return Found(Wanted(), assets, count, page)

    def test_another_page_begins_at_the_top_and_the_same_stays(self) -> None:
        view = GridView(scroll=100.0)
        how = {"size": 96.0, "rows": False, "scale": 1.0}
        view.lay_out(self.found(96), 500, 400, **how)
        view.scroll = 100.0
        assert view.lay_out(self.found(96), 500, 400, **how).scroll == 100
        assert view.lay_out(self.found(96, page=1), 500, 400, **how).scroll == 0
        view.scroll = 100.0
        assert view.lay_out(self.found(2, page=1), 500, 400, **how).scroll == 0, "fewer by now"

    def test_the_card_comes_after_a_moment_and_goes_with_the_mouse(self) -> None:
        view = GridView()
        tiles = view.lay_out(self.found(9), 500, 600, size=96.0, rows=False, scale=1.0)
        first, second = tiles.rect(0), tiles.rect(1)
        assert view.move(first.x + 5, first.y + 5, 10.0)
        assert not view.move(first.x + 6, first.y + 5, 10.1), "nothing is to be drawn anew"
        assert not view.rest(10.0 + CARD_S / 2)
        assert view.rest(10.01 + CARD_S)
        assert view.card
        assert not view.rest(20.0), "it is there already"
        assert view.move(second.x + 5, second.y + 5, 20.0)
        assert not view.card
        assert view.hover == 1
        place = view.places["close"]
        view.move(place.x + 1, place.y + 1, 21.0)
        assert (view.hover, view.over) == (None, "close")

    @pytest.mark.parametrize("width", [30, 200, 400, 1600])
    def test_the_bar_holds_what_fits_and_always_a_field(self, width: float) -> None:
        places = bar(width, 500, 1.0)
        assert "field" in places
        ordered = sorted(places.values(), key=lambda place: place.x)
        for left, right in itertools.pairwise(ordered):
            assert left.x + left.width <= right.x
        assert (len(places) == 8) == (width >= 400 + 100)


class TestField:
    def test_letters_go_where_the_mark_is(self) -> None:
        field = Field("rust")
        assert field.put("y")
        assert not field.key("HOME")
        assert field.put("very ")
        assert (field.text, field.at) == ("very rusty", 5)
        assert field.key("DEL")
        assert field.key("BACK_SPACE")
        assert field.text == "veryusty"
        field.key("RIGHT_ARROW")
        field.key("END")
        field.key("RIGHT_ARROW")
        field.key("LEFT_ARROW")
        assert field.at == len("veryusty") - 1

    def test_words_are_taken_back_whole(self) -> None:
        field = Field("tag:wood rusty metal")
        assert field.key("BACK_SPACE", ctrl=True)
        assert field.text == "tag:wood rusty "
        field.key("LEFT_ARROW", ctrl=True)
        assert field.at == len("tag:wood ")
        assert not Field("").key("BACK_SPACE")
        assert not Field("").key("LEFT_ARROW")

    def test_what_is_pasted_is_one_line_and_no_longer_than_a_query(self) -> None:
        field = Field()
        field.put("a\nb\x00\tc")
        assert field.text == "a bc"
        field.put("x" * 10_000)
        assert len(field.text) == 4096
        assert not field.put("y")
        assert field.clear()
        assert not field.clear()


class TestCells:
    def test_the_card_tells_what_the_picture_does_not(self) -> None:
        lines = cells.card(ASSET, "")
        assert lines[0] == "old planks.png"
        assert "png, 2048 x 1024, 4.2 MB" in lines
        for part in ("Wood", "Catalog: Materials/Wood", "3 stars", "from the barn", "Favourite"):
            assert part in lines
        bare = evolve(ASSET, path="x.png", tags=(), rating=0, note="", catalog=None, used=0)
        assert len(cells.card(bare, "")) == 3

    def test_badges_come_from_the_catalog_and_from_the_disk(self) -> None:
        plain = evolve(ASSET, tags=())
        assert cells.badges(plain, "") == ()
        assert [badge.shape for badge in cells.badges(plain, "changed")] == ["changed"]
        assert [badge.shape for badge in cells.badges(ASSET, "missing")] == ["missing", "favourite"]
        gone = evolve(plain, state="missing")
        assert [badge.shape for badge in cells.badges(gone, "")] == ["missing"]
        assert "gone" in cells.card(gone, "")[-1]
        assert {"missing", "changed", "favourite"} <= set(SHAPES)

    def test_the_tag_of_favourites_is_a_badge_and_no_tag(self) -> None:
        assert FAVOURITE in ASSET.tags
        assert cells.cells(ASSET)["Tags"] == "oak"

    @pytest.mark.parametrize("width", [100, 300, 500, 1200])
    def test_columns_share_the_width_and_the_name_is_always_there(self, width: float) -> None:
        shown = cells.columns_for(width, 1.0)
        assert shown[0][0].name == "Name"
        assert sum(wide for _, _, wide in shown) == pytest.approx(width)
        assert len(shown) == {100: 1, 300: 2, 500: 4, 1200: 6}[int(width)]
        texts = cells.cells(ASSET)
        assert all(column.name in texts or column.name == "Stars" for column, _, _ in shown)

    def test_what_is_selected_in_words(self) -> None:
        assert cells.selection_text(0, [], full=False) == ""
        assert cells.selection_text(1, ["a.png"], full=False) == "a.png"
        assert cells.selection_text(1, [], full=False) == "1 selected"
        assert cells.selection_text(100_000, [], full=True) == "100,000 selected, no more fit"


def test_keys_call_only_what_is_in_the_grid_and_none_twice() -> None:
    # The keymap is that of every flat editor: an operator that polls elsewhere would steal keys.
    assert {key.operator.partition(".grid_")[0] for key in KEYS} == {"audobon"}
    signs = [(key.event, key.value, key.shift, key.ctrl) for key in KEYS]
    assert len(signs) == len(set(signs))
    assert {key.options["what"] for key in KEYS if key.operator == "audobon.grid_do"} == set(CALLS)
    assert CALLS["similar"][0] == SIMILAR


def test_signs_are_triangles_inside_their_square() -> None:
    for name in SHAPES:
        points = triangles(name)
        assert points
        assert len(points) % 3 == 0
        assert all(-0.05 <= value <= 1.05 for point in points for value in point), name


def test_kept_things_are_bounded_and_the_oldest_goes() -> None:
    kept: Kept[int] = Kept(2)
    kept.put("a", 1)
    kept.put("b", 2)
    assert kept.get("a") == 1
    kept.put("c", 3)
    assert ("b" in kept, len(kept), kept.get("b")) == (False, 2, None)
    kept.clear()
    assert len(kept) == 0


def test_rectangles() -> None:
    rect = Rect(10, 20, 100, 50)
    assert rect.has(10, 20)
    assert not rect.has(110, 20)
    assert rect.fit(2, 1) == rect
    assert rect.fit(1, 1) == Rect(35, 20, 50, 50)
    assert rect.inset(5) == Rect(15, 25, 90, 40)


def test_pixels_and_problems_are_told_apart() -> None:
    assert is_decoded(Decoded(1, 1, b"\0" * 16))
    assert not is_decoded(Problem("no"))


def test_views_are_those_of_the_session() -> None:
    assert [view.name for view in views()][:2] == ["all", "favourites"]
