"""One small sound file of every format, made here byte by byte."""

from __future__ import annotations

import io
import json
import struct
import zipfile
import zlib
from collections.abc import Callable

from media_samples import aiff, avi, flac, matroska, mp3, mp4, ogg, ogv, picture, wav

from audobon.testing.blend_file import BlendId, blend_bytes

ORA = """<?xml version='1.0' encoding='UTF-8'?>
<image version="0.0.3" w="40" h="30" xres="72" yres="72"><stack name="root">
<layer name="ink" src="data/a.png"/>
<stack name="group"><layer name="wash" src="data/b.png"/></stack>
</stack></image>"""

KRA = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE DOC PUBLIC '-//KDE//DTD krita 2.0//EN' 'http://www.calligra.org/DTD/krita-2.0.dtd'>
<DOC xmlns="http://www.calligra.org/DTD/krita" editor="Krita" kritaVersion="5.1.5">
<IMAGE height="30" width="40" name="Fox" profile="sRGB-elle-V2-srgbtrc.icc" colorspacename="RGBA16"
 x-res="300" y-res="300"><layers>
<layer name="Ink" nodetype="paintlayer" keyframes="layer2.keyframes.xml"/>
<layer name="Paper" nodetype="filelayer" source="textures/paper.png"/>
</layers><animation><framerate value="12" type="value"/><range from="0" to="48" type="timerange"/>
</animation></IMAGE></DOC>"""

SVG = """<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="20mm" height="10mm"
xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:inkscape="x"><title>Badge</title>
<g inkscape:groupmode="layer" inkscape:label="Lines"><path d="M0 0"/><rect/></g>
<image xlink:href="wood.png"/><image xlink:href="data:image/png;base64,AA"/></svg>"""

GLTF = {
    "asset": {"version": "2.0", "generator": "by hand"},
    "scenes": [{"name": "Main"}],
    "nodes": [{"name": "Chair"}, {"name": "Leg"}],
    "meshes": [{"name": "Seat", "primitives": [{"indices": 1, "attributes": {"POSITION": 0}}]}],
    "materials": [{"name": "Oak"}],
    "accessors": [{"count": 24}, {"count": 36}],
    "images": [{"uri": "oak%20wood.png"}, {"uri": "data:image/png;base64," + "A" * 200}],
    "buffers": [{"uri": "chair.bin"}],
}

OBJ = "mtllib chair.mtl\no Chair\nv 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\nusemtl Oak\n"
OBJ += "f 1 2 3 4\nf 1 2 3\n"
MTL = "newmtl Oak\nKd 1 1 1\nmap_Kd -s 1 1 1 tex/oak wood.png\nbump -bm 0.4 tex/oak_n.png\n"

USDA = """#usda 1.0
(
    defaultPrim = "World"
    upAxis = "Z"
    endTimeCode = 48
)
def Xform "World" {
    def Mesh "Seat" (references = @./parts/leg.usda@) { }
    def Material "Oak" { asset inputs:file = @textures/oak.png@ }
}
"""


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int = 4, height: int = 3, *, extra: bytes = b"", depth: int = 8) -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, 6, 0, 0, 0))
    rows = zlib.compress(b"\0" * (1 + 4 * 4) * 3)
    magic = b"\x89PNG\r\n\x1a\n"
    return magic + head + extra + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def exif(orientation: int = 6) -> bytes:
    tags = struct.pack("<HHII", 0x0112, 3, 1, orientation)
    tags += struct.pack("<HHI4s", 0x010F, 2, 4, b"Cam\0")
    return b"II*\0\x08\0\0\0" + struct.pack("<H", 2) + tags + b"\0\0\0\0"


def jpeg(width: int = 40, height: int = 30) -> bytes:
    app1 = b"Exif\0\0" + exif()
    frame = struct.pack(">BHHB", 8, height, width, 3) + b"\x01\x11\0" * 3
    data = b"\xff\xd8\xff\xe1" + struct.pack(">H", len(app1) + 2) + app1
    data += b"\xff\xc0" + struct.pack(">H", len(frame) + 2) + frame
    return data + b"\xff\xda\0\x08\x01\x01\0\0\x3f\0" + b"\x12\x34" * 20 + b"\xff\xd9"


def gif() -> bytes:
    data = b"GIF89a" + struct.pack("<HHBBB", 10, 8, 0x80, 0, 0) + b"\0" * 6
    data += b"\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0\x21\xf9\x04\x01\0\0\0\0"
    return data + b"\x2c" + struct.pack("<HHHHB", 0, 0, 10, 8, 0) + b"\x02\x02\x4c\x01\0;"


def bmp() -> bytes:
    head = struct.pack("<IiiHHIIiiII", 40, 5, -4, 1, 24, 0, 0, 0, 0, 0, 0)
    return b"BM" + struct.pack("<IHHI", 54 + 64, 0, 0, 54) + head + b"\0" * 64


def webp() -> bytes:
    body = b"VP8X" + struct.pack("<I", 10) + b"\x10\0\0\0" + b"\x63\0\0" + b"\x31\0\0"
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def tga() -> bytes:
    return struct.pack("<BBBHHBHHHHBB", 0, 0, 2, 0, 0, 0, 0, 0, 6, 5, 32, 8) + b"\0" * 120


def tiff() -> bytes:
    fields = [(256, 4, 7), (257, 4, 9), (258, 3, 16), (262, 3, 2), (273, 4, 8), (277, 3, 3)]
    fields += [(279, 4, 8), (339, 3, 1)]
    body = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in fields)
    head = b"II*\0" + struct.pack("<I", 16) + b"\0" * 8
    return head + struct.pack("<H", len(fields)) + body + b"\0" * 4


def exr() -> bytes:
    def attribute(name: str, kind: str, value: bytes) -> bytes:
        return f"{name}\0{kind}\0".encode() + struct.pack("<i", len(value)) + value

    entries = b"".join(
        name + b"\0" + struct.pack("<iBxxxii", 1, 0, 1, 1)
        for name in (b"A", b"B", b"G", b"R", b"depth.Z")
    )
    data = b"\x76\x2f\x31\x01\x02\0\0\0" + attribute("channels", "chlist", entries + b"\0")
    data += attribute("compression", "compression", b"\x03")
    data += attribute("dataWindow", "box2i", struct.pack("<4i", 0, 0, 63, 31))
    data += attribute("displayWindow", "box2i", struct.pack("<4i", 0, 0, 63, 31))
    return data + b"\0" + b"\x01" * 64


def hdr() -> bytes:
    return b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 4 +X 8\n" + b"\x01\x02\x03\x80" * 32


def dds() -> bytes:
    head = b"DDS " + struct.pack("<7I", 124, 0x1007, 16, 32, 0, 0, 5) + b"\0" * 44
    head += struct.pack("<II4sIIIII", 32, 4, b"DXT5", 0, 0, 0, 0, 0)
    return head.ljust(128, b"\0") + b"\0" * 512


def archive(*members: tuple[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as opened:
        for name, data in members:
            kind = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            opened.writestr(zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0)), data, kind)
    return stream.getvalue()


def kra(xml: str = KRA) -> bytes:
    return archive(
        ("mimetype", b"application/x-krita"),
        ("maindoc.xml", xml.encode()),
        ("preview.png", png()),
        ("mergedimage.png", png(40, 30)),
    )


def ora(xml: str = ORA) -> bytes:
    return archive(
        ("mimetype", b"image/openraster"),
        ("stack.xml", xml.encode()),
        ("Thumbnails/thumbnail.png", png()),
    )


def photoshop(*, big: bool = False) -> bytes:
    def layer(name: str) -> bytes:
        wide = (name + "\0").encode("utf-16-be")
        luni = b"8BIMluni" + struct.pack(">II", len(wide) + 4, len(name)) + wide
        extra = b"\0" * 8 + b"\x03abc" + luni
        return (
            b"\0" * 16
            + b"\0\0"
            + b"8BIMnorm"
            + b"\xff\0\0\0"
            + struct.pack(">I", len(extra))
            + extra
        )

    word = ">Q" if big else ">I"
    info = struct.pack(">h", -2) + layer("Paper") + layer("Größe")
    info = struct.pack(word, len(info)) + info
    thumb = b"\0" * 28 + jpeg()
    resources = (
        b"8BIM" + struct.pack(">HHI", 1036, 0, len(thumb)) + thumb + b"\0" * (len(thumb) & 1)
    )
    resources += b"8BIM" + struct.pack(">HHIIIII", 1005, 0, 16, 300 << 16, 0, 0, 0)
    data = b"8BPS" + struct.pack(">H6xHIIHH", 1 + big, 4, 30, 40, 16, 3) + b"\0" * 4
    data += struct.pack(">I", len(resources)) + resources
    return data + struct.pack(word, len(info)) + info + b"\0\0" + b"\0" * 64


def xcf() -> bytes:
    return b"gimp xcf v011\0" + struct.pack(">IIII", 40, 30, 0, 150) + b"\0" * 16


def glb() -> bytes:
    text = json.dumps(GLTF).encode()
    text += b" " * (-len(text) % 4)
    body = struct.pack("<I4s", len(text), b"JSON") + text
    return b"glTF" + struct.pack("<II", 2, len(body) + 12) + body


def fbx() -> bytes:
    def text(value: bytes) -> bytes:
        return b"S" + struct.pack("<I", len(value)) + value

    def record(
        at: int, name: bytes, properties: bytes, count: int, *inside: Callable[[int], bytes]
    ) -> bytes:
        start = at + 13 + len(name) + len(properties)
        body = b""
        for make in inside:
            body += make(start + len(body))
        if inside:
            body += b"\0" * 13
        head = struct.pack("<IIIB", start + len(body), count, len(properties), len(name))
        return head + name + properties + body

    def named(
        kind: bytes, name: bytes, subtype: bytes, *inside: Callable[[int], bytes]
    ) -> Callable[[int], bytes]:
        properties = b"L" + b"\0" * 8 + text(name + b"\0\x01" + kind) + text(subtype)
        return lambda at: record(at, kind, properties, 3, *inside)

    path = text(b"tex\\oak.png")
    vertices = b"d" + struct.pack("<III", 24, 0, 192) + b"\0" * 192
    data = b"Kaydara FBX Binary  \0\x1a\0" + struct.pack("<I", 7400)
    data += record(
        len(data), b"Objects", b"", 0,
        named(b"Geometry", b"Seat", b"Mesh", lambda at: record(at, b"Vertices", vertices, 1)),
        named(b"Model", b"Chair", b"Mesh"), named(b"Model", b"Spine", b"LimbNode"),
        named(b"Material", b"Oak", b""),
        named(b"Video", b"v", b"Clip", lambda at: record(at, b"RelativeFilename", path, 1)),
    )  # fmt: skip
    return data + b"\0" * 13


FBX_TEXT = """; FBX 7.4.0 project file
FBXHeaderExtension:  {
\tFBXVersion: 7400
\tCreator: "by hand"
}
Objects:  {
\tGeometry: 1, "Geometry::Seat", "Mesh" {
\t\tVertices: *24 {
\t\t}
\t}
\tModel: 2, "Model::Chair", "Mesh" {
\t}
\tVideo: 3, "Video::oak", "Clip" {
\t\tRelativeFilename: "tex/oak.png"
\t}
}
"""


def stl() -> bytes:
    return b"made by hand".ljust(80, b"\0") + struct.pack("<I", 3) + b"\0" * 150


def ply() -> bytes:
    head = "ply\nformat binary_little_endian 1.0\nelement vertex 3\n"
    head += "property float x\nproperty float y\nproperty float z\nelement face 1\n"
    head += "property list uchar int vertex_indices\nend_header\n"
    return head.encode() + b"\0" * 36 + b"\x03" + b"\0" * 12


def abc() -> bytes:
    return b"Ogawa\xff\0\x01" + struct.pack("<Q", 16) + b"\0" * 16


def usdc() -> bytes:
    part = b"TOKENS".ljust(16, b"\0") + struct.pack("<qq", 88, 8)
    head = b"PXR-USDC" + b"\0\x08\0".ljust(8, b"\0") + struct.pack("<q", 96) + b"\0" * 72
    return head + struct.pack("<Q", 1) + part


def font() -> bytes:
    name = "Sample Sans".encode("utf-16-be")
    table = struct.pack(">HHH", 0, 1, 18) + struct.pack(">6H", 3, 1, 1033, 1, len(name), 0) + name
    head = b"\0\x01\0\0" + struct.pack(">4H", 1, 0, 0, 0)
    return head + struct.pack(">4sIII", b"name", 0, 28, len(table)) + table


def blend(**options: object) -> bytes:
    ids = (
        BlendId("OB", "Chair", asset=True),
        BlendId("ME", "Seat"),
        BlendId("MA", "Oak", asset=True),
        BlendId("IM", "oak", path="//tex/oak.png"),
        BlendId("IM", "inside", path="//tex/in.png", packed=True),
        BlendId("LI", "lib", path="//lib/wood.blend"),
        BlendId("NT", "Scatter"),
        BlendId("AC", "Walk"),
    )
    return blend_bytes(ids, **options)  # type: ignore[arg-type]


THUMB = (2, 2, bytes(range(16)))

SAMPLES: dict[str, tuple[str, str, bytes]] = {
    # file name: (kind, format, bytes)
    "a.png": ("image", "png", png()),
    "a.jpg": ("image", "jpeg", jpeg()),
    "a.gif": ("image", "gif", gif()),
    "a.bmp": ("image", "bmp", bmp()),
    "a.webp": ("image", "webp", webp()),
    "a.tga": ("image", "tga", tga()),
    "a.tif": ("image", "tiff", tiff()),
    "a.exr": ("image", "exr", exr()),
    "a.hdr": ("image", "hdr", hdr()),
    "a.dds": ("image", "dds", dds()),
    "a.avif": ("image", "avif", picture(b"avif")),
    "a.heic": ("image", "heic", picture(b"heic")),
    "a.blend": ("blend", "blend", blend(thumbnail=THUMB)),
    "new.blend": ("blend", "blend", blend(version=500, thumbnail=THUMB)),
    "z.blend": ("blend", "blend", blend(version=501, compression="zstd")),
    "g.blend": ("blend", "blend", blend(version=283, compression="gzip")),
    "big.blend": ("blend", "blend", blend(version=279, order=">", pointer=4)),
    "a.kra": ("document", "kra", kra()),
    "a.ora": ("document", "ora", ora()),
    "a.psd": ("document", "psd", photoshop()),
    "a.psb": ("document", "psb", photoshop(big=True)),
    "a.xcf": ("document", "xcf", xcf()),
    "a.glb": ("model", "glb", glb()),
    "a.gltf": ("model", "gltf", json.dumps(GLTF).encode()),
    "a.fbx": ("model", "fbx", fbx()),
    "t.fbx": ("model", "fbx", FBX_TEXT.encode()),
    "a.obj": ("model", "obj", OBJ.encode()),
    "a.stl": ("model", "stl", stl()),
    "t.stl": ("model", "stl", b"solid x\nfacet\nendfacet\nfacet\nendfacet\nendsolid x\n"),
    "a.ply": ("model", "ply", ply()),
    "a.abc": ("model", "abc", abc()),
    "a.usda": ("model", "usda", USDA.encode()),
    "a.usdc": ("model", "usdc", usdc()),
    "a.usdz": ("model", "usdz", archive(("root.usda", USDA.encode()), ("tex/oak.png", png()))),
    "a.wav": ("audio", "wav", wav()),
    "a.flac": ("audio", "flac", flac()),
    "a.ogg": ("audio", "ogg", ogg()),
    "a.ogv": ("video", "ogg", ogv()),
    "a.mp3": ("audio", "mp3", mp3()),
    "a.aiff": ("audio", "aiff", aiff()),
    "a.m4a": ("audio", "m4a", mp4(b"M4A ", video=False)),
    "a.mp4": ("video", "mp4", mp4()),
    "a.mov": ("video", "mov", mp4(b"qt  ")),
    "a.mkv": ("video", "mkv", matroska()),
    "a.webm": ("video", "webm", matroska(b"webm")),
    "a.avi": ("video", "avi", avi()),
    "a.svg": ("vector", "svg", SVG.encode()),
    "a.txt": ("text", "text", b"Rusty metal, used twice.\n"),
    "a.md": ("text", "markdown", b"# Wood\n\nOld *oak*.\n"),
    "a.json": ("text", "json", b'{"a": 1}'),
    "a.mtl": ("text", "mtl", MTL.encode()),
    "a.ttf": ("file", "ttf", font()),
    "a.zip": ("file", "zip", archive(("a.txt", b"x"))),
    "a.pdf": ("file", "pdf", b"%PDF-1.7\n1 0 obj\nendobj\ntrailer\n%%EOF\n"),
}
