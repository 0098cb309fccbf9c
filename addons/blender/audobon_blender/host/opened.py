# SPDX-License-Identifier: GPL-3.0-or-later
"""The open file: whether it is saved, what it is linked to, and when it is saved or replaced."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
from bpy.app.handlers import persistent

from ..logic import past

__all__ = [
    "attach",
    "block_counts",
    "detach",
    "is_dirty",
    "linked_files",
    "open_page",
    "own_program",
    "reload",
    "repair_paths",
    "start_blender",
    "update_linked",
]

_called: dict[str, Callable[[], None]] = {}


def _saved(*_: Any) -> None:
    if (call := _called.get("saved")) is not None:
        call()


def _loaded(*_: Any) -> None:
    if (call := _called.get("loaded")) is not None:
        call()


def attach(saved: Callable[[], None], loaded: Callable[[], None]) -> None:
    """Have these called after the open file was saved, and after another one was opened."""
    _called.update(saved=saved, loaded=loaded)
    # Others are dropped by Blender when another file is opened.
    bpy.app.handlers.save_post.append(persistent(_saved))
    bpy.app.handlers.load_post.append(persistent(_loaded))


def detach() -> None:
    _called.clear()
    for handlers, ours in (
        (bpy.app.handlers.save_post, _saved),
        (bpy.app.handlers.load_post, _loaded),
    ):
        if ours in handlers:
            handlers.remove(ours)


def is_dirty() -> bool:
    """Whether the open file has changes that are not saved.

    Without a window Blender says yes too often: also when all is saved.
    """
    return bool(bpy.data.is_dirty)


def reload() -> None:
    """Open the file again as it is on the disk; what is not saved is lost."""
    bpy.ops.wm.open_mainfile(filepath=bpy.data.filepath, display_file_selector=False)


def linked_files() -> tuple[str, ...]:
    """Absolute paths of the files that the open one is linked to directly or through others."""
    found = (bpy.path.abspath(each.filepath) for each in bpy.data.libraries)
    return tuple(dict.fromkeys(os.path.normpath(path) for path in found if path))


def update_linked(path: str, target: str) -> int:
    """Read a linked file again, from ``target`` from now on; how many libraries that were."""
    done = 0
    for library in list(bpy.data.libraries):
        here = bpy.path.abspath(library.filepath)
        if os.path.normpath(here) != path or getattr(library, "packed_file", None) is not None:
            continue
        if path != target:
            relative = library.filepath.startswith("//") and bool(bpy.data.filepath)
            library.filepath = bpy.path.relpath(target) if relative else target
        library.reload()
        done += 1
    return done


def block_counts() -> dict[str, set[str]]:
    """The names of everything with a path of its own, by list of ``bpy.data``."""
    return {kind: {each.name for each in getattr(bpy.data, kind)} for kind in _PATHED}


_PATHED = ("images", "sounds", "fonts", "movieclips", "volumes", "cache_files")


def repair_paths(known: dict[str, set[str]], aside: str, home: str) -> int:
    """Let what has come from a scene in ``aside`` name its files as from ``home``; how many."""
    done = 0
    for kind in _PATHED:
        for each in getattr(bpy.data, kind):
            if each.name in known[kind] or not each.filepath or each.library is not None:
                continue
            path = os.path.normpath(bpy.path.abspath(each.filepath))
            there = past.moved_path(path, aside, home)
            if there != path:
                each.filepath = bpy.path.relpath(there) if bpy.data.filepath else there
                done += 1
    return done


def open_page(path: str) -> None:
    """Show a file in the browser of the system."""
    bpy.ops.wm.url_open(url=Path(path).as_uri())


def own_program() -> str:
    """The Blender that runs, empty where it is a module of Python."""
    return str(bpy.app.binary_path)


def start_blender(path: str) -> int:
    """Open a file in a Blender of its own, which outlives this one; the number of its process."""
    process = subprocess.Popen(
        [own_program(), path],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    return process.pid
