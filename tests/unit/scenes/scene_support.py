"""Scenes of a few objects, read and merged in this process or by a worker."""

from __future__ import annotations

from pathlib import Path

from audobon.formats.blend_parts import Key, Scene, read_scene
from audobon.formats.examine import examined
from audobon.testing.scene_file import SceneObject, SceneSpec

ROOM = SceneSpec(
    objects={
        "Table": SceneObject("Table", (0.0, 0.0, 1.0)),
        "Cup": SceneObject("Cup", (0.5, 0.0, 2.0), parent="Table", modifiers=2),
        "Lamp": SceneObject("Lamp", (3.0, 0.0, 0.0), collections=("Props", "")),
        "Book": SceneObject("Book", collections=("Props",)),
    },
    meshes={
        "Table": (40, ("Wood",)),
        "Cup": (120, ("Clay", "Wood")),
        "Lamp": (30, ()),
        "Book": (8, ("Paper",)),
    },
    materials={"Wood": (0.5, 0.3, 0.1), "Clay": (0.7, 0.2, 0.1), "Paper": (1.0, 1.0, 0.9)},
    collections={"Collection": "", "Props": "Collection"},
    shaped=("Cup",),
)


def write(folder: Path, name: str, data: bytes) -> Path:
    path = folder / f"{name}.blend"
    path.write_bytes(data)
    return path


def scene(path: Path, renamed: dict[Key, str] | None = None) -> Scene:
    return examined(str(path), "blend", lambda source: read_scene(source, renamed))


def digests(found: Scene) -> dict[Key, str]:
    return {(part.kind, part.name): part.digest for part in found.parts}
