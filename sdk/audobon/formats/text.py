"""Text files: notes, data, source code, OBJ materials."""

from __future__ import annotations

import re

from audobon.formats import facts
from audobon.formats.source import Source
from audobon.formats.table import BY_NAME
from audobon.model.asset import AttributeValue, Facts

__all__ = ["PROBES", "REFERENCES"]

_MAX_READ = 1 << 18
"""Bytes read; more than that is data rather than text, and its counts stay partial."""

_MAX_WORDS = 2000  # more than fit into the searchable text

_WORD = re.compile(r"[^\W_]{2,}")
_CONTROL = re.compile(rb"[\x00-\x06\x0e-\x1a\x1c-\x1f]")
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


def _decode(source: Source, data: bytes) -> tuple[str, str]:
    """The text and the name of its encoding; BadFile for binary data."""
    for mark, codec in _MARKS:
        if data.startswith(mark):
            if codec == "utf-16" and len(data) % 2 and len(data) == source.size:
                raise source.bad("it ends in the middle of a character")
            return data.decode(codec, "replace"), codec.removesuffix("-sig")
    if _CONTROL.search(data):
        raise source.bad("it holds binary data")
    try:
        return data.decode("utf-8"), "ascii" if data.isascii() else "utf-8"
    except UnicodeDecodeError as exc:
        if exc.start >= len(data) - 3 and len(data) < source.size:  # cut by our own limit
            return data[: exc.start].decode("utf-8"), "utf-8"
        return data.decode("cp1252", "replace"), "windows-1252"


def text(source: Source) -> Facts:
    """Facts of a text file: its lines and words, and the beginning of it for the search.

    An empty file is sound text, except JSON and XML, which need content.
    """
    data = source.upto(0, _MAX_READ)
    content, encoding = _decode(source, data)
    name = source.format
    bare = content.lstrip()
    if name == "json" and (not bare or bare[0] not in '{["-0123456789tfn/#'):
        raise source.bad("it does not begin like JSON")
    if name == "xml" and "<" not in bare:
        raise source.bad("it has no element")
    partial = source.size > len(data)
    words = _WORD.findall(content)
    found: dict[str, AttributeValue | None] = {
        "lines": len(content.splitlines()),
        "words": len(words),
        "encoding": encoding,
        "partial": True if partial else None,
    }
    if name == "markdown":
        heading = re.search(r"^#{1,2}[ \t]+(.{1,200})", content, re.MULTILINE)
        found["title"] = facts.clean(heading[1]) if heading else None
    if name == "mtl":
        materials = re.findall(r"^newmtl[ \t]+(.{1,200})", content, re.MULTILINE)
        found["materials"] = len(materials)
        found["material_names"] = facts.names(materials)
    return facts.make(BY_NAME[name].kind, name, attributes=found, text=_beginning(content))


def _beginning(content: str) -> list[str]:
    """The first words in lines of a dozen: running text, so that phrases are found."""
    words = content.split(maxsplit=_MAX_WORDS)[:_MAX_WORDS]
    return [facts.clean(" ".join(words[at : at + 12])) for at in range(0, len(words), 12)]


_MAP = re.compile(r"^[ \t]*(?:map_\w+|bump|disp|decal|refl|norm)[ \t]+(.{1,1024})$", re.MULTILINE)
_OPTIONS = {"-mm": 2, "-o": 3, "-s": 3, "-t": 3}  # options with more than one value


def mtl_references(source: Source) -> tuple[str, ...]:
    """The texture maps of an OBJ material library."""
    content, _encoding = _decode(source, source.upto(0, _MAX_READ))
    return tuple(path for found in _MAP.finditer(content) if (path := _map_path(found[1])))


def _map_path(rest: str) -> str:
    """The file name behind the options of a map; it may hold spaces."""
    words = rest.strip().split(" ")
    while words and words[0].startswith("-") and len(words) > 1:
        option = words.pop(0)
        for index in range(_OPTIONS.get(option, 1)):
            # Vectors may be given with fewer numbers than three.
            if len(words) > 1 and (index == 0 or _is_number(words[0])):
                words.pop(0)
    return " ".join(words).strip()


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


_NAMES = ("text", "markdown", "json", "csv", "yaml", "toml", "ini", "xml", "html", "python", "mtl")
PROBES = dict.fromkeys((*_NAMES, "shader"), text)
REFERENCES = {"mtl": mtl_references}
