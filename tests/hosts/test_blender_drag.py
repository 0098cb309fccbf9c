"""Assets dragged out of both grids into the 3D view, in a Blender with a window."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from test_blender_addon import in_window, legacy_zip  # noqa: F401  # fixtures

from audobon.testing.pictures import write_png

pytestmark = pytest.mark.hosts

HERE = Path(__file__).parent


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "Studio"
    write_png(root / "rusty metal.png", 64, 64, color=(150, 80, 40))
    return root


_DRAGGED = """
    sys.path.insert(0, HERE)
    here = install()
    import use_job
    from audobon_blender.host import editor, ghost
    from audobon_blender.ui import grid
    use_job.make(FOLDER)
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    yield 1.0
    hands.find_view()
    yield from hands.press("ESC")  # the splash
    yield from open_library(here, 11)
    yield from hands.do(bpy.ops.screen.area_split, direction="VERTICAL", factor=0.45)
    yield 0.5
    views = [area for area in hands.window.screen.areas if area.type == "VIEW_3D"]
    left, hands.area = sorted(views, key=lambda area: area.x)
    editor.open_in(left)
    settings = bpy.context.window_manager.audobon
    settings.per_page, settings.sort = "24", "name"
    yield lambda: not here.state().searching and len(here.state().found.assets) == 11
    yield 1.0
    view, region = grid.grids().view(left), editor.region_of(left)
    main = next(each for each in hands.area.regions if each.type == "WINDOW")
    middle = (main.x + main.width // 2, main.y + main.height // 2)
    ground = (main.x + main.width // 2, main.y + 60)
    selected = lambda: len(here.session().selection.ids)

    def tile(name):
        names = [asset.name for asset in here.state().found.assets]
        place = view.tiles.picture(names.index(name))
        return round(region.x + place.x + place.width / 2), round(
            region.y + place.y + place.height / 2)

    def mouse(kind, value, at, **keys):
        hands.window.event_simulate(type=kind, value=value, x=at[0], y=at[1], **keys)
        yield 0.15

    def picked(name, to, **keys):
        # Press on its picture, or at a place, and go to a place with the button held.
        start = tile(name) if isinstance(name, str) else name
        yield from mouse("MOUSEMOVE", "NOTHING", start)
        yield from mouse("LEFTMOUSE", "PRESS", start)
        for part in (0.2, 0.6, 0.9, 1.0):
            at = tuple(round(a + (b - a) * part) for a, b in zip(start, to))
            yield from mouse("MOUSEMOVE", "NOTHING", at, **keys)

    def dropped(name, to, **keys):
        known = set(bpy.data.objects)
        yield from picked(name, to, **keys)
        yield from mouse("LEFTMOUSE", "RELEASE", to, **keys)
        yield 0.5
        return [one for one in bpy.data.objects if one not in known]

    told, count = {}, len(bpy.data.objects)
    yield from hands.do(bpy.ops.ed.undo_push, message="begin")
    # Press and release on the same picture selects, of several selected ones that one alone.
    yield from hands.click(*tile("crate.blend"))
    yield from hands.click(*tile("sign.kra"), ctrl=True)
    yield lambda: selected() == 2
    yield from hands.click(*tile("crate.blend"))
    yield lambda: selected() == 1
    told["clicked"] = [len(bpy.data.objects) - count, ghost.is_open()]
    # Onto the cube in the middle of the view, with its box under the mouse.
    yield lambda: here.state().inside and any(one.box for one in here.state().inside.offers or ())
    yield from picked("crate.blend", middle)
    yield lambda: ghost.is_open() and ghost._open[0].draws > 0
    yield 0.5
    hands.shot("blender-drag")
    yield from mouse("LEFTMOUSE", "RELEASE", middle)
    yield lambda: "Crate" in bpy.data.objects
    yield 0.3
    crate = bpy.data.objects["Crate"]
    lid = bpy.data.objects["Lid"]
    told["placed"] = [len(bpy.data.objects) - count, ghost.is_open()]
    corners = [each.matrix_world @ __import__("mathutils").Vector(corner)
               for each in (crate, lid) for corner in each.bound_box]
    # It stands outside of the cube (2 m, in the middle of everything), on one of its sides.
    told["outside"] = all(max(abs(v) for v in corner) > 0.99 for corner in corners)
    yield from hands.do(bpy.ops.ed.undo)
    told["undone"] = len(bpy.data.objects) - count
    # Escape, and a release over the grid: nothing comes.
    yield from picked("crate.blend", middle)
    yield lambda: ghost.is_open()
    yield from hands.press("ESC")
    yield lambda: not ghost.is_open()
    yield from mouse("LEFTMOUSE", "RELEASE", middle)
    made = yield from dropped("crate.blend", tile("sign.kra"))
    told["nothing"] = [len(bpy.data.objects) - count, len(made), ghost.is_open()]
    # A material onto the surface under the mouse; over nothing it goes nowhere.
    made = yield from dropped("gold.blend", middle)
    yield lambda: bpy.data.objects["Cube"].active_material.name == "Gold"
    made += yield from dropped("gold.blend", ground)
    told["material"] = len(made)
    # A picture becomes a reference on the ground, with Shift a plane, on a surface its material.
    [made] = yield from dropped("photo.png", ground)
    told["reference"] = [made.type, made.empty_display_type, round(made.location.z, 3),
                         made.location.length > 1]
    [made] = yield from dropped("photo.png", ground, shift=True)
    told["plane"] = [made.type, made.active_material.name]
    bpy.data.objects.remove(made)
    made = yield from dropped("photo.png", middle)
    told["textured"] = [len(made), bpy.data.objects["Cube"].active_material.name]
    # Out of the sidebar as well, by the name below a picture; a click there chooses.
    hands.only("library")
    notice = here.state().notice
    bpy.ops.audobon.dismiss(number=notice.number if notice else 0)
    # The test opens the fourth tab, and without an active object there are three.
    bpy.context.view_layer.objects.active = bpy.data.objects["Cube"]
    yield 0.5
    yield from hands.show_sidebar()
    yield 1.0
    crate, gold = hands.at(60, 250), hands.at(150, 250)
    told["chosen"] = []
    for place in (gold, gold, crate, gold):
        here.session().choose(None)
        yield lambda: here.state().chosen is None
        yield from hands.click(*place)
        yield lambda: here.state().chosen is not None
        told["chosen"].append(here.state().chosen.asset.name)
    known = len(bpy.data.objects)
    yield from picked(crate, middle)
    yield lambda: ghost.is_open() and ghost._open[0].draws > 0
    yield 0.5
    hands.shot("blender-drag-sidebar")
    yield from mouse("LEFTMOUSE", "RELEASE", middle)
    yield lambda: not ghost.is_open() and len(bpy.data.objects) > known
    told["sidebar"] = len(bpy.data.objects) - known
    yield from hands.do(bpy.ops.ed.undo)
    told["sidebar_undone"] = len(bpy.data.objects) - known
    told["trouble"] = here.here().trouble and here.here().trouble.details
    hands.everything()
    bpy.ops.preferences.addon_disable(module="audobon_blender")
    return told
"""


def test_dragged_out_of_the_grids(in_window: Callable[[str], Any]) -> None:  # noqa: F811
    told = in_window(_DRAGGED.replace("HERE", repr(str(HERE))))
    assert told["trouble"] is None
    assert told["clicked"] == [0, False]
    assert told["placed"] == [3, False]
    assert told["outside"]
    assert told["undone"] == 0, "it is one step of undo"
    assert told["nothing"] == [0, 0, False]
    assert told["material"] == 0
    assert told["reference"] == ["EMPTY", "IMAGE", 0.0, True]
    assert told["plane"][0] == "MESH"
    assert told["textured"][0] == 0
    assert "photo" in told["textured"][1]
    assert told["chosen"] == ["gold.blend", "gold.blend", "crate.blend", "gold.blend"]
    assert told["sidebar"] == 3, "the crate, its lid and what holds both"
    assert told["sidebar_undone"] == 0
