# SPDX-License-Identifier: GPL-3.0-or-later
"""What of a document can be saved, into which kind of file, and the work on the library."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from audobon.model.asset import Asset
    from audobon.session import Session, State

__all__ = [
    "DOCUMENT",
    "GROUP",
    "LAYER",
    "SELECTION",
    "Told",
    "keep",
    "keep_again",
    "offers",
    "refusal",
    "room",
    "suffix_for",
    "title",
]

DOCUMENT, LAYER, GROUP, SELECTION = "document", "layer", "group", "selection"

_TITLES = {
    DOCUMENT: "Document",
    LAYER: "Active layer",
    GROUP: "Active group, with its layers",
    SELECTION: "Selection of the picture",
}
_LARGE = 1 << 30
# Bytes that a document may take which is saved; how many it takes nobody knows before.
_FLAT = {"paintlayer", "vectorlayer", "filelayer", "filllayer", "clonelayer"}
# Layers that have a picture of their own; a filter layer or a mask only changes others.
_PLAIN = {"RGBA", "GRAYA"}
_NAMES = {"RGBA": "RGB", "GRAYA": "grey", "CMYKA": "CMYK", "LABA": "L*a*b*", "XYZA": "XYZ"}
_DEPTHS = {"U8": "8 bits", "U16": "16 bits", "F16": "16-bit floats", "F32": "32-bit floats"}
_HOLDS = {".png": {"U8", "U16"}, ".exr": {"F16", "F32"}}


@dataclass(frozen=True)
class Told:
    """What a person says of what is saved. Empty means nothing is said."""

    name: str = ""
    tags: str = ""
    description: str = ""
    note: str = ""


def room(state: State | None) -> str | None:
    """The folder for what is written for a moment, None for the system's. OSError."""
    from audobon.panel import saving

    return saving.room(state, _LARGE)


def title(what: str) -> str:
    """What is saved, as a person reads it."""
    return _TITLES[what]


def offers(layer: str, *, selection: bool) -> tuple[str, ...]:
    """What can be saved while a layer of this type is active, the usual first."""
    found = [DOCUMENT]
    if layer in _FLAT:
        found.append(LAYER)
    if layer == "grouplayer":
        found.append(GROUP)
    if selection:
        found.append(SELECTION)
    return tuple(found)


def suffix_for(what: str, model: str, depth: str) -> str:
    """The kind of file for a new asset, which keeps every bit.

    With layers it is a document of Krita. A flat picture is a PNG of 8 or 16
    bits, or an EXR of floats; for colours that neither has (CMYK and others)
    it is a document again.
    """
    if what in (DOCUMENT, GROUP) or model not in _PLAIN:
        return ".kra"
    return next((suffix for suffix, depths in _HOLDS.items() if depth in depths), ".kra")


def refusal(asset: Asset, model: str, depth: str) -> str:
    """Why a picture of these colours cannot be a version of this asset, empty when it can."""
    suffix = Path(asset.file).suffix.lower()
    if suffix == ".kra":
        return ""
    if suffix not in _HOLDS:
        kind = suffix.lstrip(".").upper() or "this kind of file"
        return f"{asset.name} is {kind}; new versions are written as KRA, PNG and EXR only"
    if model in _PLAIN and depth in _HOLDS[suffix]:
        return ""
    what = f"{_NAMES.get(model, model)} of {_DEPTHS.get(depth, depth)}"
    return f"{suffix[1:].upper()} cannot hold {what} without loss; save it as a new asset"


def keep(session: Session, made: Path, told: Told) -> None:
    """A file that was written aside becomes an asset in the library's folder ``Saved``."""
    from audobon.panel.saving import keep_made
    from audobon.panel.words import tags_of

    from .document import saved_folder

    tags, description = tags_of(told.tags), told.description.strip()
    folder = saved_folder(session)
    keep_made(session, made, folder, told.name or "Untitled", tags=tags, description=description)


def keep_again(session: Session, made: Path, asset: Asset, told: Told) -> None:
    """A file that was written aside takes the place of an asset; what lay there is a version."""
    from audobon.panel import saving
    from audobon.panel.words import tags_of

    note = told.note.strip() or f"Saved {asset.name} in Krita"
    tags, description = tags_of(told.tags), told.description.strip()
    saving.keep_again(session, made, asset.id, note, tags=tags, description=description)
