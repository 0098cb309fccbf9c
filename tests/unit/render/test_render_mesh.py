"""Models: silhouettes of known area, every format, and numbers that lie."""

from __future__ import annotations

import base64
import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from render_samples import drawn, sphere, stl

from audobon.errors import BadFile, Unsupported
from audobon.formats.render import render

DISC = np.pi / 4 * 0.94**2
"""Share of the picture that a sphere covers: a disc over 94 percent of the side."""


def covered(path: Path, size: int = 256) -> float:
    """The share of the picture that is not transparent."""
    return float(np.asarray(drawn(path, size).convert("RGBA"))[..., 3].mean() / 255)


def numbered(triangles: Any) -> tuple[Any, Any]:
    """Vertices and faces of a loose mesh."""
    return triangles.reshape(-1, 3), np.arange(len(triangles) * 3).reshape(-1, 3)


def as_obj(triangles: Any) -> bytes:
    points, faces = numbered(triangles)
    lines = [f"v {x} {y} {z}" for x, y, z in points]
    lines += [f"f {a}/1/1 {b}//2 {c}" for a, b, c in faces + 1]
    return "\n".join(lines).encode()


def as_ply(triangles: Any, *, text: bool = False, order: str = "<") -> bytes:
    points, faces = numbered(triangles)
    form = "ascii" if text else f"binary_{'little' if order == '<' else 'big'}_endian"
    head = f"ply\nformat {form} 1.0\nelement vertex {len(points)}\n"
    head += "".join(f"property float {axis}\n" for axis in "xyz")
    head += f"element face {len(faces)}\nproperty list uchar int vertex_indices\nend_header\n"
    if text:
        rows = [" ".join(map(str, row)) for row in points]
        rows += [f"3 {a} {b} {c}" for a, b, c in faces]
        return (head + "\n".join(rows) + "\n").encode()
    table = np.zeros(len(faces), [("n", "u1"), ("v", f"{order}i4", 3)])
    table["n"], table["v"] = 3, faces
    return head.encode() + points.astype(f"{order}f4").tobytes() + table.tobytes()


def document(triangles: Any, **node: Any) -> tuple[dict[str, Any], bytes]:
    points, faces = numbered(triangles)
    data = points.astype("<f4").tobytes() + faces.astype("<u4").tobytes()
    views = [{"buffer": 0, "byteLength": points.size * 4}]
    views += [{"buffer": 0, "byteOffset": points.size * 4, "byteLength": faces.size * 4}]
    accessors = [{"bufferView": 0, "componentType": 5126, "count": len(points), "type": "VEC3"}]
    accessors += [{"bufferView": 1, "componentType": 5125, "count": faces.size, "type": "SCALAR"}]
    return {
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0, **node}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1}]}],
        "buffers": [{"byteLength": len(data)}],
        "bufferViews": views,
        "accessors": accessors,
    }, data


def as_glb(content: dict[str, Any], data: bytes) -> bytes:
    text = json.dumps(content).encode()
    text += b" " * (-len(text) % 4)
    body = struct.pack("<I4s", len(text), b"JSON") + text
    body += struct.pack("<I4s", len(data), b"BIN\0") + data
    return b"glTF" + struct.pack("<II", 2, 12 + len(body)) + body


def text_stl(triangles: Any) -> bytes:
    lines = [b"solid ball"]
    for corners in triangles:
        lines += [b"facet normal 0 0 0", b"outer loop"]
        lines += [b"vertex %e %e %e" % tuple(corner) for corner in corners]
        lines += [b"endloop", b"endfacet"]
    return b"\n".join([*lines, b"endsolid ball", b""])


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.stl", stl(sphere())),
        ("text.stl", text_stl(sphere())),
        ("a.obj", as_obj(sphere())),
        ("a.ply", as_ply(sphere())),
        ("big.ply", as_ply(sphere(), order=">")),
        ("text.ply", as_ply(sphere(), text=True)),
        ("a.glb", as_glb(*document(sphere()))),
    ],
)
def test_a_sphere_is_a_disc(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    assert covered(tmp_path / name) == pytest.approx(DISC, rel=0.02)


def test_shading_comes_from_above(tmp_path: Path) -> None:
    (tmp_path / "a.stl").write_bytes(stl(sphere()))
    image = drawn(tmp_path / "a.stl").convert("L")
    assert image.getpixel((110, 60)) > image.getpixel((128, 128)) > image.getpixel((150, 235))


def test_the_nearest_surface_wins(tmp_path: Path) -> None:
    """Two coloured spheres behind each other: the one towards the eye hides the other."""
    content, data = document(sphere())
    content["materials"] = [
        {"pbrMetallicRoughness": {"baseColorFactor": [*color, 1]}}
        for color in ((1, 0, 0), (0, 0, 1))
    ]
    first = content["meshes"][0]["primitives"][0]
    content["meshes"] = [{"primitives": [{**first, "material": each}]} for each in (0, 1)]
    # The eye stands 35 degrees to the right of +z and 24 above: further along is nearer.
    yaw, pitch = np.radians(35), np.radians(24)
    flat = 3 * np.cos(pitch)
    towards = [flat * np.sin(yaw), 3 * np.sin(pitch), flat * np.cos(yaw)]
    content["nodes"] = [{"mesh": 0, "translation": towards}, {"mesh": 1}]
    content["scenes"] = [{"nodes": [1, 0]}]
    (tmp_path / "a.glb").write_bytes(as_glb(content, data))
    pixels = np.asarray(drawn(tmp_path / "a.glb").convert("RGBA")).astype(int)
    red = (pixels[..., 0] > pixels[..., 2] + 40).sum()
    blue = (pixels[..., 2] > pixels[..., 0] + 40).sum()
    assert red > blue * 3


def test_transforms_of_nodes(tmp_path: Path) -> None:
    """Squeezed to a tenth in height, a sphere covers much less; a turn of it does not matter."""
    content, data = document(sphere(), scale=[1, 0.1, 1], rotation=[0, 0.6, 0, 0.8])
    (tmp_path / "a.glb").write_bytes(as_glb(content, data))
    assert 0.15 < covered(tmp_path / "a.glb") < 0.5


def test_buffers_beside_and_inside(tmp_path: Path) -> None:
    content, data = document(sphere(24))
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a b.bin").write_bytes(data)
    content["buffers"][0]["uri"] = "sub/a%20b.bin"
    (tmp_path / "a.gltf").write_text(json.dumps(content))
    content["buffers"][0]["uri"] = "data:;base64," + base64.b64encode(data).decode()
    (tmp_path / "b.gltf").write_text(json.dumps(content))
    assert covered(tmp_path / "a.gltf") == pytest.approx(covered(tmp_path / "b.gltf"))


@pytest.mark.parametrize("uri", ["../secret.bin", "/etc/hostname", "file:///etc/hostname"])
def test_buffers_elsewhere_are_not_opened(tmp_path: Path, uri: str) -> None:
    content, data = document(sphere(24))
    (tmp_path / "secret.bin").write_bytes(data)
    (tmp_path / "in").mkdir()
    content["buffers"][0]["uri"] = uri
    (tmp_path / "in" / "a.gltf").write_text(json.dumps(content))
    with pytest.raises(Unsupported, match="beside"):
        render(str(tmp_path / "in" / "a.gltf"))


def test_quads_negative_and_missing_indices(tmp_path: Path) -> None:
    corners = "\n".join(f"v {a} {b} {c}" for a in (0, 1) for b in (0, 1) for c in (0, 1))
    faces = ["1 2 4 3", "5 7 8 6", "1 5 6 2", "-6 -5 -1 -2", "1 3 7 5", "2 6 8 4"]
    whole = corners + "".join(f"\nf {face}" for face in faces)
    (tmp_path / "a.obj").write_text(whole)
    (tmp_path / "b.obj").write_text(whole + "\nf 1 2 99\nf 7 8\nf\n")
    assert covered(tmp_path / "a.obj") == pytest.approx(covered(tmp_path / "b.obj"))
    # A cube in this view: its outline is a hexagon.
    assert 0.6 < covered(tmp_path / "a.obj") < 0.75


def test_points_without_faces(tmp_path: Path) -> None:
    points = sphere(200).reshape(-1, 3)
    head = f"ply\nformat binary_little_endian 1.0\nelement vertex {len(points)}\n"
    head += "property float x\nproperty float y\nproperty float z\nend_header\n"
    (tmp_path / "a.ply").write_bytes(head.encode() + points.tobytes())
    assert covered(tmp_path / "a.ply", 128) == pytest.approx(DISC, rel=0.06)


def test_numbers_that_are_none(tmp_path: Path) -> None:
    triangles = np.concatenate([sphere(), np.full((3, 3, 3), np.nan), np.full((3, 3, 3), 3e38)])
    (tmp_path / "a.stl").write_bytes(stl(triangles.astype(np.float32)))
    assert covered(tmp_path / "a.stl") == pytest.approx(DISC, rel=0.02)


def test_claims_beyond_the_end(tmp_path: Path) -> None:
    (tmp_path / "a.stl").write_bytes(bytes(80) + struct.pack("<I", 1 << 31) + bytes(500))
    (tmp_path / "a.ply").write_bytes(as_ply(sphere()).replace(b"face 2304", b"face 9999"))
    content, data = document(sphere(24))
    content["accessors"][0]["count"] = 1 << 40
    (tmp_path / "a.glb").write_bytes(as_glb(content, data))
    for name in ("a.stl", "a.ply", "a.glb"):
        with pytest.raises(BadFile):
            render(str(tmp_path / name))


def test_more_triangles_than_are_drawn(tmp_path: Path) -> None:
    """Two thousand spheres' worth: every third triangle, and still a closed disc."""
    triangles = sphere(1300)
    assert len(triangles) > 1_000_000
    (tmp_path / "a.stl").write_bytes(stl(triangles))
    assert covered(tmp_path / "a.stl", 128) == pytest.approx(DISC, rel=0.03)
