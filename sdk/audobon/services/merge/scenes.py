"""The parts of scenes, told by a worker: a .blend file is a stranger's and may be large."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from audobon.codec.plain import from_plain, to_plain
from audobon.formats.blend_parts import Key, Scene
from audobon.formats.examine import examined
from audobon.model.job import Limits
from audobon.model.parts import Part
from audobon.model.scenecheck import SceneCheck, SceneOffer
from audobon.services.core.stores import Stores
from audobon.services.files.linkedscenes import with_linked

__all__ = [
    "SCENE_LIMITS",
    "check_scene",
    "read_scene_file",
    "scene_of",
    "scene_offers",
    "scene_parts",
]

SCENE_LIMITS = Limits(memory=2 << 30, cpu_s=600.0, wall_s=1200.0, file=1 << 20)
"""A scene of a million blocks takes some 500 MB; 10 GB of meshes are read twice in two minutes."""


def scene_parts(stores: Stores, path: Path) -> tuple[Part, ...]:
    """What is in the .blend file at ``path``. BadFile, LimitExceeded, Unsupported."""
    return scene_of(stores, path).parts


def check_scene(
    stores: Stores, path: str, *, cancel: Callable[[], bool] | None = None
) -> SceneCheck:
    """What ``formats.blend_scripts`` finds in a scene and in the files that it is linked to.

    BadFile, LimitExceeded, Unsupported for the scene itself. Linked files are
    followed eight deep and up to 64 of them; each is read once, one that is
    missing or cannot be read is a finding.
    """

    def read(file: str) -> SceneCheck:
        payload = {"path": os.path.abspath(file)}
        found = stores.executor.run("scene_check", payload, limits=SCENE_LIMITS, cancel=cancel)
        return from_plain(found, SceneCheck)

    return with_linked(path, read)


def scene_offers(
    stores: Stores, path: str, *, boxes: bool = False, cancel: Callable[[], bool] | None = None
) -> tuple[SceneOffer, ...]:
    """What ``services.merge.sceneboxes`` lists. BadFile, LimitExceeded; Unsupported."""
    payload = {"path": os.path.abspath(path), "boxes": boxes}
    found = stores.executor.run("scene_offers", payload, limits=SCENE_LIMITS, cancel=cancel)
    return from_plain(found, tuple[SceneOffer, ...])


def scene_of(
    stores: Stores,
    path: Path,
    renamed: Mapping[Key, str] | None = None,
    *,
    cancel: Callable[[], bool] | None = None,
) -> Scene:
    """All that ``formats.blend_parts`` tells of a file; ``renamed`` as there."""
    names = [[*key, name] for key, name in (renamed or {}).items()]
    payload = {"path": os.path.abspath(path), "renamed": names}
    return _unpack(stores.executor.run("scene", payload, limits=SCENE_LIMITS, cancel=cancel))


def read_scene_file(path: str, renamed: Iterable[Iterable[str]]) -> dict[str, Any]:
    """The task of the worker: a :class:`Scene` as plain data, parts named by number."""
    from audobon.formats.blend_parts import read_scene

    names = {(kind, name): new for kind, name, new in renamed}
    scene = examined(path, "blend", lambda source: read_scene(source, names))
    keys: dict[Key, int] = {}

    def number(key: Key) -> int:
        return keys.setdefault(key, len(keys))

    def edges(table: Mapping[Key, tuple[Key, ...]]) -> list[list[int]]:
        return [[number(key), *map(number, others)] for key, others in table.items()]

    return {
        "parts": to_plain(scene.parts),
        "version": scene.version,
        "layout": scene.layout,
        "compression": scene.compression,
        "uses": edges(scene.uses),
        "within": edges(scene.within),
        "keys": [list(key) for key in keys],
    }


def _unpack(data: Mapping[str, Any]) -> Scene:
    keys = [(kind, name) for kind, name in data["keys"]]

    def table(rows: Iterable[list[int]]) -> dict[Key, tuple[Key, ...]]:
        return {keys[row[0]]: tuple(keys[other] for other in row[1:]) for row in rows}

    return Scene(
        from_plain(data["parts"], tuple[Part, ...]),
        data["version"],
        data["layout"],
        data["compression"],
        table(data["uses"]),
        table(data["within"]),
    )
