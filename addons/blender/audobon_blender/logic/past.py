# SPDX-License-Identifier: GPL-3.0-or-later
"""How history is said in the panel, and what of it is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .using import Contents, contents_of

if TYPE_CHECKING:
    from audobon.panel.past import (
        VERSIONS,
        change_pictures,
        choices,
        conflict_text,
        covers,
        distance_text,
        field_lines,
        foreign_lock,
        linked_text,
        moved_path,
        newer_own,
        newer_text,
        part_text,
        pictured,
        plan_lines,
        remove_lines,
        summary,
        take_label,
        version_picture,
    )
    from audobon.session.past import OldVersion
    from audobon.session.state import Inside

__all__ = [
    "VERSIONS",
    "change_pictures",
    "choices",
    "conflict_text",
    "contents_in",
    "covers",
    "distance_text",
    "field_lines",
    "foreign_lock",
    "inside_of",
    "linked_text",
    "moved_path",
    "newer_own",
    "newer_text",
    "old_key",
    "part_icon",
    "part_text",
    "pictured",
    "plan_lines",
    "remove_lines",
    "summary",
    "take_label",
    "version_picture",
]

_PART_ICONS = {
    "object": "OBJECT_DATA",
    "mesh": "MESH_DATA",
    "material": "MATERIAL",
    "node group": "NODETREE",
    "world": "WORLD",
    "light": "LIGHT",
    "camera": "CAMERA_DATA",
    "image": "IMAGE_DATA",
    "collection": "OUTLINER_COLLECTION",
    "scene": "SCENE_DATA",
    "action": "ACTION",
    "armature": "ARMATURE_DATA",
    "curve": "CURVE_DATA",
    "text": "TEXT",
}


def __getattr__(name: str) -> Any:
    """What every host says alike, once somebody asks: the SDK is loaded by then, not at import."""
    if name not in __all__:
        raise AttributeError(name)
    from audobon.panel import past

    return getattr(past, name)


def part_icon(kind: str) -> str:
    return _PART_ICONS.get(kind.removeprefix("linked "), "DOT")


# An old version that was written aside


def old_key(old: OldVersion) -> str:
    """Names a version of an asset among those that the person has said yes to."""
    return f"{old.ident}@{old.revision}"


def inside_of(old: OldVersion | None) -> Inside | None:
    """What was read in it, as of a chosen scene; None while it is being read."""
    from audobon.session.state import Inside

    if old is None or not old.ready:
        return None
    return Inside(old_key(old), old.stamp, old.check, old.offers, old.problem)


def contents_in(old: OldVersion | None) -> Contents | None:
    """What of it can be appended; None where that is not known."""
    inside = inside_of(old)
    return None if inside is None else contents_of(inside, inside.ident, inside.stamp)
