"""What files say of themselves: kind, format, size and attributes by content."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
from format_samples import SAMPLES, THUMB, blend, jpeg, png

from audobon.codec.query_values import KINDS
from audobon.errors import BadFile
from audobon.formats import embedded_preview, kind_of, probe, references
from audobon.formats.facts import ATTRIBUTES, MAX_NAMES, MAX_TEXT
from audobon.formats.table import BY_EXTENSION, BY_NAME, FORMATS
from audobon.testing.blend_file import BlendId, blend_bytes


def write(folder: Path, name: str, data: bytes) -> str:
    path = folder / name
    path.write_bytes(data)
    return str(path)


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_every_format_gives_its_kind_and_declared_attributes(tmp_path: Path, name: str) -> None:
    kind, format, data = SAMPLES[name]
    found = probe(write(tmp_path, name, data))
    assert (found.kind, found.format) == (kind, format)
    assert len(found.text.encode()) <= MAX_TEXT
    for attribute, value in found.attributes.items():
        assert type(value) is ATTRIBUTES[attribute], attribute
        if isinstance(value, tuple):
            assert len(value) <= MAX_NAMES
            assert all(isinstance(item, str) and item for item in value)


MARKED = sorted(
    name for name, (_, format, _) in SAMPLES.items() if BY_NAME[format].magic and format != "usdz"
)


@pytest.mark.parametrize("name", MARKED)
def test_content_decides_where_it_has_a_mark(tmp_path: Path, name: str) -> None:
    kind, format, data = SAMPLES[name]
    other = "photo.jpg" if format != "jpeg" else "photo.png"
    found = probe(write(tmp_path, other, data))
    assert (found.kind, found.format) == (kind, format)


SIZES = {
    "a.png": (4, 3), "a.jpg": (40, 30), "a.gif": (10, 8), "a.bmp": (5, 4), "a.webp": (100, 50),
    "a.tga": (6, 5), "a.tif": (7, 9), "a.exr": (64, 32), "a.hdr": (8, 4), "a.dds": (32, 16),
    "a.avif": (480, 640), "a.kra": (40, 30), "a.ora": (40, 30), "a.psd": (40, 30),
    "a.xcf": (40, 30),
    "a.mp4": (320, 240), "a.mkv": (640, 360), "a.avi": (320, 240), "a.svg": (76, 38),
    "a.wav": (None, None), "a.blend": (None, None), "a.glb": (None, None),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(SIZES))
def test_sizes(tmp_path: Path, name: str) -> None:
    found = probe(write(tmp_path, name, SAMPLES[name][2]))
    assert (found.width, found.height) == SIZES[name]


EXPECTED = {
    "a.jpg": {"orientation": 6, "make": "Cam", "bit_depth": 8, "channels": 3, "alpha": False},
    "a.gif": {"animated": True, "alpha": True},
    "a.tif": {"bit_depth": 16, "channels": 3, "color_space": "rgb", "pages": 1},
    "a.exr": {"bit_depth": 16, "float_pixels": True, "alpha": True, "layer_names": ("depth",)},
    "a.psd": {"bit_depth": 16, "layers": 2, "layer_names": ("Größe", "Paper"), "dpi": 300.0},
    "a.kra": {"animated": True, "bit_depth": 16, "layers": 2, "frame_rate": 12.0, "links": 1},
    "a.ora": {"layer_names": ("ink", "group", "wash")},
    "a.glb": {"triangles": 12, "vertices": 24, "materials": 1, "objects": 2},
    "a.fbx": {"file_version": "7.4", "objects": 2, "bones": 1, "vertices": 8, "encoding": "binary"},
    "t.fbx": {"objects": 1, "meshes": 1, "vertices": 8, "creator": "by hand", "encoding": "text"},
    "a.obj": {"vertices": 4, "faces": 2, "triangles": 3, "object_names": ("Chair",)},
    "a.stl": {"triangles": 3, "encoding": "binary"},
    "t.stl": {"triangles": 2, "encoding": "text"},
    "a.ply": {"vertices": 3, "faces": 1},
    "a.usda": {"meshes": 1, "materials": 1, "up_axis": "Z"},
    "a.usdz": {"entries": 2, "textures": 1, "meshes": 1},
    "a.wav": {"duration": 0.5, "sample_rate": 48000, "channels": 2, "bit_depth": 16},
    "a.flac": {"duration": 2.0, "sample_rate": 44100, "bit_depth": 24, "title": "Rain"},
    "a.ogg": {"duration": 3.0, "codec": "vorbis"},
    "a.ogv": {"duration": 2.0, "codec": "theora", "frame_rate": 25.0, "audio_codec": "vorbis"},
    "a.mp3": {"sample_rate": 44100, "bit_rate": 128000, "title": "Wind"},
    "a.aiff": {"duration": 1.0, "channels": 1, "sample_rate": 44100},
    "a.mp4": {"duration": 2.0, "codec": "h264", "audio_codec": "aac", "frame_rate": 25.0},
    "a.mkv": {"duration": 2.5, "codec": "vp9", "audio_codec": "opus", "sample_rate": 48000},
    "a.avi": {"duration": 2.0, "codec": "mpeg4", "frames": 50},
    "a.svg": {"title": "Badge", "layer_names": ("Lines",), "objects": 2},
    "a.md": {"title": "Wood", "lines": 3},
    "a.mtl": {"material_names": ("Oak",)},
    "a.ttf": {"family": "Sample Sans"},
}


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_attributes(tmp_path: Path, name: str) -> None:
    found = probe(write(tmp_path, name, SAMPLES[name][2]))
    assert {key: found.attributes.get(key) for key in EXPECTED[name]} == EXPECTED[name]


REFERENCES = {
    "a.blend": ("//lib/wood.blend", "//tex/oak.png"),
    "a.kra": ("textures/paper.png",),
    "a.glb": ("chair.bin", "oak wood.png"),
    "a.gltf": ("chair.bin", "oak wood.png"),
    "a.obj": ("chair.mtl",),
    "a.mtl": ("tex/oak wood.png", "tex/oak_n.png"),
    "a.fbx": ("tex\\oak.png",),
    "t.fbx": ("tex/oak.png",),
    "a.usda": ("./parts/leg.usda", "textures/oak.png"),
    "a.svg": ("wood.png",),
    "a.png": (),
}


@pytest.mark.parametrize("name", sorted(REFERENCES))
def test_references(tmp_path: Path, name: str) -> None:
    assert references(write(tmp_path, name, SAMPLES[name][2])) == REFERENCES[name]


def test_embedded_pictures(tmp_path: Path) -> None:
    found = embedded_preview(write(tmp_path, "a.kra", SAMPLES["a.kra"][2]))
    assert found is not None
    assert (found.media_type, found.width, found.height) == ("image/png", 40, 30)
    found = embedded_preview(write(tmp_path, "a.psd", SAMPLES["a.psd"][2]))
    assert found is not None
    assert (found.media_type, found.data) == ("image/jpeg", jpeg())
    for name in ("a.blend", "new.blend"):
        found = embedded_preview(write(tmp_path, name, SAMPLES[name][2]))
        assert found is not None
        assert (found.media_type, found.width, found.height) == ("raw/rgba8", 2, 2)
        assert found.data == THUMB[2][8:] + THUMB[2][:8], "rows from the top down"
    assert embedded_preview(write(tmp_path, "a.png", png())) is None
    assert embedded_preview(write(tmp_path, "plain.xyz", b"?")) is None


@pytest.mark.parametrize("version", [279, 293, 304, 405, 500, 502])
@pytest.mark.parametrize("compression", ["none", "gzip", "zstd"])
def test_blend_generations(tmp_path: Path, version: int, compression: str) -> None:
    found = probe(write(tmp_path, "x.blend", blend(version=version, compression=compression)))
    major, minor = divmod(version, 100)
    assert found.attributes["blender_version"] == (
        f"{major}.{minor}" if major >= 3 else f"{major}.{minor:02d}"
    )
    assert found.attributes["compressed"] is (compression != "none")
    assert found.attributes["asset_names"] == ("Chair", "Oak")
    assert found.attributes["objects"] == 1
    assert found.attributes["libraries"] == 1
    assert found.attributes["library_names"] == ("//lib/wood.blend",)
    assert (found.attributes["render_width"], found.attributes["frame_end"]) == (1920, 250)


@pytest.mark.parametrize(("order", "pointer"), [("<", 4), (">", 4), (">", 8)])
def test_blend_of_other_machines(tmp_path: Path, order: str, pointer: int) -> None:
    found = probe(write(tmp_path, "x.blend", blend(version=279, order=order, pointer=pointer)))
    assert found.attributes["object_names"] == ("Chair",)
    assert found.attributes["render_height"] == 1080


def test_names_are_capped_and_counted(tmp_path: Path) -> None:
    ids = [BlendId("OB", f"Stone.{index:04d}") for index in range(1000)]
    found = probe(write(tmp_path, "x.blend", blend_bytes(ids, version=500)))
    listed = found.attributes["object_names"]
    assert found.attributes["objects"] == 1000
    assert isinstance(listed, tuple)
    assert len(listed) == MAX_NAMES
    assert len(found.text.encode()) <= MAX_TEXT


def test_names_are_storable_text(tmp_path: Path) -> None:
    data = blend_bytes([BlendId("OB", "Fl\x07ö\tte")], version=405).replace(
        b"\xc3\xb6", b"\xff\xfe"
    )
    found = probe(write(tmp_path, "x.blend", data))
    found.text.encode("utf-8")
    assert found.attributes["object_names"] == ("Fl \ufffd\ufffd te",)


def test_kind_of_goes_by_extension_only() -> None:
    assert kind_of("/a/b/Photo.JPG") == "image"
    assert kind_of("scene.blend1") == "blend"
    assert kind_of("deep.psb") == "document"
    assert kind_of("notes.md") == "text"
    assert kind_of("README") == "file"
    assert kind_of(".png") == "file"
    assert kind_of("x.unheard") == "file"
    assert kind_of("font.ttf") == "file"


def test_unknown_types_are_files(tmp_path: Path) -> None:
    assert probe(write(tmp_path, "x.Unheard", b"")).format == "unheard"
    found = probe(write(tmp_path, "LICENSE", b"\0\1\2"))
    assert (found.kind, found.format, found.width) == ("file", "unknown", None)
    assert dict(found.attributes) == {}


@pytest.mark.parametrize("ext", sorted(BY_EXTENSION))
def test_known_extensions_refuse_garbage(tmp_path: Path, ext: str) -> None:
    with pytest.raises(BadFile, match="not a sound"):
        probe(write(tmp_path, f"x.{ext}", bytes(range(7)) * 99))


@pytest.mark.parametrize("ext", sorted(BY_EXTENSION))
def test_known_extensions_refuse_emptiness(tmp_path: Path, ext: str) -> None:
    path = write(tmp_path, f"x.{ext}", b"")
    if BY_EXTENSION[ext].family == "text" and ext not in ("json", "xml"):
        assert probe(path).attributes["lines"] == 0, "an empty note is a sound note"
    else:
        with pytest.raises(BadFile):
            probe(path)


def test_png_claims_are_facts_not_orders(tmp_path: Path) -> None:
    found = probe(write(tmp_path, "x.png", png(100_000, 100_000, depth=16)))
    assert (found.width, found.height) == (100_000, 100_000)
    assert found.attributes["bit_depth"] == 16


def test_only_regular_files_are_examined(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="regular"):
        probe(str(tmp_path))
    with pytest.raises(FileNotFoundError):
        probe(str(tmp_path / "missing.png"))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no FIFOs")
def test_pipes_and_sockets_do_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    with pytest.raises(BadFile, match="regular"):
        probe(str(tmp_path / "pipe.png"))
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "s.png"))
        with pytest.raises(BadFile, match="regular"):
            probe(str(tmp_path / "s.png"))
    with pytest.raises(BadFile, match="regular"):
        probe("/dev/null")


def test_symbolic_links_are_followed(tmp_path: Path) -> None:
    real = write(tmp_path, "real.png", png())
    try:
        (tmp_path / "link.png").symlink_to(real)
        (tmp_path / "dangling.png").symlink_to(tmp_path / "nowhere")
    except OSError:
        pytest.skip("symbolic links are not allowed here")
    assert probe(str(tmp_path / "link.png")).width == 4
    with pytest.raises(FileNotFoundError):
        probe(str(tmp_path / "dangling.png"))


def test_every_format_has_a_reader_and_a_sample() -> None:
    import importlib

    for entry in FORMATS:
        module = importlib.import_module(f"audobon.formats.{entry.family}")
        assert entry.name in module.PROBES, entry.name
    assert {entry.family for entry in FORMATS} == {
        BY_NAME[format].family for _, format, _ in SAMPLES.values()
    }


def test_every_kind_can_be_asked_for() -> None:
    assert {entry.kind for entry in FORMATS} | {"file"} == set(KINDS)
