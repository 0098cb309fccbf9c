"""The add-on as people have it: its zip installed in a real Blender with a window, used by mouse.

Clicks go to places that were read off pictures of this Blender (3.4, 1600 x 900).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from test_blender_extension import expect_job

import audobon
from audobon.formats import embedded_preview
from audobon.testing.pictures import write_png

pytestmark = pytest.mark.hosts

ROOT = Path(__file__).resolve().parents[2]

_START = """
import bpy, sys, threading, time

ZIP, FOLDER = {zip!r}, {folder!r}

def install():
    bpy.ops.preferences.addon_install(filepath=ZIP)
    bpy.ops.preferences.addon_enable(module="audobon_blender")
    from audobon_blender.ui import here
    return here

def open_library(here, total):
    yield lambda: here.session() is not None
    bpy.ops.audobon.create_library(directory=FOLDER)
    yield lambda: here.state().found.total == total
    yield 1.0
"""


@pytest.fixture(scope="session")
def legacy_zip() -> Path:
    """The zip that ``tools/dev.py addons`` builds for a Blender without extensions."""
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        from devtools import addons

        return addons.build_legacy("linux-x64")
    finally:
        sys.path.remove(str(ROOT / "tools"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Fourteen pictures and a note, which are no library yet."""
    root = tmp_path / "Studio"
    for number in range(13):
        color = (40 + 15 * number, 200 - 12 * number, 90)
        write_png(root / "textures" / f"oak planks {number:02d}.png", 64, 64, color=color)
    write_png(root / "textures" / "rusty metal.png", 96, 64, color=(150, 80, 40))
    (root / "readme.txt").write_text("about these assets\n")
    return root


@pytest.fixture
def in_window(
    blender_window: Callable[[Path], Any], legacy_zip: Path, folder: Path, tmp_path: Path
) -> Callable[[str], Any]:
    """Run the body of a ``main(hands)`` in a Blender in which the add-on's zip lies."""

    def run(body: str) -> Any:
        script = tmp_path / "script.py"
        head = _START.format(zip=str(legacy_zip), folder=str(folder))
        script.write_text(f"{head}\ndef main(hands):\n{body}", "utf-8")
        return blender_window(script)

    return run


_USED = """
    before = list(sys.path)
    here = install()
    yield from hands.show_sidebar()
    yield lambda: here.session() is not None
    yield 0.5
    hands.shot("blender-welcome")
    yield from open_library(here, 15)
    hands.shot("blender-library")
    bpy.ops.audobon.dismiss(number=here.state().notice.number)
    first = [asset.name for asset in here.state().found.assets]
    yield from hands.click(*hands.at(100, 75))
    yield from hands.type("rusty")
    yield lambda: here.state().found.total == 1
    yield from hands.press("RET")
    yield 0.5
    hands.shot("blender-search")
    yield from hands.click(*hands.at(56, 247))
    yield lambda: here.state().chosen is not None and here.state().chosen.complete
    yield 0.5
    hands.shot("blender-asset")
    yield from hands.click(*hands.at(89, 651))
    yield lambda: here.state().chosen.asset.rating == 4
    yield from hands.click(*hands.at(88, 681))
    yield from hands.type("metal")
    yield from hands.press("RET")
    yield from hands.click(*hands.at(181, 681))
    yield lambda: here.state().chosen.asset.tags == ("metal",)
    yield 0.5
    hands.shot("blender-tagged")
    slowest = max(here.here().times)
    bpy.ops.preferences.addon_disable(module="audobon_blender")
    threads = [thread.name for thread in threading.enumerate()]
    left = [name for name in dir(bpy.types) if "AUDOBON" in name]
    return {"first": first, "slowest": slowest, "threads": threads, "left": left,
            "paths": [path for path in sys.path if path not in before]}
"""


def test_a_library_is_made_searched_rated_and_tagged_with_the_mouse(
    in_window: Callable[[str], Any], folder: Path
) -> None:
    told = in_window(_USED)
    print(f"slowest of our calls in the main thread: {told['slowest'] * 1000:.1f} ms")
    assert len(told["first"]) == 12
    assert not [name for name in told["threads"] if name.startswith("audobon-")]
    assert told["left"] == []
    # Blender itself adds its folder of add-ons; the one with our libraries must be gone.
    assert not [path for path in told["paths"] if "vendor" in path]
    with audobon.Library.open(folder) as library:
        asset = library.get("textures/rusty metal.png")
    assert (asset.rating, asset.tags) == (4, ("metal",))


_PLACED = """
    here = install()
    yield from hands.show_sidebar()
    yield from open_library(here, 15)
    bpy.context.window_manager.audobon.name = "Crate"
    yield from hands.do(bpy.ops.audobon.save_objects)
    yield lambda: here.state().chosen is not None and here.state().chosen.complete
    yield 1.0
    yield from hands.do(bpy.ops.object.select_all, action="SELECT")
    yield from hands.do(bpy.ops.object.delete)
    yield from hands.do(bpy.ops.audobon.list_library)
    yield from hands.do(bpy.ops.ed.undo_push, message="empty")
    yield 0.5
    hands.shot("blender-scene-asset")
    view = next(region for region in hands.area.regions if region.type == "WINDOW")
    yield from hands.do(bpy.ops.audobon.place, "INVOKE_DEFAULT")
    yield 0.5
    yield from hands.click(view.x + view.width // 2, view.y + view.height // 3)
    yield lambda: len(bpy.data.objects) == 1
    placed = list(bpy.data.objects[0].location)
    yield 0.5
    hands.shot("blender-placed")
    yield from hands.do(bpy.ops.ed.undo)
    undone = len(bpy.data.objects)
    yield from hands.do(bpy.ops.wm.window_new)
    yield 0.5
    bpy.ops.audobon.rate(rating=5)
    yield lambda: here.state().chosen.asset.rating == 5
    bpy.ops.wm.read_homefile(use_factory_startup=False)
    yield 1.0
    # Files come and go; the library, the timer and the panel stay.
    bpy.ops.audobon.rate(rating=2)
    yield lambda: here.state().chosen.asset.rating == 2
    hands.find_view()
    yield 1.0
    libraries = [each.path for each in bpy.context.preferences.filepaths.asset_libraries]
    return {"placed": placed, "undone": undone, "libraries": libraries,
            "slowest": max(here.here().times)}
"""


def test_placing_with_the_mouse_undo_another_window_and_another_file(
    in_window: Callable[[str], Any], folder: Path
) -> None:
    told = in_window(_PLACED)
    print(f"slowest of our calls in the main thread: {told['slowest'] * 1000:.1f} ms")
    x, y, z = told["placed"]
    assert abs(z - 1) < 0.001, "a cube of two metres stands on the ground"
    assert (x, y) != (0, 0)
    assert told["undone"] == 0
    assert str(folder) in [path.rstrip("/") for path in told["libraries"]]


_ENGINE = """
    here = install()
    yield from hands.show_sidebar()
    yield from open_library(here, 15)
    thumbs, assets = here.here().thumbs, here.state().found.assets
    from audobon_blender.logic.shown import icon_key
    yield lambda: all(thumbs.has(icon_key(asset)) for asset in assets if asset.kind == "image")
    yield 1.5
    hands.shot("blender-engine")
    kinds = [type(here.session().picture(asset)).__name__ for asset in assets]
    folder = thumbs.folder
    # A failure of our own in Blender's main thread: shown, and the timer goes on.
    pump, here.here()._pump = here.here()._pump, lambda: 1 / 0
    yield lambda: here.here().trouble is not None
    trouble = here.here().trouble
    yield 0.5
    hands.shot("blender-trouble")
    here.here()._pump = pump
    yield lambda: here.here().trouble is None
    there = len(list(folder.iterdir()))
    icons = [thumbs.icon(icon_key(asset)) for asset in assets if asset.kind == "image"]
    engine = here.state().engine
    bpy.ops.preferences.addon_disable(module="audobon_blender")
    return {"kinds": kinds, "there": there, "left": len(list(folder.iterdir())),
            "icons": len(set(icons)), "zero": 0 in icons, "python": engine.python,
            "pictures": engine.pictures, "trouble": trouble.message}
"""


def test_an_engine_makes_the_pictures(in_window: Callable[[str], Any], tmp_path: Path) -> None:
    data = tmp_path / "blender-home" / ".local" / "share" / "audobon"
    data.mkdir(parents=True)
    (data / "worker-environment.json").write_text(json.dumps({"python": sys.executable}), "utf-8")
    told = in_window(_ENGINE)
    assert (told["python"], told["pictures"]) == (sys.executable, True)
    assert told["kinds"] == ["bytes"] * 12  # the note is the oldest, so it is on the other page
    assert told["there"] == told["icons"] == 12
    assert not told["zero"]
    assert told["left"] == 0
    assert told["trouble"].startswith("ZeroDivisionError")


_ASKED = """
    here = install()
    yield from hands.show_sidebar()
    # Blender would ask about the driver in a box of its own, which takes all keys.
    files = bpy.context.preferences.filepaths
    files.use_scripts_auto_execute = True
    bpy.data.objects["Cube"].driver_add("scale", 0).driver.expression = "len(bpy.data.objects)"
    text = bpy.data.texts.new("start.py")
    text.write("import os")
    text.use_module = True
    yield from hands.do(bpy.ops.wm.save_as_mainfile, filepath=FOLDER + "/foreign.blend", copy=True)
    bpy.data.objects["Cube"].driver_remove("scale", 0)
    yield from open_library(here, 16)
    bpy.context.window_manager.audobon.text = "foreign"
    yield lambda: here.state().found.total == 1
    bpy.ops.audobon.choose(ident=here.state().found.assets[0].id)
    yield lambda: here.state().inside is not None
    yield 0.5
    known, counts = len(bpy.data.objects), []
    yield from hands.do(bpy.ops.ed.undo_push, message="before")
    for key in ("ESC", "RET"):
        yield from hands.do(bpy.ops.audobon.use_scene, "INVOKE_DEFAULT", how="APPEND")
        yield 0.7
        hands.shot("blender-scripts")
        yield from hands.press(key)
        yield 0.7
        counts.append(len(bpy.data.objects) - known)
    yield from hands.do(bpy.ops.ed.undo)
    yield 0.5
    counts.append(len(bpy.data.objects) - known)
    yield from hands.do(bpy.ops.audobon.use_scene, "INVOKE_DEFAULT", how="APPEND")
    yield 0.5
    counts.append(len(bpy.data.objects) - known)
    return {"counts": counts, "slowest": max(here.here().times)}
"""


def test_a_scene_with_scripts_comes_in_after_a_yes(in_window: Callable[[str], Any]) -> None:
    told = in_window(_ASKED)
    no, yes, undone, again = told["counts"]
    assert no == undone == 0
    assert yes == again > 0, "it is one step of undo, and asked once"


_GONE = """
    import os
    here = install()
    yield from hands.show_sidebar()
    yield from open_library(here, 15)
    os.rename(FOLDER, FOLDER + ' away')  # as an unplugged disk
    yield lambda: here.state().phase == "closed"
    yield 0.5
    hands.shot("blender-gone")
    problem = here.state().problem
    bpy.ops.audobon.copy_text(text=problem.details)
    copied = bpy.context.window_manager.clipboard
    bpy.ops.audobon.open_recent(path=FOLDER)
    yield lambda: here.state().problem is not None and here.state().problem is not problem
    return {"message": problem.message, "hint": problem.hint, "copied": copied,
            "again": here.state().problem.message}
"""


def test_a_library_that_goes_away_under_the_panel_is_a_sentence(
    in_window: Callable[[str], Any], folder: Path
) -> None:
    told = in_window(_GONE)
    assert told["message"] == f"the library at {folder} is gone"
    assert told["hint"]
    assert "Audobon" in told["copied"]
    assert str(folder) in told["again"]


_HEADLESS = """
import sys
import bpy

def main():
    sys.path.insert(0, {here!r})
    import addon_job
    bpy.ops.preferences.addon_install(filepath={zip!r})
    bpy.ops.preferences.addon_enable(module="audobon_blender")
    told = addon_job.main("audobon_blender", {folder!r})
    bpy.ops.preferences.addon_disable(module="audobon_blender")
    return told
"""


def test_everything_it_does_works_without_a_window_too(
    blender: Callable[[Path], Any], legacy_zip: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "Assets"
    write_png(folder / "rusty metal.png", 64, 64, color=(150, 80, 40))
    (folder / "readme.txt").write_text("about these assets\n")
    script = tmp_path / "headless.py"
    here = str(Path(__file__).parent)
    script.write_text(_HEADLESS.format(here=here, zip=str(legacy_zip), folder=str(folder)), "utf-8")
    expect_job(blender(script))
    with audobon.Library.open(folder) as library:
        uses = {hit.asset.name: hit.asset.used for hit in library.search().hits}
    assert uses["rusty metal.png"] == 4
    assert uses["Crate.blend"] == 2
    rendered = embedded_preview(str(folder / "Saved" / "Crate.blend"))
    assert rendered is not None
    assert (rendered.width, rendered.height) == (256, 256)
    assert len(set(rendered.data)) > 20, "an empty picture has few values"
