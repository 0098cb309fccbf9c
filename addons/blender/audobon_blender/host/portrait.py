# SPDX-License-Identifier: GPL-3.0-or-later
"""Run in a Blender of its own: make the file of a new asset, with a picture of it inside.

Called as a script with one argument of JSON: ``source`` is the file to read,
``target`` the one to write, in the folder where it will stay, because paths
are written relative to that; ``list`` and ``block`` say what in it is the
asset, ``list`` being ``file`` for all of it; ``name`` is what it is to be
called, ``meta`` what is told of it; ``pixels`` is where the picture goes as
raw RGBA from bottom to top, ``size`` its side; ``told`` where a note in JSON
goes that says what went wrong. Scripts inside the file are not run. Cycles,
because it needs no display and no graphics card.

The target is written twice, without the picture and with it: so a scene that
takes for ever to be rendered is kept all the same.
"""

import importlib.util
import json
import os
import sys
from pathlib import Path
from typing import Any

import bpy

_META = ("description", "author", "license", "copyright", "catalog_id")
_FILES = ("images", "sounds", "fonts", "movieclips", "volumes", "cache_files", "libraries")


def main(job: dict[str, Any]) -> None:
    """Do the whole of it; what cannot be done at all is raised."""
    stage = _module("host/stage.py")
    told: dict[str, Any] = {"picture": "", "missing": [], "links": []}
    block = _begin(job)
    _write(block, job, told)
    try:
        made = stage.picture(block, job["list"], job["size"], _module("logic/sketch.py"))
    except Exception as error:  # noqa: BLE001  # an asset without a picture is an asset
        made, told["picture"] = None, f"{type(error).__name__}: {error}"
    if made is None:
        told["picture"] = told["picture"] or "there is nothing to be seen in it"
    else:
        if _by_saving(job):
            block = _begin(job)  # without the camera, the lights and the settings of the picture
        if block is not None:
            _give_preview(block, job["size"], made)
        with open(job["pixels"], "wb") as stream:
            stream.write(bytes(round(min(1.0, max(0.0, value)) * 255) for value in made))
        _write(block, job, told)
    Path(job["told"]).write_text(json.dumps(told), "utf-8")


def _begin(job: dict[str, Any]) -> Any:
    """The asset as it is to be written."""
    block = _open_file(job) if job["list"] == "file" else _take(job)
    _describe(block, job)
    if job["pack"]:
        _pack()
    return block


def _by_saving(job: dict[str, Any]) -> bool:
    """Whether the file is written as a whole; 5.0 loses the previews of collections otherwise."""
    lossy = (5, 0) <= tuple(bpy.app.version) < (5, 2)
    return bool(job["list"] == "file" or (lossy and job["list"] == "collections"))


def _module(name: str) -> Any:
    """A module of the add-on that needs nothing else of it."""
    path = Path(__file__).resolve().parents[1] / name
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _take(job: dict[str, Any]) -> Any:
    """The one thing that is the asset; what comes along with it is none."""
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    with bpy.data.libraries.load(job["source"], link=False) as (_, here):
        setattr(here, job["list"], [job["block"]])
    [block] = getattr(here, job["list"])
    for each in bpy.data.user_map():
        if each is not block and each.asset_data is not None and each.library is None:
            each.asset_clear()
    if block.asset_data is None:
        block.asset_mark()
    block.name = job["name"]
    block.use_fake_user = True
    return block


def _open_file(job: dict[str, Any]) -> Any:
    """Open the file; a collection that holds all of it and is the asset, unless others are."""
    bpy.ops.wm.open_mainfile(filepath=job["source"], load_ui=False, use_scripts=False)
    marked = [each for each in bpy.data.user_map() if each.asset_data is not None]
    inside = bpy.context.scene.collection
    if any(each.library is None for each in marked) or not inside.all_objects:
        return None
    holder = bpy.data.collections.new(job["name"])
    for child in inside.children:
        holder.children.link(child)
    for each in inside.objects:
        holder.objects.link(each)
    holder.asset_mark()
    holder.use_fake_user = True
    return holder


def _describe(block: Any, job: dict[str, Any]) -> None:
    if block is None:
        return
    data = block.asset_data
    for name in _META:
        value = job["meta"].get(name)
        if value and hasattr(data, name):  # older Blenders know fewer
            setattr(data, name, value)
    for tag in job["meta"].get("tags", ()):
        data.tags.new(tag, skip_if_exists=True)


def _pack() -> None:
    try:
        bpy.ops.file.pack_all()
    except RuntimeError:
        return  # files that are missing; all others are packed, and those are told


def _write(block: Any, job: dict[str, Any], told: dict[str, Any]) -> None:
    """Write the target; it appears whole."""
    told["missing"], told["links"] = _lacking(), [each.filepath for each in _linked()]
    part = f"{job['target']}.new"
    if _by_saving(job):
        bpy.ops.wm.save_as_mainfile(filepath=part, copy=True, compress=False, relative_remap=True)
    else:
        bpy.data.libraries.write(part, {block}, path_remap="RELATIVE_ALL", compress=False)
    os.replace(part, job["target"])


def _linked() -> list[Any]:
    """Other files of which something is used; appending leaves entries without any."""
    return [each for each in bpy.data.libraries if each.users_id]


def _lacking() -> list[str]:
    """Files that it uses and that are not there."""
    paths = []
    for name in _FILES:
        for each in _linked() if name == "libraries" else getattr(bpy.data, name):
            path = each.filepath
            inner = getattr(each, "packed_file", None) is not None
            drawn = getattr(each, "source", "FILE") not in {"FILE", "SEQUENCE", "MOVIE", "TILED"}
            if not path or inner or drawn or path == "<builtin>" or "<UDIM>" in path:
                continue
            if not os.path.exists(bpy.path.abspath(path, library=each.library)):
                paths.append(path)
    return paths


def _give_preview(block: Any, size: int, pixels: list[float]) -> None:
    preview = block.preview_ensure()
    if preview is not None:
        preview.image_size = (size, size)
        preview.image_pixels_float.foreach_set(pixels)


if __name__ == "__main__":
    main(json.loads(sys.argv[-1]))
