"""Universal Scene Description: text (.usda), binary (.usdc) and packages (.usdz)."""

from __future__ import annotations

import re
import struct

from audobon.formats import facts
from audobon.formats.archive import member, open_archive
from audobon.formats.source import Source
from audobon.model.asset import AttributeValue, Facts

__all__ = ["PROBES", "REFERENCES"]

_MAX_TEXT = 32 << 20
"""Bytes of a text layer read; above it the facts stay partial."""

_DEFINITION = re.compile(
    rb'^[ \t]*(?:def|over)[ \t]+(?:(\w+)[ \t]+)?"([^"\r\n]{1,256})"', re.MULTILINE
)
_UP = re.compile(rb'^[ \t]*upAxis[ \t]*=[ \t]*"([XYZ])"', re.MULTILINE)
_RATE = re.compile(
    rb"^[ \t]*(?:framesPerSecond|timeCodesPerSecond)[ \t]*=[ \t]*([0-9.]{1,12})", re.MULTILINE
)
_FRAME = re.compile(rb"^[ \t]*(start|end)TimeCode[ \t]*=[ \t]*(-?[0-9.]{1,12})", re.MULTILINE)
_ASSET = re.compile(rb"@@@([^\r\n]{1,1024}?)@@@|@([^@\r\n]{1,1024})@")

_TYPES = {b"Mesh": "meshes", b"Material": "materials", b"Camera": "cameras"}
_LIGHTS = re.compile(rb"^\w*Light$")

Found = dict[str, AttributeValue | None]


class _Layer:
    """What a text layer says; fed in pieces."""

    def __init__(self) -> None:
        self.counts = {"meshes": 0, "materials": 0, "cameras": 0, "lights": 0, "objects": 0}
        self.names: list[bytes] = []
        self.files: list[str] = []
        self.found: Found = {}

    def feed(self, data: bytes) -> None:
        for match in _DEFINITION.finditer(data):
            kind = match[1] or b""
            self.counts["objects"] += 1
            if kind in _TYPES:
                self.counts[_TYPES[kind]] += 1
            elif _LIGHTS.match(kind):
                self.counts["lights"] += 1
            if len(self.names) < 1000:
                self.names.append(match[2])
        for match in _ASSET.finditer(data):
            if len(self.files) < 10_000:
                self.files.append((match[1] or match[2]).decode("utf-8", "replace"))
        if not self.found:
            self._metadata(data)

    def _metadata(self, data: bytes) -> None:
        up, rate = _UP.search(data), _RATE.search(data)
        self.found["up_axis"] = up[1].decode() if up else "Y"  # the default of USD
        self.found["frame_rate"] = float(rate[1]) if rate else None
        for match in _FRAME.finditer(data):
            self.found[f"frame_{match[1].decode()}"] = int(float(match[2]))

    def read(self, source: Source) -> None:
        last = b""
        for piece in source.chunks(limit=_MAX_TEXT):
            data = last + piece
            cut = data.rfind(b"\n") + 1
            last = data[cut:][-4096:]
            self.feed(data[:cut])
        self.feed(last)

    def facts(self, name: str, extra: Found) -> Facts:
        shown = facts.names(self.names)
        attributes: Found = {**self.counts, **self.found, "object_names": shown, **extra}
        return facts.make("model", name, attributes=attributes, text=shown)


def _read(source: Source) -> _Layer:
    layer = _Layer()
    layer.read(source)
    return layer


def usda(source: Source) -> Facts:
    """Facts of a text layer."""
    layer = source.once(_read)
    partial = source.size > _MAX_TEXT
    extra: Found = {
        "file_version": facts.clean(source.head[:16].split()[1]),
        "encoding": "text",
        "partial": True if partial else None,
    }
    tail = source.upto(max(0, source.size - 4096), 4096)
    opened = layer.counts["objects"] and b"}" not in tail
    if opened and not partial:
        raise source.bad("it ends too early")
    return layer.facts("usda", extra)


def usda_references(source: Source) -> tuple[str, ...]:
    """The assets named between ``@`` signs: layers, payloads, textures."""
    return tuple(source.once(_read).files)


def usdc(source: Source) -> Facts:
    """Facts of a binary (crate) layer: its version; its parts must lie inside the file."""
    major, minor, patch = source.at(8, 3)
    (toc,) = struct.unpack("<q", source.at(16, 8))
    if not 88 <= toc < source.size:
        raise source.bad("it ends too early")
    (count,) = struct.unpack("<Q", source.at(toc, 8))
    if not 0 < count <= 64:
        raise source.bad("its list of parts is broken")
    for at in range(toc + 8, toc + 8 + 32 * count, 32):
        _name, start, size = struct.unpack("<16sqq", source.at(at, 32))
        if start < 0 or size < 0 or start + size > source.size:
            raise source.bad("a part lies outside of it")
    attributes: Found = {"file_version": f"{major}.{minor}.{patch}", "encoding": "binary"}
    return facts.make("model", "usdc", attributes=attributes)


_LAYERS = (".usda", ".usdc", ".usd")
_PICTURES = (".png", ".jpg", ".jpeg", ".exr", ".avif")


def usdz(source: Source) -> Facts:
    """Facts of a package: its entries, and its first layer where that is text."""
    with open_archive(source) as archive:
        entries = archive.namelist()
        if not entries or not entries[0].lower().endswith(_LAYERS):
            raise source.bad("its first entry is not a layer")
        layer = _Layer()
        head = archive.getinfo(entries[0])
        if head.file_size <= _MAX_TEXT // 4:
            data = member(source, archive, entries[0], limit=_MAX_TEXT // 4)
            if data.startswith(b"#usda"):
                layer.feed(data)
    extra: Found = {
        "entries": len(entries),
        "textures": sum(name.lower().endswith(_PICTURES) for name in entries),
        "encoding": "package",
    }
    if not layer.found:
        return facts.make("model", "usdz", attributes=extra, text=facts.names(entries))
    return layer.facts("usdz", extra)


PROBES = {"usda": usda, "usdc": usdc, "usdz": usdz}
REFERENCES = {"usda": usda_references}
