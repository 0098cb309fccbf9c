"""The add-on's zips for every platform, built here: each holds all that its Blender will need.

Nothing of another system runs here. What decides there is read instead: the tags of the wheels, and
what they require of each other with the markers of that system.
"""

from __future__ import annotations

import email
import io
import json
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.tags import Tag, compatible_tags, cpython_tags, mac_platforms
from packaging.utils import canonicalize_name, parse_wheel_filename

pytestmark = [pytest.mark.hosts, pytest.mark.xdist_group("blender")]

ROOT = Path(__file__).resolve().parents[2]
PYTHONS = ((3, 11), (3, 13), (3, 14))

# The markers of a system, and the platforms whose wheels it loads, as ``packaging`` names them.
_SYSTEMS: dict[str, tuple[dict[str, str], tuple[str, ...]]] = {
    "linux-x64": (
        {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"},
        (*(f"manylinux_2_{minor}_x86_64" for minor in range(28, 4, -1)), "manylinux2014_x86_64"),
    ),
    "windows-x64": (
        {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt"},
        ("win_amd64",),
    ),
    "macos-arm64": (
        {"sys_platform": "darwin", "platform_system": "Darwin", "os_name": "posix"},
        tuple(mac_platforms((11, 0), "arm64")),
    ),
    "macos-x64": (
        {"sys_platform": "darwin", "platform_system": "Darwin", "os_name": "posix"},
        (*mac_platforms((10, 15), "x86_64"), "macosx_11_0_x86_64"),
    ),
}
_MACHINES = {"linux-x64": "x86_64", "windows-x64": "AMD64", "macos-arm64": "arm64"}
# The command line's, and that of watchfiles' part for asyncio; no host imports them.
_NOT_EMBEDDED = {"click", "rich", "anyio"}


def _devtools() -> Any:
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        from devtools import addons

        return addons
    finally:
        sys.path.remove(str(ROOT / "tools"))


@pytest.fixture(scope="session")
def zips(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The extension's zip for each platform, in the folder of one repository."""
    folder = tmp_path_factory.mktemp("repository")
    addons = _devtools()
    made = {name: addons.build_extension((name,), folder=folder) for name in _SYSTEMS}
    assert set(made) == set(addons.wheels.PLATFORMS)
    return made


def _wheels(packed: zipfile.ZipFile) -> dict[str, bytes]:
    found = [name for name in packed.namelist() if name.endswith(".whl")]
    return {name.removeprefix("wheels/"): packed.read(name) for name in found}


def _tags(platform: str, python: tuple[int, int]) -> set[Tag]:
    names = _SYSTEMS[platform][1]
    own = f"cp{python[0]}{python[1]}"
    plain = compatible_tags(python, interpreter=own, platforms=names)
    return {*cpython_tags(python, abis=[own], platforms=names), *plain}


def _requirements(wheel: bytes) -> Iterator[Requirement]:
    with zipfile.ZipFile(io.BytesIO(wheel)) as packed:
        name = next(name for name in packed.namelist() if name.endswith(".dist-info/METADATA"))
        for line in email.message_from_bytes(packed.read(name)).get_all("Requires-Dist") or ():
            yield Requirement(line)


@pytest.mark.parametrize("platform", list(_SYSTEMS))
def test_a_blender_zip_holds_every_wheel_that_its_system_needs(
    platform: str, zips: dict[str, Path]
) -> None:
    with zipfile.ZipFile(zips[platform]) as packed:
        manifest = tomllib.loads(packed.read("blender_manifest.toml").decode("utf-8"))
        wheels = _wheels(packed)
    assert manifest["platforms"] == [platform]
    assert sorted(manifest["wheels"]) == sorted(f"./wheels/{name}" for name in wheels)
    used: set[str] = set()
    for python in PYTHONS:
        fitting = {
            parsed[0]: (name, parsed[1])
            for name in wheels
            if (parsed := parse_wheel_filename(name))[3] & _tags(platform, python)
        }
        used |= {name for name, _ in fitting.values()}
        markers = _SYSTEMS[platform][0] | {
            "platform_machine": _MACHINES.get(platform, "x86_64"),
            "python_version": ".".join(map(str, python)),
            "python_full_version": f"{python[0]}.{python[1]}.0",
            "implementation_name": "cpython",
            "platform_python_implementation": "CPython",
            "extra": "",
        }
        for name, _ in fitting.values():
            for wanted in _requirements(wheels[name]):
                needed = wanted.marker is None or wanted.marker.evaluate(markers)
                if not needed or canonicalize_name(wanted.name) in _NOT_EMBEDDED:
                    continue
                there = fitting.get(canonicalize_name(wanted.name))
                assert there is not None, f"{name} needs {wanted} in Python {python}"
                assert wanted.specifier.contains(there[1]), f"{name} needs {wanted}, not {there}"
        assert "audobon" in fitting
    assert used == set(wheels), "a wheel that no Blender of this system can load"


def test_the_blender_repository_offers_each_platform_its_zip(zips: dict[str, Path]) -> None:
    addons = _devtools()
    folder = next(iter(zips.values())).parent
    addons.build_repository(None, folder)  # has Blender's own tool look at each zip first
    listed = json.loads((folder / "index.json").read_text("utf-8"))["data"]
    offered = {tuple(each["platforms"]): each["archive_url"] for each in listed}
    assert offered == {(name,): f"./{path.name}" for name, path in zips.items()}
    assert {each["id"] for each in listed} == {"audobon_blender"}
    assert all(each["python_versions"] == ["3.11", "3.13", "3.14"] for each in listed)
