"""Assets brought into a scene, in a real Blender: without a window, and with the mouse.

The same job runs in Blenders from PyPI in ``test_blender_extension``.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from test_blender_addon import in_window as in_window
from test_blender_addon import legacy_zip as legacy_zip
from use_expected import expect_use

from audobon.testing.pictures import write_png

pytestmark = pytest.mark.hosts

HERE = Path(__file__).parent

_HEADLESS = """
import sys
import bpy

def main():
    sys.path.insert(0, {here!r})
    bpy.ops.preferences.addon_install(filepath={zip!r})
    bpy.ops.preferences.addon_enable(module="audobon_blender")
    import use_job
    use_job.make({folder!r})
    told = use_job.main("audobon_blender", {folder!r})
    bpy.ops.preferences.addon_disable(module="audobon_blender")
    return told
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "Studio"
    write_png(root / "rusty metal.png", 64, 64, color=(150, 80, 40))
    return root


def test_every_way_of_use_without_a_window(
    blender: Callable[[Path], Any], legacy_zip: Path, folder: Path, tmp_path: Path
) -> None:
    script = tmp_path / "headless.py"
    names = {"here": str(HERE), "zip": str(legacy_zip), "folder": str(folder)}
    script.write_text(_HEADLESS.format(**names), "utf-8")
    expect_use(blender(script))


_WITH_THE_MOUSE = """
    import ctypes, os, tempfile
    sys.path.insert(0, HERE)
    here = install()
    import use_job
    from audobon_blender.host import ghost
    use_job.make(FOLDER)
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    yield 1.0
    hands.find_view()
    yield from hands.show_sidebar()
    yield from open_library(here, 11)

    def undo_steps():
        # Blender prints them, and nothing else knows.
        libc = ctypes.CDLL(None)
        libc.fflush(None)
        kept = os.dup(1)
        with tempfile.TemporaryFile() as stream:
            os.dup2(stream.fileno(), 1)
            bpy.context.window_manager.print_undo_steps()
            libc.fflush(None)
            os.dup2(kept, 1)
            os.close(kept)
            stream.seek(0)
            return stream.read().count(b"type=")

    def choose(name):
        bpy.context.window_manager.audobon.text = name
        yield lambda: any(name in one.name for one in here.state().found.assets)
        yield lambda: here.state().found.wanted.text == name and not here.state().searching
        bpy.ops.audobon.choose(ident=here.state().found.assets[0].id)
        yield lambda: here.state().chosen is not None and here.state().chosen.complete
        if here.state().chosen.asset.kind == "blend":
            inside = lambda: here.state().inside is not None and here.state().inside.offers
            yield lambda: inside() and (name == "gold" or any(one.box for one in inside()))

    def call(name, **how):
        yield from hands.do(getattr(bpy.ops.audobon, name), "INVOKE_DEFAULT", True, **how)

    view = next(region for region in hands.area.regions if region.type == "WINDOW")
    middle = (view.x + view.width // 2, view.y + view.height // 2)

    def simulate(kind, value="PRESS", **how):
        hands.window.event_simulate(type=kind, value=value, x=middle[0], y=middle[1], **how)

    told = {"steps": {}}
    yield from hands.do(bpy.ops.ed.undo_push, message="begin")
    yield from choose("crate")
    # Escape: nothing came, nothing is drawn any more.
    before = undo_steps()
    yield from call("place")
    simulate("MOUSEMOVE", "NOTHING")
    yield lambda: ghost.is_open() and ghost._open[0].draws > 0
    yield from hands.press("ESC")
    yield lambda: not ghost.is_open()
    told["steps"]["escape"] = undo_steps() - before
    # On the cube in the middle of the view, turned by two steps of the wheel, larger by three.
    known = set(bpy.data.objects)
    before = undo_steps()
    yield from call("place")
    simulate("MOUSEMOVE", "NOTHING")
    yield lambda: ghost.is_open() and ghost._open[0].draws > 0
    for _ in range(2):
        simulate("WHEELUPMOUSE")
        yield 0.2
    for _ in range(3):
        simulate("WHEELDOWNMOUSE", shift=True)
        yield 0.2
    yield 0.5
    hands.shot("blender-placing")
    yield from hands.click(*middle)
    yield lambda: len(bpy.data.objects) > len(known)
    told["steps"]["place"] = undo_steps() - before
    yield 0.5
    made = [one for one in bpy.data.objects if one not in known]
    crate = next(one for one in made if one.name == "Crate")
    told["scale"] = round(crate.scale.x, 4)
    told["up"] = [round(value, 3) for value in crate.matrix_world.to_3x3().col[2].normalized()]
    told["drawn"] = ghost.is_open()
    yield from hands.do(bpy.ops.ed.undo)
    told["undone"] = "Crate" not in bpy.data.objects
    # Several, over the cube; then in place of that some that are not chosen, read first.
    bpy.context.view_layer.objects.active = bpy.data.objects["Cube"]
    yield from hands.do(bpy.ops.ed.undo_push, message="active")
    before, count = undo_steps(), len(bpy.data.objects)
    yield from call("place_several", layout_as="SCATTER", count=8, gap=0.4, scale=0.5)
    yield 0.5
    told["steps"]["several"] = undo_steps() - before
    told["several"] = len(bpy.data.objects) - count
    hands.shot("blender-scattered")
    ident = here.state().chosen.asset.id
    yield from choose("gold")
    here.here().ready.__init__()
    before, count = undo_steps(), len(bpy.data.objects)
    yield from call("place_several", ids=ident, layout_as="ROW", count=2)
    yield lambda: len(bpy.data.objects) > count
    yield 0.3
    told["steps"]["read first"] = undo_steps() - before
    told["read first"] = len(bpy.data.objects) - count
    yield from hands.do(bpy.ops.object.select_all, action="SELECT")
    bpy.data.objects["Cube"].select_set(False)
    yield from hands.do(bpy.ops.object.delete)
    yield from hands.do(bpy.ops.ed.undo_push, message="only the cube")
    # A material: onto the face that is clicked, then onto the whole slot.
    cube = bpy.data.objects["Cube"]
    told["faces"] = []
    for how in ({"ctrl": True}, {}):
        before = undo_steps()
        yield from call("give_material", point=True, how="REUSE")
        simulate("MOUSEMOVE", "NOTHING")
        yield lambda: ghost.is_open() and ghost._open[0].draws > 0
        hands.shot("blender-face")
        simulate("LEFTMOUSE", **how)
        yield 0.2
        simulate("LEFTMOUSE", "RELEASE", **how)
        yield lambda: not ghost.is_open()
        yield 0.5
        told["steps"]["face" if how else "slot"] = undo_steps() - before
        cube = bpy.data.objects["Cube"]
        told["faces"].append([
            sorted(face.material_index for face in cube.data.polygons),
            [one.material.name for one in cube.material_slots],
        ])
    yield from choose("albedo")
    bpy.context.view_layer.objects.active = cube
    before = undo_steps()
    yield from call("give_material")
    told["steps"]["textures"] = undo_steps() - before
    told["material"] = cube.active_material.name
    yield 0.5
    hands.shot("blender-texture-set")
    yield from choose("sky")
    before = undo_steps()
    yield from call("use_image", use="world", turn=1.0)
    told["steps"]["world"] = undo_steps() - before
    yield from choose("sign")
    before, count = undo_steps(), len(bpy.data.objects)
    yield from call("use_image", use="plane")
    yield lambda: len(bpy.data.objects) > count
    yield 0.3
    told["steps"]["painting"] = undo_steps() - before
    # The add-on goes while a box is drawn: it goes as well.
    yield from choose("crate")
    yield from call("place")
    simulate("MOUSEMOVE", "NOTHING")
    yield lambda: ghost.is_open() and ghost._open[0].draws > 0
    told["slowest"] = max(here.here().times)
    bpy.ops.preferences.addon_disable(module="audobon_blender")
    told["after"] = ghost.is_open()
    yield 0.5
    told["threads"] = [one.name for one in threading.enumerate() if "audobon" in one.name]
    return told
"""


def test_with_the_mouse_and_one_step_of_undo_each(
    in_window: Callable[[str], Any],
) -> None:
    told = in_window(_WITH_THE_MOUSE.replace("HERE", repr(str(HERE))))
    print(f"slowest of our calls in the main thread: {told['slowest'] * 1000:.1f} ms")
    steps = told["steps"]
    assert steps.pop("escape") == 0
    assert set(steps.values()) == {1}, steps
    assert len(steps) == 8
    assert told["undone"]
    assert told["scale"] == round(1.1**-3, 4)
    assert sorted(map(abs, told["up"])) == [0.0, 0.0, 1.0], "as a face of the cube"
    assert not told["drawn"]
    assert told["several"] == 8 * 3
    assert told["read first"] == 2 * 3
    face, slot = told["faces"]
    assert face == [[0, 0, 0, 0, 0, 1], ["Material", "Gold"]]
    assert slot == [[0, 0, 0, 0, 0, 1], ["Material", "Gold"]]
    assert told["material"] == "wall"
    assert not told["after"]
    assert told["threads"] == []
