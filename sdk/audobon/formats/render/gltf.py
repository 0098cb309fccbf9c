"""glTF 2.0 (.glb, .gltf): positions, indices, node transforms and base colours."""

from __future__ import annotations

import base64
import json
import os
import struct
from typing import Any
from urllib.parse import unquote

import numpy as np

from audobon.formats.render.rendered import bad, too_large, unsupported
from audobon.formats.render.triangles import MAX_TRIANGLES, Soup, indexed

__all__ = ["read"]

_MAX_BYTES = 512 << 20
"""Bytes of the file or of one buffer; models for real-time use stay under 100 MB."""

_MAX_NODES = 100_000
_MAX_DEPTH = 256
_COMPONENTS = {5120: "i1", 5121: "u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
_PACKED = ("KHR_draco_mesh_compression", "EXT_meshopt_compression")


def read(path: str) -> Soup:
    """The default scene, or all meshes where there is none; y is up by the specification."""
    document, chunk = _load(path)
    packed = [name for name in _PACKED if name in document.get("extensionsRequired", ())]
    if packed:
        raise unsupported(path, f"its geometry is packed with {packed[0]}")
    scene = _Scene(path, document, chunk)
    soups = scene.soups()
    if not soups:
        raise unsupported(path, "it has no surface")
    normals = [_normals(each) for each in soups]
    return Soup(
        np.concatenate([each.corners for each in soups]),
        np.concatenate(normals),
        np.concatenate([each.colors for each in soups]),
        "y",
    )


def _normals(soup: Soup) -> Any:
    """Flat normals where a part was thinned out and has no others."""
    if soup.normals is not None:
        return soup.normals
    corners = soup.corners
    face = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    face = face / np.maximum(np.linalg.norm(face, axis=1, keepdims=True), 1e-30)
    return np.repeat(face[:, None], 3, axis=1).astype(np.float32)


def _load(path: str) -> tuple[dict[str, Any], bytes]:
    if os.path.getsize(path) > _MAX_BYTES:
        raise too_large(path, "too many bytes", f"{_MAX_BYTES >> 20} MiB")
    with open(path, "rb") as stream:
        data = stream.read()
    if data[:4] != b"glTF":
        return _object(path, data), b""
    chunks: dict[bytes, bytes] = {}
    at = 12
    while at + 8 <= len(data):
        length, kind = struct.unpack_from("<I4s", data, at)
        if at + 8 + length > len(data):
            raise bad(path, "it ends too early")
        chunks.setdefault(kind, data[at + 8 : at + 8 + length])
        at += 8 + length
    return _object(path, chunks.get(b"JSON", b"")), chunks.get(b"BIN\0", b"")


def _object(path: str, text: bytes) -> dict[str, Any]:
    document = json.loads(text)
    if not isinstance(document, dict):
        raise bad(path, "its JSON is no object")
    return document


class _Scene:
    """Walks the nodes and reads what they name."""

    def __init__(self, path: str, document: dict[str, Any], chunk: bytes) -> None:
        self._path = path
        self._document = document
        self._chunk = chunk
        self._buffers: dict[int, bytes] = {}
        self._total = self._nodes = 0

    def soups(self) -> list[Soup]:
        scenes = self._document.get("scenes") or []
        found: list[Soup] = []
        if scenes:
            for root in scenes[self._document.get("scene", 0)].get("nodes", ()):
                self._walk(root, np.eye(4), found, 0)
        else:
            for mesh in self._document.get("meshes", ()):
                self._mesh(mesh, np.eye(4), found)
        return found

    def _walk(self, index: int, above: Any, found: list[Soup], depth: int) -> None:
        self._nodes += 1
        if self._nodes > _MAX_NODES or depth > _MAX_DEPTH:
            raise too_large(self._path, "too many nodes", f"{_MAX_NODES:,} nodes")
        node = self._document["nodes"][index]
        matrix = above @ _local(node)
        if "mesh" in node:
            self._mesh(self._document["meshes"][node["mesh"]], matrix, found)
        for child in node.get("children", ()):
            self._walk(child, matrix, found, depth + 1)

    def _mesh(self, mesh: dict[str, Any], matrix: Any, found: list[Soup]) -> None:
        for primitive in mesh.get("primitives", ()):
            mode = primitive.get("mode", 4)
            # Instances of one mesh count each: a small file may ask for billions.
            if mode not in (4, 5, 6) or self._total >= MAX_TRIANGLES:
                continue
            soup = self._primitive(primitive, mode, matrix)
            self._total += len(soup.corners)
            found.append(soup)

    def _primitive(self, primitive: dict[str, Any], mode: int, matrix: Any) -> Soup:
        places = self._accessor(primitive["attributes"]["POSITION"], 3).astype(np.float64)
        places = (places @ matrix[:3, :3].T + matrix[:3, 3]).astype(np.float32)
        if "indices" in primitive:
            order = self._accessor(primitive["indices"], 1).ravel().astype(np.int64)
        else:
            order = np.arange(len(places))
        soup = indexed(places, _faces(order, mode), up="y")
        color = np.broadcast_to(self._base_color(primitive), (len(soup.corners), 3))
        return Soup(soup.corners, soup.normals, color, "y")

    def _base_color(self, primitive: dict[str, Any]) -> Any:
        """The material's factor (linear); the neutral grey where a texture would decide."""
        gray = np.array([0.55, 0.55, 0.56], np.float32)
        if "material" not in primitive:
            return gray
        material = self._document["materials"][primitive["material"]]
        look = material.get("pbrMetallicRoughness", {})
        factor = np.array(look.get("baseColorFactor", (1, 1, 1, 1))[:3], np.float32).clip(0, 1)
        # White is the default and says nothing; a little is kept so that black shows its shape.
        return gray if (factor > 0.99).all() else factor * 0.9 + np.float32(0.02)

    def _accessor(self, index: int, width: int) -> Any:
        accessor = self._document["accessors"][index]
        kind = np.dtype(_COMPONENTS[accessor["componentType"]])
        count = accessor["count"]
        if "bufferView" not in accessor:
            return np.zeros((min(count, 3), width), kind)
        view = self._document["bufferViews"][accessor["bufferView"]]
        data = self._buffer(view.get("buffer", 0))
        start = view.get("byteOffset", 0) + accessor.get("byteOffset", 0)
        stride = view.get("byteStride") or kind.itemsize * width
        last = start + stride * (count - 1) + kind.itemsize * width
        if count < 1 or start < 0 or stride < kind.itemsize * width or last > len(data):
            raise bad(self._path, "a part of its geometry lies outside its data")
        return np.ndarray((count, width), kind, data, start, (stride, kind.itemsize))

    def _buffer(self, index: int) -> bytes:
        if index not in self._buffers:
            uri = self._document["buffers"][index].get("uri")
            self._buffers[index] = self._chunk if uri is None else self._outside(uri)
        return self._buffers[index]

    def _outside(self, uri: str) -> bytes:
        """A data URI, or a file in the folder of this one; nothing else is opened."""
        if uri.startswith("data:"):
            return base64.b64decode(uri.partition(",")[2])
        name = unquote(uri)
        folder = os.path.realpath(os.path.dirname(os.path.abspath(self._path)))
        target = os.path.realpath(os.path.join(folder, name))
        inside = os.path.commonpath([folder, target]) == folder if ":" not in name else False
        if not inside or not os.path.isfile(target):
            raise unsupported(self._path, "its data lies in a file that is not beside it")
        if os.path.getsize(target) > _MAX_BYTES:
            raise too_large(self._path, "too many bytes", f"{_MAX_BYTES >> 20} MiB")
        with open(target, "rb") as stream:
            return stream.read()


def _faces(order: Any, mode: int) -> Any:
    """Triangles of a list (4), a strip (5) or a fan (6)."""
    if mode == 4:
        return order[: len(order) // 3 * 3].reshape(-1, 3)
    count = max(len(order) - 2, 0)
    if mode == 6:
        return np.stack([np.full(count, order[0]), order[1 : count + 1], order[2:]], axis=1)
    strip = np.stack([order[:count], order[1 : count + 1], order[2 : count + 2]], axis=1)
    strip[1::2] = strip[1::2, [1, 0, 2]]  # every other one turns the other way
    return strip


def _local(node: dict[str, Any]) -> Any:
    """The node's matrix, from its 16 numbers (by columns) or translation, rotation, scale."""
    if "matrix" in node:
        return np.array(node["matrix"], np.float64).reshape(4, 4).T
    out = np.eye(4)
    x, y, z, w = np.array(node.get("rotation", (0, 0, 0, 1)), np.float64)
    out[:3, :3] = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ]
    out[:3, :3] *= np.array(node.get("scale", (1, 1, 1)), np.float64)
    out[:3, 3] = node.get("translation", (0, 0, 0))
    return out
