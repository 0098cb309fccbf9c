"""The structs of a written scene: a small part of Blender's DNA, with its names and types."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["Dna"]

_PRIMITIVES = {"char": 1, "short": 2, "int": 4, "float": 4, "void": 0}
_FORMS = {"short": "h", "int": "i", "float": "f"}
_ARRAY = re.compile(r"\[(\d+)\]")

# Each line is a struct; members have Blender's names. Laid out so that addresses lie at
# multiples of 8, as the DNA asks.
_STRUCTS = """
Unused: int none; int none2
ListBase: void *first; void *last
Library: ID id; char name[1024]
ID: void *next; void *prev; ID *newid; Library *lib; char name[NAME]; short flag; int tag; int us; \
int session_uuid; FILL; void *properties
ModifierData: ModifierData *next; ModifierData *prev; int type; int flag; char name[64]
SubsurfModifierData: ModifierData modifier; short levels; short quality; int _pad
MVert: float co[3]
Key: ID id; ID *from
Material: ID id; float r; float g; float b; float a
Mesh: ID id; Material **mat; MVert *mvert; Key *key; int totvert; int totedge; int totpoly; \
int totloop
Object: ID id; Object *parent; void *data; ListBase modifiers; float loc[3]; float size[3]; \
float rot[3]; float obmat[4][4]; short type; short rotmode; short flag; short _pad; int _pad2
CollectionObject: CollectionObject *next; CollectionObject *prev; Object *ob
CollectionChild: CollectionChild *next; CollectionChild *prev; Collection *collection
Collection: ID id; ListBase gobject; ListBase children
RenderData: int cfra; int sfra; int xsch; int ysch
TextLine: TextLine *next; TextLine *prev; char *line; int len; int _pad
Text: ID id; char *filepath; void *compiled; int flags; int nlines; ListBase lines
ChannelDriver: ListBase variables; char expression[256]; void *expr_comp; float curval; \
float influence; int type; int flag
FreestyleModuleConfig: void *next; void *prev; Text *script; int is_displayed; int _pad
Scene: ID id; Object *camera; Collection *master_collection; RenderData r
"""


class Dna:
    """Packs structs by name, and writes the block that describes them."""

    def __init__(self, name_size: int) -> None:
        # ID: 4 addresses, the name, 14 bytes of numbers, filled up to 8.
        fill = -(name_size + 14) % 8
        text = _STRUCTS.replace("NAME", str(name_size))
        text = text.replace("FILL", f"char _pad[{fill}]" if fill else "char _pad[8]")
        self._structs: dict[str, list[tuple[str, str]]] = {}
        for line in text.strip().replace("\\\n", "").splitlines():
            name, _, members = line.partition(": ")
            pairs = (member.strip().split(" ", 1) for member in members.split(";"))
            self._structs[name] = [(kind, member) for kind, member in pairs]

    def number(self, name: str) -> int:
        return list(self._structs).index(name)

    def size(self, kind: str) -> int:
        if kind in _PRIMITIVES:
            return _PRIMITIVES[kind]
        return sum(self._room(inner, name) for inner, name in self._structs[kind])

    def pack(self, kind: str, values: Mapping[str, Any], address: Callable[[Any], int]) -> bytes:
        """A struct's bytes; what is not named is zero, and addresses are given as labels."""
        body = bytearray(self.size(kind))
        for path, value in values.items():
            self._put(body, kind, path.split("."), value, address)
        return bytes(body)

    def data(self) -> bytes:
        """The body of the DNA1 block."""
        names = list(dict.fromkeys(name for pairs in self._structs.values() for _, name in pairs))
        types = [*_PRIMITIVES, *self._structs]

        def words(found: list[str]) -> bytes:
            joined = b"".join(word.encode() + b"\0" for word in found)
            return _padded(struct.pack("<i", len(found)) + joined)

        sizes = [self.size(kind) for kind in types]
        out = b"SDNA" + b"NAME" + words(names) + b"TYPE" + words(types)
        out += b"TLEN" + _padded(struct.pack(f"<{len(sizes)}H", *sizes))
        out += b"STRC" + struct.pack("<i", len(self._structs))
        for kind, pairs in self._structs.items():
            out += struct.pack("<HH", types.index(kind), len(pairs))
            for inner, name in pairs:
                out += struct.pack("<HH", types.index(inner), names.index(name))
        return out

    def _room(self, kind: str, name: str) -> int:
        count = 1
        for part in _ARRAY.findall(name):
            count *= int(part)
        return count * (8 if name.startswith("*") else self.size(kind))

    def _put(
        self,
        body: bytearray,
        kind: str,
        path: list[str],
        value: Any,
        address: Callable[[Any], int],
        start: int = 0,
    ) -> None:
        at = start
        for inner, name in self._structs[kind]:
            room = self._room(inner, name)
            if _ARRAY.sub("", name.lstrip("*")) == path[0]:
                if len(path) > 1:
                    self._put(body, inner, path[1:], value, address, at)
                else:
                    body[at : at + room] = _packed(inner, name, room, value, address)
                return
            at += room
        raise KeyError(f"{kind} has no member {path[0]}")


def _packed(kind: str, name: str, room: int, value: Any, address: Callable[[Any], int]) -> bytes:
    if name.startswith("*"):
        return struct.pack("<Q", address(value))
    if kind == "char":
        return str(value).encode().ljust(room, b"\0")[:room]
    values = value if isinstance(value, tuple) else (value,)
    return struct.pack(f"<{len(values)}{_FORMS[kind]}", *values).ljust(room, b"\0")


def _padded(data: bytes) -> bytes:
    return data + b"\0" * (-len(data) % 4)
