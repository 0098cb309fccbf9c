"""Which things of a Krita document belong together, and which of their changes are none."""

from __future__ import annotations

import hashlib
from xml.parsers.expat import ExpatError

from attrs import frozen

from audobon.errors import LimitExceeded
from audobon.formats.xmltree import canonical, parse_tree

__all__ = ["FRAME_UNIT", "HERE", "PASSING_UNITS", "PICTURES", "Place", "digest_of", "place_of"]

HERE = "\0"
"""Stands for the folder of the archive that has the picture's name; no member's name has it."""

PICTURES = ("mergedimage.png", "preview.png")
"""What Krita makes of the layers with each save, and never reads itself."""

FRAME_UNIT = "color profile"

PASSING_UNITS = ("color history", "mirror axis")
"""Traces of the hand, new in each session: ours' where both have some, and nobody is asked."""

_ELEMENTS = {
    "ProjectionBackgroundColor": "background color",
    "ProofingWarningColor": "soft proofing",
    "GlobalAssistantsColor": "assistants",
    "assistants": "assistants",
    "Palettes": "palettes",
    "resources": "palettes",
    "compositions": "compositions",
    "grid": "grid",
    "guides": "guides",
    "MirrorAxis": "mirror axis",
    "animation": "animation",
    "audio": "animation",
    "ColorHistory": "color history",
    "Annotations": "annotations",
}
_MEMBERS = {
    "annotations/icc": FRAME_UNIT,
    "annotations/proofing/": "soft proofing",
    "annotations/layerstyles.asl": "layer styles",
    "annotations/": "annotations",
    "assistants/": "assistants",
    "palettes/": "palettes",
    "resources/": "palettes",
    "storyboard/": "storyboard",
    "animation/": "animation",
    "audio/": "animation",
}
_OUTSIDE = {
    "documentinfo.xml": "information",
    "reference_images/": "reference images",
    "resources/": "palettes",
}
"""Members beside the folder of the picture."""

_COUNTED = (
    *("editing-cycles", "editing-time", "date", "creation-date", "initial-creator", "author"),
    "currentTime",
)
"""Said anew with every save: how often, when and by whom; and where the timeline stands."""

_MAX_XML = 1 << 20


@frozen(slots=True)
class Place:
    """The unit that something belongs to; ``known`` unless only its place is its name."""

    unit: str
    known: bool = True


def place_of(what: str, name: str) -> Place:
    """Where an ``attribute`` or ``element`` of the picture belongs, or a ``member``."""
    if what == "attribute":
        if name in ("name", "description", "mime"):
            return Place("information")
        return Place("soft proofing" if name.startswith("proofing-") else name)
    if what == "element":
        return Place(_ELEMENTS.get(name, name))
    inside = name.startswith(HERE)
    plain = name[len(HERE) :] if inside else name
    for start, unit in (_MEMBERS if inside else _OUTSIDE).items():
        if plain == start or (start.endswith("/") and plain.startswith(start)):
            return Place(unit)
    return Place(plain, known=False)


def digest_of(name: str, data: bytes) -> str:
    """A sha256 of a member, of XML without what no person changes."""
    if name.endswith(".xml") and len(data) <= _MAX_XML:
        try:
            text = canonical(parse_tree([data]), _COUNTED)
        except (ExpatError, ValueError, LimitExceeded):
            pass
        else:
            return hashlib.sha256(text.encode()).hexdigest()
    return hashlib.sha256(data).hexdigest()
