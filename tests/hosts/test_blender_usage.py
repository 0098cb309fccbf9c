"""What others change on disk appears in a real Blender, and what is used there is counted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from test_blender_addon import folder, in_window, legacy_zip

import audobon
from audobon.system.locks import is_held

__all__ = ["folder", "in_window", "legacy_zip"]

pytestmark = pytest.mark.hosts

_BODY = """
    import os, shutil
    os.environ["AUDOBON_WATCH"] = "on"
    here = install()
    yield from hands.show_sidebar()
    yield from open_library(here, 15)
    yield lambda: here.state().watch is not None and here.state().watch.state == "watching"
    told = {"process": here.state().watch.pid != os.getpid(),
            "watched": list(here.state().watch.folders)}
    shutil.copy(FOLDER + "/textures/rusty metal.png", FOLDER + "/copper.png")  # another program
    yield lambda: here.state().found.total == 16
    copper = next(one for one in here.state().found.assets if one.name == "copper.png")
    os.rename(FOLDER + "/copper.png", FOLDER + "/bronze.png")
    yield lambda: "bronze.png" in [one.name for one in here.state().found.assets]
    bronze = next(one for one in here.state().found.assets if one.name == "bronze.png")
    told["same"] = bronze.id == copper.id
    bpy.ops.audobon.choose(ident=bronze.id)
    yield lambda: here.state().chosen is not None and here.state().chosen.complete
    for _ in range(2):
        yield from hands.do(bpy.ops.audobon.use_image, "INVOKE_DEFAULT", use="empty")
        yield 0.5
    path = FOLDER + "/scene.blend"
    yield from hands.do(bpy.ops.wm.save_as_mainfile, filepath=path)
    yield lambda: here.state().document is not None  # seen as any other new file
    yield from hands.do(bpy.ops.wm.save_mainfile)
    yield lambda: here.state().doing is None
    # The two panels alone, open and at the top.
    hands.only()
    for panel in [one for one in hands._gone if one.__name__[-6:] in ("_watch", "_usage")]:
        hands._gone.remove(panel)
        panel.bl_parent_id, panel.bl_options = "", set()
        bpy.utils.register_class(panel)
    bpy.ops.audobon.count_uses()
    yield lambda: here.state().usage is not None and here.state().doing is None
    yield 1.0
    hands.shot("blender-usage")
    usage = here.state().usage
    told["assets"] = {row.name: row.count for row in usage.assets}
    told["hosts"] = {row.name: row.count for row in usage.hosts}
    told["slowest"] = max(here.here().times)
    bpy.ops.audobon.switch_usage()
    yield lambda: not here.state().usage.on
    bpy.ops.audobon.forget_uses()
    yield lambda: not here.state().usage.months
    bpy.ops.audobon.switch_watch()
    yield lambda: here.state().watch.state == "off"
    bpy.ops.audobon.switch_watch()
    yield lambda: here.state().watch.state == "watching"
    pid = here.state().watch.pid
    hands.everything()
    bpy.ops.preferences.addon_disable(module="audobon_blender")
    told["threads"] = [thread.name for thread in threading.enumerate()]
    told["left"] = os.path.exists(f"/proc/{pid}")
    return told
"""


def test_changes_on_disk_and_uses(in_window: Callable[[str], Any], folder: Path) -> None:
    told = in_window(_BODY)
    print(f"slowest of our calls in the main thread: {told['slowest'] * 1000:.1f} ms")
    assert told["process"], "the folders are watched beside Blender, not in it"
    assert told["watched"] == [str(folder)]
    assert told["same"], "a renamed file is the asset it was"
    assert told["assets"]["bronze.png"] == 2
    assert told["assets"]["scene.blend"] >= 1
    assert list(told["hosts"]) == ["blender"]
    assert not [name for name in told["threads"] if name.startswith("audobon-")]
    assert not told["left"], "what watches has ended with the add-on"
    with audobon.Library.open(folder) as library:
        assert not library.usage_on
        assert library.usage() == ()
        assert not is_held(library.state_path / "lock" / "watch.lock")
