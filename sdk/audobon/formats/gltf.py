"""glTF 2.0 and 1.0: JSON scenes, plain (.gltf) or in one binary file (.glb)."""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from audobon.formats import facts
from audobon.formats.source import Source
from audobon.model.asset import AttributeValue, Facts

__all__ = ["PROBES", "REFERENCES"]

_MAX_FILE = 256 << 20
"""Bytes of a .gltf looked through for its embedded data, which is then left out."""

_MAX_JSON = 8 << 20
_MAX_MEMORY = 40 << 20
"""Bytes of JSON, and of Python objects that it would become, that are taken in; above either the
facts stay partial. The objects are estimated from the number of brackets and commas."""

_MARK = b'"data:'
_DATA_URI = re.compile(rb'"data:[^"]{64,}')

_TRIANGLES, _STRIP, _FAN = 4, 5, 6  # primitive modes

Scene = dict[str, Any]


def _glb_json(source: Source) -> bytes | None:
    """The JSON chunk, None when it is too large to take in."""
    _magic, version, length = struct.unpack("<4sII", source.at(0, 12))
    if version not in (1, 2):
        raise source.bad("its version is unknown")
    if length > source.size or length < 20:
        raise source.bad("it ends too early")
    size, kind = struct.unpack("<I4s", source.at(12, 8))
    if kind not in (b"JSON", b"\0\0\0\0") or 20 + size > length:  # version 1 has a format of 0
        raise source.bad("it does not begin with its scene")
    return source.at(20, size) if size <= _MAX_JSON else None


def _gltf_json(source: Source) -> bytes | None:
    """The text without embedded data, None when it is too large to take in."""
    if source.size > _MAX_FILE:
        return None
    kept = bytearray()
    held = b""  # the end of the last piece, where a mark may begin
    inside = False
    for piece in source.chunks(limit=_MAX_FILE, step=1 << 20):
        data = held + piece
        held = b""
        if inside:
            end = data.find(b'"')
            if end < 0:
                continue
            data = data[end:]
        data = _DATA_URI.sub(_MARK, data)
        # Data that runs on into the next piece: its closing quote is missing in this one.
        last = data.rfind(_MARK)
        inside = last >= 0 and b'"' not in data[last + 1 :]
        if inside:
            data = data[: last + len(_MARK)]
        else:
            data, held = data[: -len(_MARK)], data[-len(_MARK) :]
        kept += data
        if len(kept) > _MAX_JSON:
            return None
    return bytes(kept + held)


def _memory(data: bytes) -> int:
    """Bytes that the parsed document may take: measured sizes of dicts, lists and values."""
    text = len(data) if data.isascii() else 5 * len(data)
    return text + 240 * data.count(b"{") + 80 * data.count(b"[") + 64 * data.count(b",")


def _read(source: Source) -> Scene | None:
    """The scene, None when it is too large to take in. ValueError when it is not JSON."""
    data = _glb_json(source) if source.format == "glb" else _gltf_json(source)
    if data is None or _memory(data) > _MAX_MEMORY:
        return None
    scene = json.loads(data)
    if not isinstance(scene, dict) or not isinstance(scene.get("asset", {}), dict):
        raise source.bad("it is not a glTF scene")
    if not any(key in scene for key in ("asset", "scenes", "meshes", "nodes")):
        raise source.bad("it is not a glTF scene")
    return scene


def _items(scene: Scene, key: str) -> list[Scene]:
    found = scene.get(key, [])
    if isinstance(found, dict):  # version 1: objects by name
        found = list(found.values())
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def _named(scene: Scene, key: str) -> tuple[str, ...]:
    return facts.names(str(item["name"]) for item in _items(scene, key) if item.get("name"))


def _count(value: object) -> int:
    return value if isinstance(value, int) and 0 <= value < 1 << 40 else 0


def _geometry(scene: Scene) -> tuple[int, int]:
    """Triangles and vertices of all meshes, each counted once."""
    accessors = [_count(item.get("count")) for item in _items(scene, "accessors")]

    def elements(index: object) -> int:
        if isinstance(index, int) and 0 <= index < len(accessors):
            return accessors[index]
        return 0

    triangles = vertices = 0
    for mesh in _items(scene, "meshes"):
        for part in _items(mesh, "primitives"):
            attributes = part.get("attributes")
            here = elements(attributes.get("POSITION")) if isinstance(attributes, dict) else 0
            vertices += here
            corners = elements(part["indices"]) if "indices" in part else here
            mode = part.get("mode", _TRIANGLES)
            if mode == _TRIANGLES:
                triangles += corners // 3
            elif mode in (_STRIP, _FAN):
                triangles += max(0, corners - 2)
    return triangles, vertices


def gltf(source: Source) -> Facts:
    """Facts of a glTF scene in either form."""
    scene = source.once(_read)
    if scene is None:
        return facts.make("model", source.format, attributes={"partial": True, "up_axis": "Y"})
    head = scene.get("asset", {})
    triangles, vertices = _geometry(scene)
    found: dict[str, AttributeValue | None] = {
        "file_version": str(head.get("version", "")),
        "creator": str(head.get("generator", "")),
        "triangles": triangles,
        "vertices": vertices,
        "objects": len(_items(scene, "nodes")),
        "bones": sum(len(skin.get("joints") or ()) for skin in _items(scene, "skins")) or None,
        "up_axis": "Y",
    }
    text: list[str] = []
    for key, listed in (
        ("meshes", "mesh_names"),
        ("materials", "material_names"),
        ("nodes", "object_names"),
        ("animations", "action_names"),
        ("images", "image_names"),
        ("scenes", "scene_names"),
        ("textures", ""),
        ("cameras", ""),
    ):
        if key != "nodes":
            found[key] = len(_items(scene, key))
        if listed:
            shown = _named(scene, key)
            found[listed] = shown
            text += shown
    return facts.make("model", source.format, attributes=found, text=text)


def gltf_references(source: Source) -> tuple[str, ...]:
    """The files of buffers, images and shaders, with percent signs resolved."""

    def uris(scene: Scene) -> Iterator[str]:
        for key in ("buffers", "images", "shaders"):
            for item in _items(scene, key):
                uri = item.get("uri")
                if isinstance(uri, str) and uri and not uri.startswith("data:"):
                    yield unquote(uri)

    scene = source.once(_read)
    return () if scene is None else tuple(uris(scene))


PROBES = {"glb": gltf, "gltf": gltf}
REFERENCES = {"glb": gltf_references, "gltf": gltf_references}
