"""Blender as a module of Python, in which the extension is installed and used by tests.

Its wheels are no part of the locks: 0.9 GB each, for one Python each, and in
no environment of ours. The version is fixed here.
"""

from __future__ import annotations

import json
from pathlib import Path

from devtools.env import CACHE, python_in
from devtools.pythons import find_python
from devtools.shell import Failed, require, say

__all__ = ["DEFAULT", "KNOWN", "LIST", "ensure_blenders", "extension_tool"]

KNOWN = {
    "4.2": ("3.11", "bpy==4.2.13"),
    "4.5": ("3.11", "bpy==4.5.15"),
    "5.0": ("3.11", "bpy==5.0.1"),
    "5.2": ("3.13", "bpy==5.2.3"),
}
"""The Blenders that can be asked for: the Python each needs, and what is installed.

Of 4.2 it is the oldest that the manifest names; 4.2.0 unpacks the wheels of any Python.
"""

DEFAULT = ("4.5", "5.2")
"""One for each Python that Blender embeds; the others cost a gigabyte and half a minute each."""

LIST = CACHE / "blenders.json"


def _venv(version: str) -> Path:
    return CACHE / f"bpy{version.replace('.', '')}"


def ensure_blenders(versions: tuple[str, ...]) -> Path:
    """Make an environment for each of these Blenders; the file that tells tests where they are."""
    made = {version: str(_ensure(version)) for version in versions}
    LIST.parent.mkdir(exist_ok=True)
    LIST.write_text(json.dumps(made, indent=1), "utf-8")
    return LIST


def _ensure(version: str) -> Path:
    python, requirement = KNOWN[version]
    venv = _venv(version)
    stamp = venv / "audobon-stamp.txt"
    if stamp.exists() and stamp.read_text("utf-8") == requirement:
        return python_in(venv)
    found = find_python(python)
    if found is None:
        raise Failed(f"Blender {version} needs Python {python}, which is not found")
    say(f"installing {requirement} into {venv.name} (0.9 GB)")
    require([found[0], "-m", "venv", "--clear", venv], f"making {venv.name}")
    pip: list[str | Path] = [python_in(venv), "-m", "pip", "--disable-pip-version-check", "-q"]
    require([*pip, "install", requirement], f"installing {requirement}")
    stamp.write_text(requirement, "utf-8")
    return python_in(venv)


def extension_tool() -> tuple[Path, Path] | None:
    """A Python and Blender's own tool for extensions, of the newest Blender that was made here."""
    place = "lib/python*/site-packages/bpy/*/scripts/addons_core/bl_pkg/cli/blender_ext.py"
    for version in sorted(KNOWN, reverse=True):
        for found in _venv(version).glob(place):
            return python_in(_venv(version)), found
    return None
