"""What of a .blend file can be brought into another scene, by name, in one pass over it."""

from __future__ import annotations

from audobon.errors import LimitExceeded
from audobon.formats.blend_blocks import BlendStream
from audobon.formats.blend_dna import parse_dna
from audobon.formats.blend_fields import Fields
from audobon.formats.blend_parts import KINDS
from audobon.formats.source import Source
from audobon.model.scenecheck import SceneOffer

__all__ = ["blend_offers"]

_OFFERED = frozenset((b"GR", b"OB", b"MA", b"NT", b"WO"))
_HEAD = 512  # an ID has up to 408 bytes
_MAX_OFFERS = 20_000  # 10 MB of heads
_MAX_DNA = 1 << 20  # 132 KB in Blender 5.0


def blend_offers(source: Source) -> tuple[SceneOffer, ...]:
    """Collections, objects, materials, node groups and worlds of the file itself, in its order.

    What it links from other files is not among them. BadFile; LimitExceeded
    for more than 20,000.
    """
    stream = BlendStream(source)
    heads: list[tuple[bytes, bytes]] = []
    dna = b""
    for block in stream.main_blocks():
        code = block.code[:2]
        if block.code == b"DNA1":
            if block.length > _MAX_DNA:
                raise source.bad("its description of structs is too large")
            dna = stream.read(block.length)
        elif code in _OFFERED and block.code[2:] == b"\0\0":
            if len(heads) >= _MAX_OFFERS:
                raise LimitExceeded(
                    f"a .blend file has more than {_MAX_OFFERS:,} objects and the like; the names"
                    " of fewer are listed",
                    subject=source.path,
                )
            heads.append((code, stream.read(_HEAD)))
    if not dna:
        raise source.bad("it has no description of its structs")
    header = stream.header
    fields = Fields(parse_dna(dna, order=header.order, pointer=header.pointer), header.order)
    return tuple(
        SceneOffer(KINDS[code], name, asset=fields.marked(head))
        for code, head in heads
        if (name := fields.name(head))
    )
