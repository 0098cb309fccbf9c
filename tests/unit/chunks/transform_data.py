"""Files as the programs write them, small, for the tests of the transforms."""

from __future__ import annotations

import io
import random
import struct
import zipfile
import zlib

import zstandard

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


def pixels(width: int, height: int, *, seed: int = 0) -> bytes:
    """Rows of a greyscale PNG: a gradient with some grain."""
    chance = random.Random(seed)
    return b"".join(
        b"\0" + bytes((x + y + chance.randrange(3)) & 0xFF for x in range(width))
        for y in range(height)
    )


def png(rows: bytes, width: int, *, level: int = 3, part: int = 8192, text: bytes = b"") -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    encoder = zlib.compressobj(level, zlib.DEFLATED, 15, 8, 0)
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
