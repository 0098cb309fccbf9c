"""The panels that save assets and keep things in order, used by mouse in a Blender with a window.

Clicks go to places that were read off pictures of this Blender (3.4, 1600 x 900).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from test_blender_addon import folder, in_window, legacy_zip

import audobon

__all__ = ["folder", "in_window", "legacy_zip"]

pytestmark = pytest.mark.hosts

_BODY = """
    import os, shutil
    here = install()
    hands.only("library", "asset", "asset_history", "file", "save", "work")
    yield from hands.show_sidebar()
    yield from open_library(here, 15)
    bpy.ops.audobon.dismiss(number=here.state().notice.number)
    yield from hands.click(*hands.at(60, 12))  # the library's panel closes, so that all fit
    yield from hands.click(*hands.at(60, 71))
    yield 0.5
    settings = bpy.context.window_manager.audobon
    settings.new_tags, settings.save_catalog = "wood, prop", "Props/Boxes"
    settings.description = "A box for apples"
    yield from hands.click(*hands.at(130, 128))
    yield from hands.type("crate")
    yield from hands.press("RET")
    yield 0.5
    hands.shot("blender-save")
    yield from hands.click(*hands.at(90, 250))
    yield lambda: here.state().doing is not None
    yield 0.5
    hands.shot("blender-saving")
    yield lambda: here.state().chosen is not None and here.state().chosen.complete
    asset = here.state().chosen.asset
    yield lambda: here.state().doing is None and not here.state().jobs
    bpy.ops.audobon.choose(ident="")
    bpy.ops.audobon.list_library()
    yield lambda: os.path.exists(FOLDER + "/blender_assets.cats.txt")
    hands.area.ui_type = "ASSETS"
    yield 0.5
    hands.area.spaces.active.params.asset_library_ref = "Studio"
    yield 2.0
    hands.shot("blender-browser")

    def listed():
        bpy.ops.file.select_all(action="SELECT")
        return [one.name for one in bpy.context.selected_asset_files or ()]

    # What comes into the library is shown there by itself, wherever the mouse is; nothing else is.
    native = here.state().native
    shown = [(yield from hands.do_in(hands.area, listed))]
    shutil.copy(FOLDER + "/Saved/crate.blend", FOLDER + "/Saved/box.blend")
    yield 1.0
    shown.append((yield from hands.do_in(hands.area, listed)))
    yield from hands.move(1500, 450)
    bpy.ops.audobon.rescan()
    yield lambda: here.state().native > native
    for attempt in range(20):
        yield 0.5
        shown.append((yield from hands.do_in(hands.area, listed)))
        yield from hands.move(1500, 450)
        if len(shown[-1]) == 2:
            break
    hands.area.ui_type = "VIEW_3D"
    yield 0.5
    yield from hands.click(*hands.at(60, 71))
    yield 0.3
    yield from hands.click(*hands.at(60, 257))
    yield 0.5
    yield from hands.click(*hands.at(60, 288))
    yield lambda: here.state().health is not None
    yield 1.0
    hands.shot("blender-health")
    slowest = max(here.here().times)
    hands.everything()
    begun = len(bpy.types.STATUSBAR_HT_header.draw._draw_funcs)
    bpy.ops.preferences.addon_disable(module="audobon_blender")
    ended = len(bpy.types.STATUSBAR_HT_header.draw._draw_funcs)
    # A library of ours that cannot be loaded, as after an update that went wrong.
    class Broken:
        def find_spec(self, name, path=None, target=None):
            if name == "attr":
                raise ImportError("DLL load failed: this Python is another one")

    sys.meta_path.insert(0, Broken())  # wherever the add-on finds it
    ours = ("attr", "attrs", "audobon")
    for name in [name for name in sys.modules if name.split(".")[0] in ours]:
        del sys.modules[name]
    bpy.ops.preferences.addon_enable(module="audobon_blender")
    yield lambda: here.here().app.trouble is not None
    yield 0.5
    yield from hands.click(*hands.at(60, 12))
    yield 0.5
    hands.shot("blender-broken")
    trouble = here.here().app.trouble.message
    return {"name": asset.name, "tags": asset.tags, "catalog": asset.catalog, "note": asset.note,
            "shown": shown, "slowest": slowest, "drawn": begun - ended, "trouble": trouble}
"""


def test_an_asset_is_saved_and_the_library_is_looked_after_with_the_mouse(
    in_window: Callable[[str], Any], folder: Path
) -> None:
    told = in_window(_BODY)
    print(f"slowest of our calls in the main thread: {told['slowest'] * 1000:.1f} ms")
    assert (told["name"], told["catalog"]) == ("crate.blend", "Props/Boxes")
    assert (told["tags"], told["note"]) == (["prop", "wood"], "A box for apples")
    assert told["shown"][:2] == [["crate"]] * 2, "Blender looks again by itself: this shows nothing"
    assert told["shown"][-1] == ["crate"] * 2
    assert told["drawn"] == 1, "the status bar is as it was"
    assert "DLL load failed" in told["trouble"]
    with audobon.Library.open(folder) as library:
        assert library.get("Saved/crate.blend").attributes["asset_names"] == ("crate",)
