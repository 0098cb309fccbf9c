"""History in the add-on: compared, opened, restored, branched, merged, locked, in real Blenders."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from test_blender_addon import in_window, legacy_zip  # noqa: F401  # fixtures
from test_blender_extension import TIMEOUT_S, _blenders, extension_zip  # noqa: F401

import audobon
from audobon.testing.pictures import write_png

pytestmark = pytest.mark.hosts

HERE = Path(__file__).parent

_HEADLESS = """
import sys
import bpy

def main():
    sys.path.insert(0, {here!r})
    import history_job
    bpy.ops.preferences.addon_install(filepath={zip!r})
    bpy.ops.preferences.addon_enable(module="audobon_blender")
    told = history_job.main("audobon_blender", {folder!r})
    bpy.ops.preferences.addon_disable(module="audobon_blender")
    handlers = [*bpy.app.handlers.save_post, *bpy.app.handlers.load_post]
    told["left"] = [each.__module__ for each in handlers if "audobon" in each.__module__]
    return told
"""

_SCRIPT = """
import json, sys
import bpy
sys.path.insert(0, {here!r})
import history_job

zip, folder, repository, result = sys.argv[1:]
bpy.ops.wm.read_factory_settings()
repos = bpy.context.preferences.extensions.repos
repos.new(name="Ours", module="ours", custom_directory=repository)
bpy.ops.extensions.package_install_files(filepath=zip, repo="ours", enable_on_install=True)
module = "bl_ext.ours.audobon_blender"
told = history_job.main(module, folder)
bpy.ops.preferences.addon_disable(module=module)
handlers = [*bpy.app.handlers.save_post, *bpy.app.handlers.load_post]
told["left"] = [each.__module__ for each in handlers if "audobon" in each.__module__]
with open(result, "w") as stream:
    json.dump(told, stream)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "Assets"
    write_png(root / "rusty metal.png", 64, 64, color=(150, 80, 40))
    return root


def expect(told: dict[str, Any], folder: Path) -> None:
    """What ``history_job`` tells when everything went as it should."""
    scene = f"{folder.name}/scene.blend"
    compare = told["compare"]
    assert ["object", "Ball", "added"] in compare["parts"]
    assert ["object", "Cube", "modified"] in compare["parts"]
    assert (compare["url"], compare["page"], compare["closed"]) == ("file:///", True, True)
    assert (told["beside"]["was"], told["beside"]["stayed"], told["beside"]["opened"]) == (
        0.0,
        True,
        True,
    )
    restore = told["restore"]
    assert restore["dirty"]
    assert restore["same"], "a refused restore has changed the file"
    assert restore["points"] == ["Restoring a version"]
    assert restore["back"] == [7.0, 3.0, 0.0], "what was saved on the way in comes back"
    old = told["old"]
    assert old["out"], "an old version was written into the library"
    assert old["offers"]
    assert old["made"] == [1.0, 2.0, 3.0]
    assert old["image"], "its picture is named from the temporary folder"
    assert old["nothing"]
    assert old["refused"]
    assert old["came"] == 1
    branches = told["branches"]
    assert branches["unplanned"]
    assert branches["plan"] == ["written", [scene]]
    assert branches["refused"]
    assert branches["text"] == {"main": [0, 0], "night": [1, 0]}
    assert branches["y"] == 3.0, "what was discarded has come back"
    merge = told["merge"]
    assert merge["asked"] == [[["part", "Cube", "ours", "theirs", "both"]]] * 2
    assert merge["reasons"] == ["Finishing a merge"]
    assert merge["news"] == ["changed"]
    assert merge["undone"] == 30.0
    locks = told["locks"]
    assert locks["ours"] == ["Blender", scene]
    assert locks["told"] == [False, True, True]
    assert locks["holding"] == []
    saving = told["saving"]
    assert saving["messages"] == ["with a note", "Saved scene.blend"]
    assert "being merged" in saving["problem"]
    other = told["other"]
    assert other["shown"] == ["scene.blend"]
    assert other["everything"]
    assert other["told"], "a branch that is removed can be made again"
    links = told["links"]
    assert (links["before"], links["one"], links["both"]) == ([1.0, 1.0], [1.0, 5.0], [5.0, 5.0])
    assert links["why"] == ["changed", "older"]
    assert links["names"] == ["lamp.blend"]
    assert links["relative"] == ["//"]
    assert links["nothing"] == ["CANCELLED"]
    assert told["left"] == []


def expect_library(folder: Path) -> None:
    with audobon.Library.open(folder) as library:
        assert library.locks() == ()
        assert library.verify().problems == ()
        names = {one.name for one in library.branches()}
        assert names == {"main", "night"}


def test_history_in_a_blender_without_a_window(
    blender: Callable[[Path], Any],
    legacy_zip: Path,  # noqa: F811
    folder: Path,
    tmp_path: Path,
) -> None:
    script = tmp_path / "headless.py"
    names = {"here": str(HERE), "zip": str(legacy_zip), "folder": str(folder)}
    script.write_text(_HEADLESS.format(**names), "utf-8")
    told = blender(script)
    print(f"slowest of our calls in the main thread: {told['slowest_ms']:.1f} ms")
    expect(told, folder)
    expect_library(folder)


@pytest.mark.parametrize("blender_version", sorted(_blenders()))
def test_history_in_the_extension(
    blender_version: str,
    extension_zip: Path,  # noqa: F811
    folder: Path,
    tmp_path: Path,
) -> None:
    repository, resources = tmp_path / "repository", tmp_path / "resources"
    repository.mkdir()
    resources.mkdir()
    script, result = tmp_path / "script.py", tmp_path / "result.json"
    script.write_text(_SCRIPT.format(here=str(HERE)), "utf-8")
    done = subprocess.run(
        [_blenders()[blender_version], script, extension_zip, folder, repository, result],
        env={"PATH": os.defpath, "HOME": str(tmp_path), "BLENDER_USER_RESOURCES": str(resources)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert result.exists(), f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    told: dict[str, Any] = json.loads(result.read_text("utf-8"))
    print(f"Blender {told['version']}: slowest of our calls {told['slowest_ms']:.1f} ms")
    expect(told, folder)
    assert "module of Python" in told["beside"]["alone"]
    expect_library(folder)


_WINDOW = """
    import io
    errors = sys.stderr = io.StringIO()  # where Blender tells what a panel has raised
    here = install()
    # Only our panels, and open, so that all of it fits on the screen.
    opened = [bpy.types.AUDOBON_PT_file, bpy.types.AUDOBON_PT_branches, bpy.types.AUDOBON_PT_points]
    for each in opened:
        bpy.utils.unregister_class(each)
        if each is not opened[-1]:
            each.bl_options = set()
    for each in opened:
        bpy.utils.register_class(each)
    yield from hands.show_sidebar()
    yield from open_library(here, 1)
    hands.only("file", "branches")
    scene, cube = FOLDER + "/table.blend", lambda: bpy.data.objects["Cube"]
    past = lambda: here.state().past
    document = lambda: here.state().document

    def version(note):
        bpy.context.window_manager.audobon.note = note  # another one after a file was opened
        yield from hands.do(bpy.ops.audobon.new_version)
        yield lambda: made(note)

    def made(note):
        notice = here.state().notice
        assert notice is None or notice.problem is None, notice
        return document() and document().versions and document().versions[0].message == note

    def settled():
        # Panels take their new places with the next movements of the mouse.
        for step in range(4):
            x, y = hands.at(60, 200 + 4 * step)
            hands.window.event_simulate(type="MOUSEMOVE", value="NOTHING", x=x, y=y)
            yield 0.4

    yield from hands.do(bpy.ops.wm.save_as_mainfile, filepath=scene)
    yield from version("A table")
    cube().location.x = 1
    bpy.data.objects.new("Lamp", None)
    bpy.context.scene.collection.objects.link(bpy.data.objects["Lamp"])
    yield from version("Moved it, and a lamp")
    bpy.context.window_manager.audobon.branch = "night"
    bpy.ops.audobon.add_branch()
    yield lambda: [one.name for one in past().branches if one.current] == ["night"]
    cube().location.z = 1.5
    yield from version("Higher at night")
    ident = document().asset.id
    first, second, third = reversed([one.id for one in document().versions])
    hands.find_view()
    keys = [one.digest for one in document().contents]
    yield lambda: all(here.here().thumbs.has(key) for key in keys)
    yield from settled()
    yield from hands.click(1251, 647)  # the magnifier of the version before the last
    yield lambda: past().changes and past().changes.ready and past().changes.b == second
    from audobon_blender.logic.past import change_pictures
    pictures = [key for _, key, _ in change_pictures(past().changes)]
    yield lambda: all(here.here().thumbs.has(key) for key in pictures)
    yield from settled()
    hands.shot("blender-changes")
    yield from hands.click(1251, 233)  # the arrow of the branch main
    yield lambda: past().plan and past().plan.ready and past().plan.what == "switch"
    yield from settled()
    hands.shot("blender-history")
    x, y = hands.region.x - 300, hands.region.y + 300
    for call, how in (
        (bpy.ops.audobon.version_menu, {"before": first, "scene": True}),
        (bpy.ops.audobon.restore_version, {}),
    ):
        hands.window.event_simulate(type="MOUSEMOVE", value="NOTHING", x=x, y=y)
        yield 0.2
        yield from hands.do(call, "INVOKE_DEFAULT", ident=ident, revision=second, **how)
        yield 1.0
        hands.shot("blender-" + call.idname_py().partition(".")[2])
        yield from hands.press("ESC")
        yield 0.3
    cube().location.y = 1
    yield from hands.do(bpy.ops.ed.undo_push, message="moved")
    yield from settled()
    hands.shot("blender-branches")
    dirty = bpy.data.is_dirty
    try:
        bpy.ops.audobon.switch_branch(name="main")
        refused = ""
    except RuntimeError as error:
        refused = str(error)
    bpy.ops.audobon.switch_branch(name="main", unsaved="save")
    yield lambda: cube().location.z == 0 and not bpy.data.is_dirty
    yield lambda: document() and past().points
    saved = past().points[0].id
    # An object of the old version, with a click's own step of undo.
    bpy.ops.audobon.look_at_version(ident=ident, revision=first)
    yield lambda: past().old and past().old.ready
    hands.find_view()
    yield from hands.do(bpy.ops.ed.undo_push, message="before")
    known = len(bpy.data.objects)
    from audobon_blender.host import kit
    yield from hands.do(kit.call, "use_old_part", kind="objects", name="Cube")
    counts = [len(bpy.data.objects) - known]
    yield 1.0
    yield from hands.do(bpy.ops.ed.undo)
    counts.append(len(bpy.data.objects) - known)
    # The same object is moved on both branches; which is right is asked for that object.
    cube().location.x = 2
    yield from version("Aside by day")
    bpy.ops.audobon.plan_branch(what="merge", name="night")
    yield lambda: past().plan and past().plan.ready
    bpy.ops.audobon.merge_branch(name="night")
    yield lambda: past().merge
    bpy.ops.audobon.forget_changes()
    bpy.ops.audobon.forget_version()
    conflict = past().merge.conflicts[0]
    sides = [conflict.contents[side].digest for side in ("ours", "theirs")]
    yield lambda: all(here.here().thumbs.has(key) for key in sides)
    hands.find_view()
    yield from settled()
    hands.shot("blender-merge")
    yield from hands.click(1194, 236)  # Theirs
    yield lambda: past().merge is None and list(cube().location) == [1, 0, 1.5]
    merged = list(cube().location)
    # A Blender of its own shows the first version; this one stays as it is.
    started = []
    from audobon_blender.host import opened as host
    begin = host.start_blender
    host.start_blender = lambda path: started.append((begin(path), path))
    bpy.ops.audobon.open_version(ident=ident, revision=first, own=True)
    yield lambda: started
    import os, signal
    from pathlib import Path
    command = Path("/proc", str(started[0][0]), "cmdline")
    yield lambda: started[0][1].encode() in command.read_bytes()
    os.kill(started[0][0], signal.SIGKILL)
    bpy.ops.audobon.go_back(point=saved)
    yield lambda: list(cube().location) == [1, 1, 1.5]
    slow = sorted(here.here().times)
    return {"dirty": dirty, "refused": refused, "counts": counts, "merged": merged,
            "pictures": len(pictures), "part": conflict.parts[0].name,
            "own": os.path.basename(started[0][1]),
            "errors": errors.getvalue(),
            "branch": [one.name for one in past().branches if one.current],
            "ms": [round(each * 1000, 1) for each in (slow[len(slow) // 2], *slow[-12:])]}
"""


def test_history_with_a_window(
    in_window: Callable[[str], Any],  # noqa: F811
    folder: Path,
    tmp_path: Path,
) -> None:
    data = tmp_path / "blender-home" / ".local" / "share" / "audobon"
    data.mkdir(parents=True)
    (data / "worker-environment.json").write_text(json.dumps({"python": sys.executable}), "utf-8")
    told = in_window(_WINDOW)
    print(f"our calls in the main thread, the median and the longest: {told['ms']} ms")
    assert "Traceback" not in told["errors"]
    assert told["dirty"]
    assert "has changes that are not saved" in told["refused"]
    assert told["counts"] == [1, 0], "it is one step of undo"
    assert told["pictures"] == 3, "before, after, and where they differ"
    assert told["part"] == "Cube"
    assert told["merged"] == [1, 0, 1.5]
    assert told["own"].startswith("table ")
    assert told["branch"] == ["night"], "the point was kept there"
