# SPDX-License-Identifier: GPL-3.0-or-later
"""Data of other .blend files in the open one: linked, or copied in one of three ways."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import bpy

from ..logic.using import LINK, PACK, REUSE, Pick

__all__ = ["bring"]

_SINGLE = {
    *("objects", "collections", "scenes", "libraries", "screens", "workspaces"),
    *("window_managers", "texts"),
}
# Lists of bpy.data whose members stand for themselves: each copy has its own.
_ORIGIN = "audobon_origin"


def bring(path: str, pick: Pick, how: str) -> tuple[list[Any], list[str]]:
    """What is picked, as data of the open file, and the names of files that could not be packed.

    OSError when the file cannot be read. Objects and collections belong to no
    scene yet. With ``REUSE`` their meshes, materials, pictures and the like
    are those that came from there before, with whatever was changed in them
    since; with ``PACK`` the pictures, sounds and fonts that came along lie in
    the open file.
    """
    before = _all() if how in (REUSE, PACK) else {}
    # Noted now: Blender keeps for each thing of a file only which copy is the newest.
    older = _origins(before) if how == REUSE else {}
    with bpy.data.libraries.load(path, link=how == LINK, relative=bool(bpy.data.filepath)) as (
        there,
        here,
    ):
        known = set(getattr(there, pick.kind))
        setattr(here, pick.kind, [name for name in pick.names if name in known])
    found = [one for one in getattr(here, pick.kind) if one is not None]
    missing = []
    if how == REUSE:
        found = _reuse(found, before, older)
    elif how == PACK:
        missing = _pack(one for key, one in _all().items() if key not in before)
    if how != LINK:
        _clear_marks(found)
    return found, missing


def _lists() -> Iterator[tuple[str, Any]]:
    for one in bpy.data.bl_rna.properties:
        if one.type == "COLLECTION" and one.identifier not in _SINGLE:
            yield one.identifier, getattr(bpy.data, one.identifier)


def _all() -> dict[int, Any]:
    return {one.as_pointer(): one for _, several in _lists() for one in several}


def _origin(one: Any) -> tuple[str, str] | None:
    """The file and the name that a copy has come from, as Blender or we note it in the copy."""
    weak, noted = one.library_weak_reference, one.get(_ORIGIN)
    if weak is not None:
        return bpy.path.abspath(weak.filepath), weak.id_name
    return None if noted is None else (str(noted["path"]), str(noted["name"]))


def _origins(several: dict[int, Any]) -> dict[tuple[str, str], Any]:
    found: dict[tuple[str, str], Any] = {}
    for one in several.values():
        if one.library is None and (origin := _origin(one)) is not None:
            found.setdefault(origin, one)
    return found


def _reuse(
    found: list[Any], before: dict[int, Any], older: dict[tuple[str, str], Any]
) -> list[Any]:
    """Let what came before stand for what has just come; what was found, after that."""
    twins = {}
    for key, one in _all().items():
        origin = _origin(one) if key not in before and one.library is None else None
        if origin in older:
            twins[key] = (one, older[origin])
    kept = [twins[one.as_pointer()][1] if one.as_pointer() in twins else one for one in found]
    for fresh, old in twins.values():
        fresh.user_remap(old)
        path, name = _origin(fresh) or ("", "")
        old[_ORIGIN] = {"path": path, "name": name}  # Blender's own note has gone to the fresh one
    bpy.data.batch_remove([fresh for fresh, _ in twins.values()])
    return kept


def _pack(fresh: Iterable[Any]) -> list[str]:
    missing = []
    kinds = (bpy.types.Image, bpy.types.Sound, bpy.types.VectorFont)
    for one in fresh:
        wanted = isinstance(one, kinds) and one.library is None and one.packed_file is None
        if not wanted or one.filepath in ("", "<builtin>"):
            continue
        try:
            one.pack()
        except RuntimeError:
            missing.append(bpy.path.basename(one.filepath))
    return missing


def _clear_marks(found: Iterable[Any]) -> None:
    """A copy is no asset: else Blender's own browser would show this file's copy as well."""
    for one in found:
        if one.asset_data is not None:
            one.asset_clear()
