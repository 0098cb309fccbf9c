"""Building the add-ons: Blender's extension and legacy zip, a repository, and Krita's zip.

Equal sources give equal bytes: entries are sorted and carry no time of today.
"""

from __future__ import annotations

import json
import os
import tomllib
import zipfile
from pathlib import Path

from devtools import blenders, wheels
from devtools.env import ensure_dev
from devtools.shell import ROOT, Failed, require, say

__all__ = ["OUT", "build_extension", "build_krita", "build_legacy", "build_repository"]

OUT = ROOT / "out" / "addons"
_BLENDER = ROOT / "addons" / "blender" / "audobon_blender"
_KRITA = ROOT / "addons" / "krita"
_NAME = "audobon_blender"
_WHEN = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can say
_LEGACY_PYTHON = "3.11"
# The only one that a Blender without extensions and with a Python that is new enough embeds.


def _version() -> str:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return str(project["version"])


def _sources(folder: Path = _BLENDER) -> dict[str, bytes]:
    """An add-on's own files, and its licence, by their place in the zip."""
    found = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }
    return {**found, "LICENSE": (ROOT / "addons" / "LICENSE").read_bytes()}


def _write_zip(path: Path, files: dict[str, bytes]) -> None:
    """Whole or not at all: two builds at once, as tests make them, give the same bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    with zipfile.ZipFile(part, "w") as packed:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _WHEN)
            entry.external_attr = (0o40755 << 16 | 0x10) if name.endswith("/") else 0o644 << 16
            # A wheel is packed already.
            stored = name.endswith(".whl")
            entry.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
            packed.writestr(entry, files[name])
    part.replace(path)


def build_extension(
    platforms: tuple[str, ...], *, folder: Path | None = None, version: str | None = None
) -> Path:
    """The extension for Blender 4.2 and newer, with wheels for these platforms; its path.

    Another ``version`` than that of this checkout is for tests of updates.
    """
    version = version or _version()
    files = _sources()
    listed = {path.name: path for platform in platforms for path in wheels.fetch(platform)}
    own = wheels.own_wheel()
    listed[own.name] = own
    manifest = files["blender_manifest.toml"].decode("utf-8")
    head, table, rest = manifest.partition("[permissions]")
    told = {
        "version": version,
        "platforms": list(platforms),
        "wheels": [f"./wheels/{name}" for name in sorted(listed)],
    }
    # JSON's texts and lists are TOML's too.
    lines = "".join(f"{key} = {json.dumps(value, indent=2)}\n" for key, value in told.items())
    files["blender_manifest.toml"] = f"{head}{lines}\n{table}{rest}".encode()
    files |= {f"wheels/{name}": path.read_bytes() for name, path in listed.items()}
    name = f"{_NAME}-{version}-{'-'.join(platforms)}.zip"
    path = (folder or OUT / "repository") / name
    _write_zip(path, files)
    say(f"wrote {os.path.relpath(path, ROOT)}, {path.stat().st_size / 1e6:.1f} MB")
    return path


def build_legacy(platform: str) -> Path:
    """The add-on for a Blender before 4.2, with its libraries unpacked beside it; its path."""
    files = _sources()
    del files["blender_manifest.toml"]
    for wheel in (*wheels.fetch(platform, (_LEGACY_PYTHON,)), wheels.own_wheel()):
        with zipfile.ZipFile(wheel) as brought:
            names = [name for name in brought.namelist() if not name.endswith("/")]
            files |= {f"vendor/{name}": brought.read(name) for name in names}
    path = OUT / "legacy" / f"{_NAME}-{_version()}-legacy-{platform}.zip"
    # By the entry of its folder Blender knows what to remove before it unpacks a newer zip. Without
    # it the libraries that a running Blender has loaded are written over, and that Blender crashes.
    packed = {f"{_NAME}/": b"", **{f"{_NAME}/{name}": data for name, data in files.items()}}
    _write_zip(path, packed)
    say(f"wrote {os.path.relpath(path, ROOT)}, {path.stat().st_size / 1e6:.1f} MB")
    return path


def build_krita(platform: str, pythons: tuple[str, ...] = wheels.KRITA_PYTHONS) -> Path:
    """The plugin for Krita, with unpacked libraries for each of these Pythons; its path.

    Folders have entries of their own: without them Krita's importer finds no plugin.
    """
    name = "audobon_krita"
    files = {f"{name}/{path}": data for path, data in _sources(_KRITA / name).items()}
    for each in (f"{name}.desktop", f"actions/{name}.action"):
        files[each] = (_KRITA / Path(each).name).read_bytes()
    of = {
        python: {one.name: one for one in wheels.fetch(platform, (python,))} for python in pythons
    }
    own = wheels.own_wheel()
    every = set.intersection(*(set(found) for found in of.values()))
    folders = {"common": {own.name: own, **{one: of[pythons[0]][one] for one in every}}}
    for python, found in of.items():
        rest = {one: path for one, path in found.items() if one not in every}
        folders[f"cp{python.replace('.', '')}"] = rest
    for folder, found in folders.items():
        files[f"{name}/lib/{folder}/"] = b""
        for wheel in found.values():
            with zipfile.ZipFile(wheel) as packed:
                names = [one for one in packed.namelist() if not one.endswith("/")]
                files |= {f"{name}/lib/{folder}/{one}": packed.read(one) for one in names}
    for path in list(files):
        parts = path.rstrip("/").split("/")[:-1]
        files |= {"/".join(parts[: n + 1]) + "/": b"" for n in range(len(parts))}
    target = OUT / "krita" / f"{name}-{_version()}-{platform}.zip"
    _write_zip(target, files)
    say(f"wrote {os.path.relpath(target, ROOT)}, {target.stat().st_size / 1e6:.1f} MB")
    return target


def build_repository(tool: Path | None, folder: Path | None = None) -> None:
    """Validate each extension and write the list of them, with Blender's own tool.

    ``tool`` is that of some Blender; by default that of one which tests have installed.
    """
    folder = folder or OUT / "repository"
    found = (ensure_dev(), tool) if tool is not None else blenders.extension_tool()
    if found is None:
        say(
            "not validated, and no repository: no Blender 4.2 or newer is here; name its tool with"
            " --blender-ext .../scripts/addons_core/bl_pkg/cli/blender_ext.py"
        )
        return
    python, script = found
    if not script.exists():
        raise Failed(f"{script} does not exist")
    for path in sorted(folder.glob("*.zip")):
        require([python, script, "validate", path], f"validating {path.name}")
    command: list[str | Path] = [python, script, "server-generate", "--repo-dir", folder]
    require([*command, "--html"], "writing the repository")
