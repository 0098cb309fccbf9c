"""History in the add-on: compared, opened, restored, branched, merged, locked, in real Blenders."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from test_blender_addon import legacy_zip  # noqa: F401  # a fixture
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
    assert locks["holding"] == ""
    saving = told["saving"]
    assert saving["messages"] == ["with a note", "Saved scene.blend"]
    assert "being merged" in saving["problem"]
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
