"""Files as the programs write them, small, for the tests of the transforms."""

from __future__ import annotations

import functools
import io
import random
import struct
import zipfile
import zlib

import zstandard

from audobon.storage.chunks.layout import Transform

_TYPES = {"char": 1, "int": 4, "float": 4, "void": 0}
_STRUCTS: dict[str, tuple[tuple[str, str], ...]] = {
    "raw": (("int", "unused"),),
    "ID": (
        *(("void", "*next"), ("void", "*prev"), ("char", "name[24]")),
        *(("int", "session_uuid"), ("int", "us")),
    ),
    "Item": (("Item", "*next"), ("void", "*owner"), ("float", "value[4]")),
    "Object": (
        *(("ID", "id"), ("Item", "*first"), ("void", "**list"), ("Item", "slot[2]")),
        *(("void", "*runtime"), ("float", "loc[4]")),
    ),
}
_RAW, _, _ITEM, _OBJECT = range(4)


def _sizes() -> dict[str, int]:
    sizes = dict(_TYPES)
    for kind, fields in _STRUCTS.items():
        total = 0
        for inner, name in fields:
            count = int(name[name.index("[") + 1 : -1]) if "[" in name else 1
            total += (8 if name.startswith("*") else sizes[inner]) * count
        sizes[kind] = total
    return sizes


def _words(found: list[str]) -> bytes:
    joined = struct.pack("<i", len(found)) + b"".join(word.encode() + b"\0" for word in found)
    return joined + b"\0" * (-len(joined) % 4)


def _dna() -> bytes:
    sizes = _sizes()
    types = list(sizes)
    names = list(dict.fromkeys(name for fields in _STRUCTS.values() for _, name in fields))
    lengths = struct.pack(f"<{len(types)}H", *sizes.values())
    data = b"SDNANAME" + _words(names) + b"TYPE" + _words(types)
    data += b"TLEN" + lengths + b"\0" * (-len(lengths) % 4)
    data += b"STRC" + struct.pack("<i", len(_STRUCTS))
    for kind, fields in _STRUCTS.items():
        data += struct.pack("<HH", types.index(kind), len(fields))
        for inner, name in fields:
            data += struct.pack("<HH", types.index(inner), names.index(name))
    return data


def blend(
    names: list[str], *, session: int, items: int = 3, new: bool = False, moved: float = 0.0
) -> bytes:
    """A scene of linked objects as one session of Blender has it in memory and saves it.

    Of two sessions only the addresses, the session's counters and stray
    pointers differ. ``moved`` is where the first object stands.
    """
    chance = random.Random(session)
    used: set[int] = set()

    def address() -> int:
        while (value := 0x7F00_0000_0000 + 16 * chance.randrange(1 << 24)) in used:
            pass
        used.add(value)
        return value

    objects = [address() for _ in names]
    out = [b"BLENDER17-01v0500" if new else b"BLENDER-v304"]

    def block(code: bytes, kind: int, at: int, body: bytes, count: int = 1) -> None:
        head = (
            struct.pack("<4sIQqq", code, kind, at, len(body), count)
            if new
            else struct.pack("<4siQii", code, len(body), at, kind, count)
        )
        out.append(head + body)

    for number, name in enumerate(names):
        chain, table, data = [address() for _ in range(items)], address(), address()
        slots = struct.pack(
            "<QQ4fQQ4f", objects[number], chain[0], *(0.5,) * 4, 0, table, *(1.0,) * 4
        )
        body = struct.pack(
            "<QQ24siiQQ",
            objects[(number + 1) % len(names)],
            objects[number - 1],
            f"OB{name}".encode()[:23],
            chance.randrange(1 << 30),
            1,
            chain[0],
            table,
        )
        runtime = chance.randrange(1, 1 << 47)
        body += slots + struct.pack("<Q4f", runtime, moved if number == 0 else 1.0, 2, 3, 4)
        block(b"OB\0\0", _OBJECT, objects[number], body)
        block(b"DATA", _RAW, table, struct.pack(f"<{items + 1}Q", *chain, 0))
        block(b"DATA", _RAW, data, random.Random(name).randbytes(200))
        for place, at in enumerate(chain):
            following = chain[place + 1] if place + 1 < len(chain) else 0
            fields = (following, objects[number], *(float(place),) * 4)
            block(b"DATA", _ITEM, at, struct.pack("<QQ4f", *fields) * 2, 2)
    block(b"DNA1", _RAW, 0, _dna())
    out.append(b"ENDB" + bytes(28 if new else 20))
    return b"".join(out)


def zstd_blend(data: bytes, *, frame: int = 1 << 16, level: int = 3) -> bytes:
    """``data`` in frames with a seek table, as Blender writes them."""
    parts = [data[at : at + frame] for at in range(0, len(data), frame)]
    frames = [zstandard.ZstdCompressor(level=level).compress(part) for part in parts]
    table = b"".join(
        struct.pack("<II", len(made), len(part)) for made, part in zip(frames, parts, strict=True)
    )
    table += struct.pack("<IBI", len(frames), 0, 0x8F92EAB1)
    return b"".join(frames) + struct.pack("<II", 0x184D2A5E, len(table)) + table


def gzip_blend(data: bytes) -> bytes:
    return (
        b"\x1f\x8b\x08\0\0\0\0\0\0\x03"
        + deflated(data)
        + struct.pack("<II", zlib.crc32(data), len(data) & 0xFFFFFFFF)
    )


def deflated(data: bytes, level: int = 6, memory: int = 8, strategy: int = 0) -> bytes:
    encoder = zlib.compressobj(level, zlib.DEFLATED, -15, memory, strategy)
    return encoder.compress(data) + encoder.flush()


def stored(data: bytes, block: int = 65531) -> bytes:
    """A deflate stream of stored blocks, as Krita writes layers."""
    parts = [data[at : at + block] for at in range(0, len(data), block)] or [b""]
    return b"".join(
        struct.pack("<BHH", number == len(parts) - 1, len(part), len(part) ^ 0xFFFF) + part
        for number, part in enumerate(parts)
    )


@functools.cache
def pixels(width: int, height: int, *, seed: int = 0) -> bytes:
    """Rows of a greyscale PNG: a gradient with some grain."""
    chance = random.Random(seed)
    return b"".join(
        b"\0" + bytes((x + y + chance.randrange(3)) & 0xFF for x in range(width))
        for y in range(height)
    )


def png(
    rows: bytes,
    width: int,
    *,
    level: int = 3,
    part: int = 8192,
    text: bytes = b"",
    memory: int = 8,
) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    encoder = zlib.compressobj(level, zlib.DEFLATED, 15, memory, 0)
    stream = encoder.compress(rows) + encoder.flush()
    head = struct.pack(">IIBBBBB", width, len(rows) // (width + 1), 8, 0, 0, 0, 0)
    parts = [stream[at : at + part] for at in range(0, len(stream), part)]
    return b"".join(
        (
            *(b"\x89PNG\r\n\x1a\n", chunk(b"IHDR", head), chunk(b"tEXt", b"Title\0" + text)),
            *(chunk(b"IDAT", data) for data in parts),
            chunk(b"IEND", b""),
        )
    )


def layer(tiles: int, *, order: int = 0, seed: int = 0) -> bytes:
    """A layer of Krita whose tiles stand in an order of their own."""
    entries = []
    for number in range(tiles):
        data = b"\1" + random.Random(seed * 1000 + number).randbytes(400 + number % 7)
        entries.append(
            f"{number % 8 * 64 - 64},{number // 8 * 64},LZF,{len(data)}\n".encode() + data
        )
    random.Random(order).shuffle(entries)
    head = f"VERSION 2\nTILEWIDTH 64\nTILEHEIGHT 64\nPIXELSIZE 4\nDATA {tiles}\n"
    return head.encode() + b"".join(entries)


def archive(members: dict[str, tuple[bytes, bytes | None]]) -> bytes:
    """A zip of ``name: (content, its deflate stream or None to store it)``."""
    out, directory = io.BytesIO(), []
    for name, (content, stream) in members.items():
        at, kind = out.tell(), 0 if stream is None else 8
        body = content if stream is None else stream
        sizes = struct.pack("<IIIHH", zlib.crc32(content), len(body), len(content), len(name), 0)
        common = struct.pack("<HHHHH", 20, 0, kind, 0, 0x21) + sizes
        out.write(b"PK\x03\x04" + common + name.encode() + body)
        directory.append(
            b"PK\x01\x02\x14\0" + common + struct.pack("<HHHII", 0, 0, 0, 0, at) + name.encode()
        )
    start, table = out.tell(), b"".join(directory)
    out.write(table)
    ends = (0, 0, len(directory), len(directory), len(table), start, 0)
    out.write(b"PK\x05\x06" + struct.pack("<HHHHIIH", *ends))
    data = out.getvalue()
    assert zipfile.ZipFile(io.BytesIO(data)).testzip() is None
    return data


def streamed(members: dict[str, bytes], *, level: int = 6, wide: bool = False) -> bytes:
    """A zip as it is written to a pipe: sizes come after the data; ``wide`` ones of 8 bytes."""

    class Pipe(io.RawIOBase):
        data = bytearray()

        def writable(self) -> bool:
            return True

        def write(self, data: object) -> int:
            self.data += memoryview(data)  # type: ignore[arg-type]
            return len(memoryview(data))  # type: ignore[arg-type]

    pipe = Pipe()
    pipe.data = bytearray()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as made:
        made.comment = b"of a pipe"
        for name, content in members.items():
            about = zipfile.ZipInfo(name)
            about.compress_type = zipfile.ZIP_DEFLATED
            about._compresslevel = level  # type: ignore[attr-defined]
            with made.open(about, "w", force_zip64=wide) as stream:
                stream.write(content)
    return bytes(pipe.data)


def far_zip(members: dict[str, bytes], *, level: int = 6, memory: int = 8) -> bytes:
    """A zip whose directory and end say everything in 8 bytes, as one over 4 GB does."""
    out, directory = bytearray(), bytearray()
    for name, content in members.items():
        at, body, check = len(out), deflated(content, level, memory), zlib.crc32(content)
        common = struct.pack("<HHHHHI", 45, 0, 8, 0, 0x21, check) + b"\xff" * 8
        both = struct.pack("<HHQQ", 1, 16, len(content), len(body))
        out += b"PK\x03\x04" + common + struct.pack("<HH", len(name), 20) + name.encode() + both
        out += body
        extra = struct.pack("<HHQQQ", 1, 24, len(content), len(body), at)
        directory += b"PK\x01\x02\x2d\0" + common + struct.pack("<HH", len(name), 28)
        directory += bytes(10) + b"\xff" * 4 + name.encode() + extra
    start, count = len(out), len(members)
    end = struct.pack("<4sQHHIIQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, 0, 0)
    end = end[:40] + struct.pack("<QQ", len(directory), start)
    locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, start + len(directory), 1)
    last = b"PK\x05\x06" + bytes(4) + b"\xff" * 12 + bytes(2)
    return bytes(out + directory + end + locator + last)


def fbx(arrays: list[bytes], *, version: int = 7400, level: int = 1, memory: int = 8) -> bytes:
    """A binary FBX with one geometry for each array of doubles, as Blender writes it."""
    form = struct.Struct("<QQQB" if version >= 7500 else "<IIIB")
    out = bytearray(b"Kaydara FBX Binary  \0\x1a\0" + struct.pack("<I", version))

    def record(name: bytes, properties: list[bytes], inside: list[tuple[bytes, bytes]]) -> None:
        at = len(out)
        own = b"".join(properties)
        out.extend(bytes(form.size) + name + own)
        for child, value in inside:
            record(child, [value], [])
        if inside:
            out.extend(bytes(form.size))
        out[at : at + form.size] = form.pack(len(out), len(properties), len(own), len(name))

    for number, data in enumerate(arrays):
        encoder = zlib.compressobj(level, zlib.DEFLATED, 15, memory, 0)
        packed = encoder.compress(data) + encoder.flush()
        body = b"d" + struct.pack("<III", len(data) // 8, 1, len(packed)) + packed
        text = f"Rock{number}".encode()
        about = [b"L" + struct.pack("<q", number), b"S" + struct.pack("<I", len(text)) + text]
        plain = b"i" + struct.pack("<III", 2, 0, 8) + bytes(8)
        record(b"Geometry", about, [(b"Vertices", body), (b"Edges", plain)])
    out += (
        bytes(form.size)
        + b"\xfa\xbc\xab\x09\xd0\xc8\xd4\x66\xb1\x76\xfb\x83\x1c\xf7\x26\x7e\0\0\0\0"
    )
    out += bytes(16 - len(out) % 16)
    out += (
        struct.pack("<I", version)
        + bytes(120)
        + b"\xf8\x5a\x8c\x6a\xde\xf5\xd9\x7e\xec\xe9\x0c\xe3\x75\x8f\x29\x0b"
    )
    return bytes(out)


@functools.cache
def vertices(count: int, *, seed: int = 0) -> bytes:
    chance = random.Random(seed)
    return b"".join(struct.pack("<d", round(chance.random(), 2)) for _ in range(count))


def of_another_zlib(chain: tuple[Transform, ...]) -> tuple[Transform, ...]:
    """``chain`` as if "zlib 0.1" had made it, of which the stream is then :func:`relevelled`."""
    (unpack,) = chain
    own = unpack.params
    at = own.index(b"zlib ")
    return (Transform(unpack.name, own[: at - 1] + b"\x08zlib 0.1"),)


def relevelled(stream: bytes, window: int = 0) -> bytes:
    """The stream with level 1 for every compressor of level 6 in its table."""
    start = max(len(stream) - 2000, 0)
    was, now = (bytes((2, level, window, 8, 0)) for level in (6, 1))
    assert was in stream[start:]
    return stream[:start] + stream[start:].replace(was, now)


def painting(*, order: int = 0, seed: int = 0) -> bytes:
    """A .kra: stored layers, small deflated members, a PNG of the whole."""
    rows = pixels(200, 200, seed=seed)
    first, second = layer(60, order=order), layer(40, order=order + 1, seed=1 + seed)
    picture, doc = png(rows, 200), b"<DOC/>" * 900
    return archive(
        {
            "mimetype": (b"application/x-krita", None),
            "maindoc.xml": (doc, deflated(doc)),
            "a/layers/layer1": (first, stored(first)),
            "a/layers/layer2": (second, deflated(second)),
            "mergedimage.png": (picture, stored(picture)),
        }
    )
