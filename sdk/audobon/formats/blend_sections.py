"""The first pass over a .blend file: which blocks there are, whose they are, what they are called.

A data block (Blender's ID) is a block with a two-letter code, and the DATA
blocks behind it belong to it: together a section. Every address that a file
names is that of a block. Before 5.0 addresses are those of the session's
memory, after it numbers; either way they mean something in one file only.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator

from attrs import define, field, frozen

from audobon.codec.sdna import read_structs
from audobon.errors import LimitExceeded, Unsupported
from audobon.formats.blend_blocks import BlendStream, Block
from audobon.formats.blend_dna import Dna, parse_dna
from audobon.formats.blend_layout import Layout, Layouts
from audobon.formats.source import Source

__all__ = ["Blocks", "Section", "read_blocks"]

_MAX_BLOCKS = 1_000_000
"""Blocks of one scene, 250 bytes of memory each; large productions have some hundred thousand."""

_MAX_DNA = 1 << 20  # 132 KB in Blender 5.0
_NAME_ROOM = 2048
"""Bytes in which an ID's name ends, and the path of a library: 400 and 1,500 in Blender 5."""

_PLACEHOLDER = b"ID"
_INSIDE = b"KE"
"""Shape keys: data blocks of their own in a file, but part of the one mesh that has them."""


@frozen(slots=True)
class Section:
    """A data block with what belongs to it: blocks ``first`` to ``end`` (exclusive).

    ``code`` has two letters, or four for what is no data block. ``name`` is
    without them. ``library`` is the path that a library has, or the one of the
    library that a linked data block comes from, whose name begins with letters
    of its own.
    """

    code: bytes
    name: str
    first: int
    end: int
    library: str = ""

    @property
    def key(self) -> tuple[bytes, str, str]:
        """What no two sections have alike."""
        return self.code, self.name, self.library if self.code == _PLACEHOLDER else ""


@define
class Blocks:
    """All blocks of a file, in order, as columns, and the sections they make up."""

    version: str
    dna: Dna
    layouts: Layouts
    dna_bytes: bytes
    compression: str = "none"
    address: array[int] = field(factory=lambda: array("Q"))
    kind: array[int] = field(factory=lambda: array("I"))
    owner: array[int] = field(factory=lambda: array("I"))  # the number of the section
    sections: list[Section] = field(factory=list)
    first_at: dict[int, int] = field(factory=dict)  # address to the first block that had it
    shared: set[int] = field(factory=set)  # addresses that several blocks had
    _near: tuple[int, dict[int, int]] = (-1, {})  # the section asked about last

    def layout(self, number: int) -> Layout | None:
        """What a block's struct looks like; None for raw bytes and unknown structs."""
        struct = self.kind[number]
        return self.layouts.of(struct) if 0 < struct < len(self.layouts) else None

    def find(self, address: int, section: int) -> int:
        """The block that ``address`` means in a section, -1 for none.

        An address used twice means the block of the same section: Blender 5
        gives those of temporary structs again.
        """
        if address in self.shared:
            if self._near[0] != section:
                self._near = (section, self._addresses_of(section))
            if address in self._near[1]:
                return self._near[1][address]
        return self.first_at.get(address, -1)

    def _addresses_of(self, section: int) -> dict[int, int]:
        wanted = self.sections[section]
        numbers = range(wanted.end - 1, wanted.first - 1, -1)
        return {self.address[number]: number for number in numbers}

    def inside(self, block: int, section: int) -> bool:
        """Whether a block is part of the content of a section."""
        owner = self.owner[block]
        return owner == section or self.sections[owner].code == _INSIDE


def read_blocks(source: Source) -> Blocks:
    """BadFile, LimitExceeded; Unsupported for files of before 2.8 or of 32 bits."""
    stream = BlendStream(source)
    header = stream.header
    if header.pointer != 8 or header.order != "<":
        raise Unsupported(
            "the parts of a .blend file of 32 bits cannot be told apart; save it with Blender 2.8"
            " or newer on a machine of 64 bits",
            subject=source.path,
        )
    scan = _Scan(source, stream)
    for block in stream.blocks():
        scan.take(block)
    if not scan.dna:
        raise source.bad("it has no description of its structs")
    return scan.blocks()


class _Scan:
    def __init__(self, source: Source, stream: BlendStream) -> None:
        self._source, self._stream = source, stream
        self._address: array[int] = array("Q")
        self._kind: array[int] = array("I")
        self._heads: list[tuple[int, bytes, bytes]] = []
        self.dna = b""

    def take(self, block: Block) -> None:
        number = len(self._address)
        if number >= _MAX_BLOCKS:
            raise LimitExceeded(
                f"a .blend file has more than {_MAX_BLOCKS} blocks; the parts of fewer can be told",
                subject=self._source.path,
            )
        self._address.append(block.address)
        self._kind.append(block.struct & 0xFFFFFFFF)
        if block.code == b"DNA1":
            if block.length > _MAX_DNA:
                raise self._source.bad("its description of structs is too large")
            self.dna = self._stream.read(block.length)
        if block.code != b"DATA":
            code = block.code.rstrip(b"\0")
            head = self._stream.read(_NAME_ROOM) if len(code) == 2 else b""
            self._heads.append((number, code, head))

    def blocks(self) -> Blocks:
        header = self._stream.header
        dna = parse_dna(self.dna, order=header.order, pointer=header.pointer)
        blocks = Blocks(
            header.version_text,
            dna,
            Layouts(read_structs(self.dna)),
            self.dna,
            self._stream.compression,
            self._address,
            self._kind,
        )
        if not self._heads or self._heads[0][0] != 0:
            raise self._source.bad("it begins in the middle of a data block")
        blocks.sections.extend(self._sections(dna))
        for number, section in enumerate(blocks.sections):
            blocks.owner.extend([number] * (section.end - section.first))
        for number, address in enumerate(self._address):
            if address and blocks.first_at.setdefault(address, number) != number:
                blocks.shared.add(address)
        return blocks

    def _sections(self, dna: Dna) -> Iterator[Section]:
        """Names are made unique here: damaged files repeat them, sound ones do not."""
        name_at = dna.find(b"ID", b"name")
        path_at = dna.find(b"Library", b"name") or dna.find(b"Library", b"filepath")
        ends = [number for number, _, _ in self._heads[1:]] + [len(self._address)]
        seen: set[tuple[bytes, str, str]] = set()
        library = ""
        for (first, code, head), end in zip(self._heads, ends, strict=True):
            name = _text(head, name_at)[0 if code == _PLACEHOLDER else 2 :]
            if code == b"LI":
                library = _text(head, path_at) or name
            path = library if code in (b"LI", _PLACEHOLDER) else ""
            section = Section(code, name, first, end, path)
            again = 1
            while len(code) == 2 and section.key in seen:
                again += 1
                section = Section(code, f"{name} ({again})", first, end, path)
            seen.add(section.key)
            yield section


def _text(head: bytes, where: tuple[int, int] | None) -> str:
    if where is None:
        return ""
    text = head[where[0] : sum(where)].split(b"\0", 1)[0].decode("utf-8", "replace")
    # Exactly what Blender calls it, but nothing that moves a terminal's cursor.
    return "".join(char if char.isprintable() else "\ufffd" for char in text)
