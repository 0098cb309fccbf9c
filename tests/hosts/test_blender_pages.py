"""Menus and pages of the sidebar used by mouse in a Blender with a window.

Branches, views, many assets at once and the way back. Clicks go to places
that were read off pictures of this Blender (3.4, 1600 x 900), one page at a
time, so that each stands at the top.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from test_blender_addon import folder, in_window, legacy_zip
from test_blender_grid import engine

import audobon

__all__ = ["engine", "folder", "in_window", "legacy_zip"]

pytestmark = pytest.mark.hosts

_BODY = """
    import io
    errors = sys.stderr = io.StringIO()  # where Blender tells what a panel has raised
    here = install()
    told = {}
    settings = bpy.context.window_manager.audobon
    session, past = here.session, lambda: here.state().past
    assets = lambda: here.state().found.assets
    selected = lambda: here.state().selection.count
    current = lambda: [one.name for one in past().branches if one.current]

    def quiet():
        # A message would move what is below it.
        yield lambda: here.state().doing is None
        notice = here.state().notice
        bpy.ops.audobon.dismiss(number=notice.number if notice else 0)
        yield 0.7

    def page(name):
        hands.everything()
        hands.only(name)
        yield 0.7

    def press(right, down, **keys):
        yield from hands.click(*hands.at(right, down), **keys)
        yield 0.5

    hands.only("library")
    yield from hands.show_sidebar()
    yield from open_library(here, 15)
    settings.sort = "name"
    session().do("day", lambda library, report: library.commit("All planks") and "made")
    yield lambda: here.state().notice.text == "made"
    settings.branch = "night"
    bpy.ops.audobon.add_branch()
    yield lambda: current() == ["night"]
    first = assets()[0].id
    session().edit(first, rating=5)
    yield lambda: assets()[0].rating == 5
    session().do("night", lambda library, report: library.commit("Stars at night") and "made it")
    yield lambda: here.state().notice.text == "made it"

    # The menu of branches: what is other there than here.
    yield from quiet()
    yield from press(60, 150)
    hands.shot("blender-branch-menu")
    yield from press(60, 195)
    yield lambda: settings.other_on == "main" and not here.state().searching
    told["other"] = [asset.id == first for asset in assets()]
    yield from press(60, 150)
    yield from press(60, 174)
    yield lambda: settings.other_on == "" and here.state().found.total == 15

    # Views, and a search that is kept under a name.
    yield from page("views")
    yield from press(60, 12)
    yield from press(100, 126)
    yield lambda: here.state().found.total == 14
    told["unrated"] = settings.text
    yield from press(172, 173)
    yield from hands.type("bare")
    yield from hands.press("RET")
    yield 0.3
    yield from hands.press("RET")
    yield lambda: here.state().sets
    told["sets"] = here.state().sets
    yield from press(100, 42)
    yield lambda: here.state().found.total == 15
    hands.shot("blender-views")

    # Many at once.
    yield from page("selection")
    pair = [asset.id for asset in assets()[:2]]
    those = lambda test: {asset.id for asset in assets() if test(asset)} == set(pair)
    session().selection.select(pair[0])
    session().selection.select(pair[1], "toggle")
    yield lambda: selected() == 2
    yield 0.5
    yield from press(138, 69)
    yield lambda: selected() == 15
    yield from press(51, 91)
    yield lambda: selected() == 0
    session().selection.select(pair[0])
    session().selection.select(pair[1], "toggle")
    yield lambda: selected() == 2
    yield 0.5
    yield from press(142, 117)
    yield lambda: those(lambda asset: asset.rating == 4)
    yield from press(51, 165)
    yield lambda: those(lambda asset: "favourite" in asset.tags)
    yield from press(51, 143)
    yield from hands.type("bark")
    yield from hands.press("RET")
    yield 0.3
    yield from hands.press("RET")
    yield lambda: those(lambda asset: "bark" in asset.tags)
    hands.shot("blender-selection")

    # A switch, and the way back.
    session().selection.clear()
    session().do("stars", lambda library, report: library.commit("Four stars") and "made all")
    yield lambda: here.state().notice.text == "made all"
    yield from page("branches")
    yield from quiet()
    yield from press(60, 12)
    yield lambda: past().branches
    hands.shot("blender-branches-page")
    yield from press(150, 43)
    yield lambda: past().plan and past().plan.ready and past().plan.what == "switch"
    bpy.ops.audobon.switch_branch(name="main")
    yield lambda: current() == ["main"] and past().points
    yield lambda: not any(asset.rating == 4 for asset in assets())
    yield from quiet()
    yield from press(60, 136)
    hands.shot("blender-points")
    yield from press(172, 168)
    hands.shot("blender-points-asked")
    yield from hands.press("RET")
    yield lambda: current() == ["night"]
    yield lambda: those(lambda asset: asset.rating == 4)
    told["errors"] = errors.getvalue()
    return told
"""


def test_the_pages_of_the_sidebar_by_mouse(
    in_window: Callable[[str], Any], engine: None, folder: Path
) -> None:
    told = in_window(_BODY)
    assert "Traceback" not in told["errors"]
    assert told["other"] == [True], "the one asset that has stars at night alone"
    assert told["unrated"]
    assert told["sets"] == [["bare", told["unrated"]]]
    with audobon.Library.open(folder) as library:
        assert len(library.find_ids("rating:4 tag:bark tag:favourite")) == 2
