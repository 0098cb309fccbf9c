"""Where other programs usually lie, by platform."""

from __future__ import annotations

import glob
import shutil
import sys
from pathlib import Path

__all__ = ["find_blenders"]

_PLACES = {
    "win32": (r"C:\Program Files\Blender Foundation\Blender *\blender.exe",),
    "darwin": (
        "/Applications/Blender*.app/Contents/MacOS/Blender",
        "~/Applications/Blender*.app/Contents/MacOS/Blender",
    ),
}
_ELSEWHERE = (
    "/usr/bin/blender",
    "/usr/local/bin/blender",
    "/snap/bin/blender",
    "/opt/blender*/blender",
    "~/blender*/blender",
)


def find_blenders() -> list[str]:
    """Programs that are called Blender: the one on PATH, then usual places, newest names first."""
    found = [path] if (path := shutil.which("blender")) else []
    for place in _PLACES.get(sys.platform, _ELSEWHERE):
        found += sorted(glob.glob(str(Path(place).expanduser())), reverse=True)
    return list(dict.fromkeys(found))
