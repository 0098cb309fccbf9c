"""The large grid in a real Blender with a window: opened, clicked, typed in, and left."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from test_blender_addon import folder, in_window, legacy_zip  # noqa: F401  # fixtures

import audobon

pytestmark = pytest.mark.hosts


@pytest.fixture
def engine(tmp_path: Path) -> None:
    """A worker that has decoders: this very Python."""
    data = tmp_path / "blender-home" / ".local" / "share" / "audobon"
    data.mkdir(parents=True)
    (data / "worker-environment.json").write_text(json.dumps({"python": sys.executable}), "utf-8")


_HEAD = """
    here = install()
    yield from hands.press("ESC")  # the splash
    yield from open_library(here, 15)
    from audobon_blender.ui import grid
    from audobon_blender.host import editor
    settings = bpy.context.window_manager.audobon
    settings.per_page = "24"
    settings.sort = "name"
    yield lambda: not here.state().searching and len(here.state().found.assets) == 15
    selected = lambda: len(here.session().selection.ids)
    assets = lambda: here.state().found.assets
    main = next(region for region in hands.area.regions if region.type == "WINDOW")
"""

_GRID = (
    _HEAD
    + """
    told = {}
    # Keys of the 3D view stay its own.
    here.session().selection.select(assets()[0].id)
    yield from hands.move(main.x + main.width // 3, main.y + main.height // 2)
    tools = hands.area.spaces.active.show_region_toolbar
    yield from hands.key("T")
    yield lambda: hands.area.spaces.active.show_region_toolbar != tools
    yield from hands.key("FIVE")
    yield 0.3
    told["view"] = [here.state().doing is None, here.state().notice.text, assets()[0].rating]
    yield from hands.do(bpy.ops.audobon.grid_open)
    yield 0.5
    area = next(area for _, area in editor.areas())
    view = grid.grids().view(area)
    region = editor.region_of(area)
    images = [asset for asset in assets() if asset.kind == "image"]
    yield lambda: len(grid.grids().textures) == len(images)

    def middle(place):
        return int(region.x + place.x + place.width / 2), int(region.y + place.y + place.height / 2)

    def tile(index):
        return middle(view.tiles.rect(index))

    yield from hands.click(*tile(1))
    yield lambda: selected() == 1
    yield from hands.click(*tile(3), ctrl=True)
    yield lambda: selected() == 2
    yield from hands.click(*tile(6), shift=True)
    yield lambda: selected() == 4
    told["range"] = [assets().index(a) for a in assets() if a.id in here.session().selection.ids]
    yield from hands.key("FOUR")
    yield lambda: [asset.rating for asset in assets()].count(4) == 4
    yield from hands.key("F")
    yield lambda: sum("favourite" in asset.tags for asset in assets()) == 4
    yield from hands.key("T")
    yield 0.5
    yield from hands.type("wood")
    yield from hands.press("RET")
    yield 0.3
    hands.shot("blender-grid-tags")
    yield from hands.press("RET")
    yield lambda: sum("wood" in asset.tags for asset in assets()) == 4
    yield from hands.click(*tile(2))
    yield lambda: selected() == 1
    yield from hands.key("RIGHT_ARROW")
    yield lambda: here.state().selection.active == assets()[3].id
    yield from hands.key("RET")
    yield lambda: here.state().selection.active == assets()[4].id
    yield from hands.key("LEFT_ARROW", shift=True)
    yield lambda: selected() == 2
    yield from hands.key("A", ctrl=True)
    yield lambda: selected() == 15
    yield from hands.key("I", ctrl=True)
    yield lambda: selected() == 0
    # The card comes after a moment, and goes with the mouse.
    yield from hands.move(*tile(5))
    yield lambda: view.card and view.hover == 5
    yield 0.3
    hands.shot("blender-grid")
    yield from hands.click(*middle(view.places["field"]))
    yield lambda: view.field is not None
    for letter in "rusty":
        yield from hands.key(letter.upper(), letter)
    yield lambda: here.state().found.total == 1
    yield from hands.key("BACK_SPACE")
    yield lambda: settings.text == "rust"
    yield from hands.key("RET")
    yield lambda: view.field is None
    told["typed"] = [asset.name for asset in assets()]
    settings.text = ""
    yield lambda: not here.state().searching and len(assets()) == 15
    yield from hands.key("L")
    yield lambda: settings.as_list and view.tiles.rows and "column -size" in view.places
    yield 0.3
    hands.shot("blender-grid-list")
    yield from hands.click(*middle(view.places["column -size"]))
    yield lambda: settings.sort == "-size" and assets()[-1].name == "readme.txt"
    yield from hands.click(*tile(14))
    yield lambda: selected() == 1
    yield from hands.key("DEL")
    yield 0.5
    yield from hands.key("RET")
    yield lambda: here.state().found.total == 14
    yield from hands.key("Z", ctrl=True)
    yield lambda: here.state().found.total == 15
    yield from hands.click(*middle(view.places["close"]))
    yield lambda: not list(editor.areas())
    told["back"] = [hands.area.ui_type, hands.area.spaces.active.show_region_header]
    told["trouble"] = here.here().trouble and here.here().trouble.details
    bpy.ops.audobon.grid_window()
    yield 0.7
    told["windows"] = len(bpy.context.window_manager.windows)
    yield lambda: len(list(editor.areas())) == 1
    _, area = next(editor.areas())
    yield from hands.do_in(area, bpy.ops.audobon.grid_close)
    yield 0.5
    told["windows_left"] = len(bpy.context.window_manager.windows)
    told["textures"] = len(grid.grids().textures)
    yield from hands.do(bpy.ops.audobon.grid_open)
    yield 0.5
    times = [round(1000 * each, 1) for each in sorted(here.here().times)]
    told["times"] = [len(times), times[len(times) // 2], times[int(len(times) * 0.9)], times[-1]]
    bpy.ops.preferences.addon_disable(module="audobon_blender")
    yield 0.3  # Blender mixes its layers of keys again with the next event
    layers = bpy.context.window_manager.keyconfigs
    told["keys"] = [
        item.idname
        for layer in (layers.addon, layers.user)
        for keymap in layer.keymaps
        for item in keymap.keymap_items
        if item.idname.startswith("audobon.")
    ]
    told["editors"] = hands.area.ui_type
    told["left"] = [name for name in dir(bpy.types) if "audobon" in name.lower()]
    return told
"""
)


def test_the_large_grid_by_mouse_and_keys(
    in_window: Callable[[str], Any],  # noqa: F811
    engine: None,
    folder: Path,  # noqa: F811
) -> None:
    told = in_window(_GRID)
    print("calls in the main thread: count, median, 90 of 100, worst (ms):", told["times"])
    idle, notice, rating = told["view"]
    assert (idle, rating) == (True, 0), "a key of the grid worked in the 3D view"
    assert notice == "15 added"
    assert told["range"] == [3, 4, 5, 6]
    assert told["typed"] == ["rusty metal.png"]
    assert told["back"] == ["VIEW_3D", True]
    assert told["trouble"] is None
    assert (told["windows"], told["windows_left"]) == (2, 1)
    assert told["textures"] == 14
    assert told["keys"] == []
    assert told["editors"] == "VIEW_3D", "an area is left without its editor"
    assert told["left"] == []
    with audobon.Library.open(folder) as library:
        assert len(library.find_ids("rating:4 tag:wood tag:favourite")) == 4
        assert library.get("readme.txt").state == "present"
    assert (folder / "readme.txt").exists()


_NO_DECODERS = (
    _HEAD
    + """
    yield from hands.do(bpy.ops.audobon.grid_open)
    yield lambda: len(grid.grids().textures) == 14
    yield 0.5
    hands.shot("blender-grid-no-decoders")
    told = {"trouble": [here.here().trouble, grid.grids().other.trouble]}
    told["shapes"] = sorted({shape for _, shape in grid.grids().textures._things.values()})
    other = grid.grids().other
    bpy.ops.preferences.addon_disable(module="audobon_blender")
    told["threads"] = [thread.name for thread in threading.enumerate()]
    return told
"""
)


def test_where_no_worker_decodes_another_blender_does(
    in_window: Callable[[str], Any],  # noqa: F811
) -> None:
    told = in_window(_NO_DECODERS)
    assert told["trouble"] == [None, ""]
    assert told["shapes"] == [1.0, 1.5]
    assert not [name for name in told["threads"] if name.startswith("audobon-")]
