# SPDX-License-Identifier: GPL-3.0-or-later
"""Run in a Blender of its own: small pictures of files, where no worker has decoders.

Called as a script with one argument of JSON: ``files`` are pairs of a path and
a kind, ``to`` is the file for the pixels (floats, rows from the bottom up, one
picture behind the other), ``sizes`` the one for their sizes in JSON, null
where a file cannot be shown. What Blender itself makes for its file browser.
"""

import array
import json
import sys
from pathlib import Path
from typing import Any

import bpy.utils.previews

_LOADERS = {"image": "IMAGE", "blend": "BLEND", "video": "MOVIE"}


def main(job: dict[str, Any]) -> None:
    """Do the whole of it; what is wrong is raised."""
    found = bpy.utils.previews.new()
    with open(job["to"], "wb") as stream:
        sizes = [_write(found, stream, path, kind) for path, kind in job["files"]]
    Path(job["sizes"]).write_text(json.dumps(sizes), "utf-8")
    bpy.utils.previews.remove(found)


def _write(found: Any, stream: Any, path: str, kind: str) -> list[int] | None:
    if kind not in _LOADERS or not Path(path).is_file():
        return None
    preview = found.load(path, path, _LOADERS[kind])
    width, height = preview.image_size
    if not width or not height:
        return None
    values = array.array("f", bytes(16 * width * height))
    preview.image_pixels_float.foreach_get(values)
    del found[path]
    if not any(values):
        return None  # Blender tells of what it cannot read by an empty picture
    values.tofile(stream)
    return [width, height]


main(json.loads(sys.argv[-1]))
