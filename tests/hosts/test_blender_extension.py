"""The extension in Blenders from PyPI: installed, used, updated, disabled and removed by Blender.

Which ones is asked for with ``tools/dev.py test --hosts --blender 5.2``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sealed_job import expect_sealed
from use_expected import expect_use

from audobon.testing.pictures import write_png

pytestmark = pytest.mark.hosts

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
LIST = "AUDOBON_TEST_BLENDERS"  # names a JSON file: {"4.5": "path of the Python that has it"}
NEWER = "99.0.0"
TIMEOUT_S = 600  # an installation takes 3 s, the whole job 20; a busy machine ten times as long

_SCRIPT = """
import importlib, json, os, sys, sysconfig, threading, time, tomllib
import bpy
sys.path.insert(0, {here!r})
import addon_job, sealed_job, use_job

before = sealed_job.loaded()
zip, folder, repository, result, newer, wheels_of = sys.argv[1:]
bpy.ops.wm.read_factory_settings()
repos = bpy.context.preferences.extensions.repos
repos.new(name="Ours", module="ours", custom_directory=repository)
install = lambda: bpy.ops.extensions.package_install_files(
    filepath=zip, repo="ours", enable_on_install=True)
installed = list(install())
module = "bl_ext.ours.audobon_blender"
told = addon_job.main(module, folder)
use_job.make(folder + " to use")
told["use"] = use_job.main(module, folder + " to use")
told["sealed"] = sealed_job.main(folder + " sealed", before)
import audobon
told["sdk"] = audobon.__file__
told["numpy"] = "numpy" in sys.modules and sys.modules["numpy"].__file__
bpy.ops.preferences.addon_disable(module=module)
told["classes"] = [name for name in dir(bpy.types) if "AUDOBON" in name]
told["threads"] = [thread.name for thread in threading.enumerate()]
told["again"] = list(bpy.ops.preferences.addon_enable(module=module))

def now():
    with open(os.path.join(repository, "audobon_blender", "blender_manifest.toml"), "rb") as stream:
        version = tomllib.load(stream)["version"]
    here = importlib.import_module(module + ".ui.here")
    addon_job.opened(here, folder)
    return [version, here.state().phase, module in bpy.context.preferences.addons]

# The folder that dev.py addons writes, as somebody would put it on a share.
versions = [now()]
index = next(number for number, each in enumerate(repos) if each.module == "ours")
repos[index].use_remote_url = True
repos[index].remote_url = "file://" + newer
told["update"] = list(bpy.ops.extensions.repo_sync(repo_index=index))
bpy.context.preferences.system.use_online_access = True  # Blender asks for it, also for a folder
told["update"] += list(bpy.ops.extensions.package_upgrade_all())
bpy.context.preferences.system.use_online_access = False
told["versions"] = [*versions, now()]
removed = bpy.ops.extensions.package_uninstall(
    repo_directory=repository, pkg_id="audobon_blender")
told["left_threads"] = [thread.name for thread in threading.enumerate()]
told["ends"] = [installed, list(removed)]

# Which wheels Blender would take on each system and with each Python: its own function, told so.
from bl_pkg import bl_extension_ops
with open(wheels_of) as stream:
    offered = json.load(stream)
told["taken"] = {{}}
own = sys.version_info, sysconfig.get_platform
for system, wheels in offered.items():
    for python in ((3, 11, 0), (3, 13, 0), (3, 14, 0)):
        sys.version_info, sysconfig.get_platform = python, lambda: system
        taken = bl_extension_ops._extensions_wheel_filter_for_this_system(wheels)
        told["taken"][f"{{system}} {{python[1]}}"] = sorted(name.split("-")[0] for name in taken)
sys.version_info, sysconfig.get_platform = own
told["left"] = [name for name in os.listdir(repository) if not name.startswith(".")]
with open(result, "w") as stream:
    json.dump(told, stream)
"""


def _blenders() -> dict[str, str]:
    listed = os.environ.get(LIST)
    found: dict[str, str] = json.loads(Path(listed).read_text("utf-8")) if listed else {}
    return found


@pytest.fixture(scope="session")
def extension_zip() -> Path:
    """The zip that ``tools/dev.py addons`` builds for Blender 4.2 and newer."""
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        from devtools import addons

        return addons.build_extension(("linux-x64",))
    finally:
        sys.path.remove(str(ROOT / "tools"))


@pytest.fixture(scope="session")
def newer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The list of a repository that offers a newer version of the extension."""
    folder = tmp_path_factory.mktemp("newer")
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        from devtools import addons

        addons.build_extension(("linux-x64",), folder=folder, version=NEWER)
        addons.build_repository(None, folder)
    finally:
        sys.path.remove(str(ROOT / "tools"))
    return folder / "index.json"


# As ``sysconfig`` names the systems that the zips are for.
_SYSTEMS = {
    "linux-x64": "linux-x86_64",
    "windows-x64": "win-amd64",
    "macos-arm64": "macosx-11.0-arm64",
    "macos-x64": "macosx-10.15-x86_64",
}


def _offered() -> dict[str, list[str]]:
    """The wheels of each platform's zip, by the name of the system."""
    wheels = _wheels()
    own = wheels.own_wheel().name
    return {
        system: [own, *(path.name for path in wheels.fetch(name))]
        for name, system in _SYSTEMS.items()
    }


def _embedded(system: str, python: str) -> set[str]:
    """The packages that a Blender takes out of the zip for its system."""
    platform = next(name for name, told in _SYSTEMS.items() if told == system)
    embedded = _wheels().embedded
    # What only Python 3.11 needs is pure, and the newer ones take it too.
    only = set(embedded(platform, "3.11")) - {"pyzstd"}
    names = {"audobon", *embedded(platform, f"3.{python}"), *only}
    return {name.replace("-", "_") for name in names}


def _wheels() -> Any:
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        from devtools import wheels

        return wheels
    finally:
        sys.path.remove(str(ROOT / "tools"))


def _version(extension: Path) -> str:
    return extension.name.split("-")[1]


@pytest.mark.parametrize("blender_version", sorted(_blenders()))
def test_the_extension_does_its_job(
    blender_version: str, extension_zip: Path, newer: Path, tmp_path: Path
) -> None:
    folder, repository = tmp_path / "Assets", tmp_path / "repository"
    repository.mkdir()
    write_png(folder / "rusty metal.png", 64, 64, color=(150, 80, 40))
    (folder / "readme.txt").write_text("about these assets\n")
    write_png(tmp_path / "Assets to use" / "rusty metal.png", 64, 64, color=(150, 80, 40))
    script, result = tmp_path / "script.py", tmp_path / "result.json"
    wheels_of = tmp_path / "wheels.json"
    wheels_of.write_text(json.dumps(_offered()), "utf-8")
    script.write_text(_SCRIPT.format(here=str(HERE)), "utf-8")
    resources = tmp_path / "resources"
    resources.mkdir()
    done = subprocess.run(
        [
            *(_blenders()[blender_version], script, extension_zip, folder, repository),
            *(result, newer, wheels_of),
        ],
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
    expect_job(told)
    expect_use(told["use"])
    expect_sealed(told["sealed"], tmp_path / "Assets sealed", str(resources))
    # Blender's own copy of the SDK, unpacked from the wheels, and Blender's own numpy.
    assert str(resources) in told["sdk"]
    assert str(resources) not in str(told["numpy"])
    assert told["classes"] == []
    assert not [name for name in told["threads"] if "audobon" in name]
    assert told["again"] == ["FINISHED"]
    assert told["update"] == ["FINISHED", "FINISHED"]
    assert told["versions"] == [[_version(extension_zip), "open", True], [NEWER, "open", True]]
    assert not [name for name in told["left_threads"] if "audobon" in name]
    for asked, taken in told["taken"].items():
        assert {name.replace(".", "_") for name in taken} == _embedded(*asked.split(" ")), asked
    assert told["ends"] == [["FINISHED"], ["FINISHED"]]
    assert told["left"] == []


def expect_job(told: dict[str, Any]) -> None:
    """What ``addon_job`` tells when everything went as it should."""
    assert told["saved"] == "Crate.blend is in the library"  # so its preview was rendered
    assert told["material"] == "Material.blend is in the library"
    assert told["tags"] == ["prop", "wood"]
    assert told["same"]
    assert told["appended"] == [[3.0, 2.0, 1.0]]
    assert told["marked"] == []
    assert told["instance"] == [3.0, 2.0, 1.0]
    assert "Crate.blend" in told["library"]
    assert told["given"]
    assert told["plane"] == [1.0, 0.0, 1.0]
    assert told["plane_image"]
    assert told["empty"] == ["IMAGE", "rusty metal.png"]
    assert told["texture"]
    assert told["world"]
    assert told["messages"] == ["moved", "as it was"]
    assert (told["was"], told["now"]) == (0.0, 7.0)
    assert told["alive"] == "open"
    assert told["opened"] == os.path.join("Saved", "Crate.blend")
    assert told["scripts"] == ["len(bpy.data.objects)"]
    assert told["came"]
    ours, blenders = told["names"]
    assert ours == blenders
    assert "Cube" in ours["objects"][0]
    assert len(told["refused"]) == 3
    assert all("foreign.blend is not brought in" in text for text in told["refused"])
    assert all("1 driver with Python" in text for text in told["refused"])
    assert told["problem"].endswith("is not a library")
    assert told["code"] == 21
    many, count = told["many"], 30
    assert many["closed"] in ([False, "AudobonGrid", True], ["no window"])
    assert many["page"] == 12
    assert many["polls"] == [False, True]
    assert many["edits"] == [count] * 6
    assert many["undone"] == [0] * 6
    assert many["removed"] == [count - 12, count]
    assert many["sets"] == [["Memos", "memo"]]
