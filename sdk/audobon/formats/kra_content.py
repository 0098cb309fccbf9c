"""What a Krita document stores of its layers, and digests of it that no session changes."""

from __future__ import annotations

import hashlib
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from xml.parsers.expat import ExpatError

from attrs import define

from audobon.errors import LimitExceeded
from audobon.formats.archive import member, member_pieces
from audobon.formats.layer_digest import Pieces, krita_tiles
from audobon.formats.source import Source
from audobon.formats.xmltree import Element, canonical, parse_tree

__all__ = ["Box", "Budget", "LayerContents"]

Box = tuple[int, int, int, int]
"""Left, top, width, height."""

_MAX_UNPACKED = 8 << 30
"""Bytes of all contents: a print page of 20,000 x 20,000 pixels with five full
layers is 8 GB before Krita packs its tiles. Contents are read in pieces and never held."""

_MEMBER = re.compile(r"^(?:.*/)?layers/([^/.]+)([^/]*(?:/.*)?)$")
"""In a .kra: ``<image>/layers/layer7.shapelayer/content.svg``; stem ``layer7`` and the rest."""

_SETTINGS = (".filterconfig", ".transformconfig", "/content.xml")
"""Small files of settings, whose attributes Qt writes in an order of its own each time."""

_MAX_SETTINGS = 8 << 20
_FRAMES = ".keyframes.xml"


@define(slots=True)
class Budget:
    """What all contents of one file may unpack to, together."""

    left: int = _MAX_UNPACKED

    def pieces(self, source: Source, archive: zipfile.ZipFile, name: str) -> Pieces:
        """The member to read front to back. LimitExceeded beyond the budget."""

        def counted() -> Iterator[bytes]:
            for piece in member_pieces(source, archive, name, limit=self.left):
                self.left -= len(piece)
                yield piece

        return Pieces(counted())


class LayerContents:
    """The members of each layer: by the stem of its file name, as the rest of it and the whole."""

    def __init__(self, source: Source, archive: zipfile.ZipFile) -> None:
        self._source, self._archive = source, archive
        self._budget = Budget()
        self._members: dict[str, list[tuple[str, str]]] = {}
        for name in sorted(archive.NameToInfo):
            match = _MEMBER.search(name)
            if match and not name.endswith("/"):
                self._members.setdefault(match[1], []).append((match[2], name))

    def members(self) -> Mapping[str, Sequence[tuple[str, str]]]:
        return self._members

    def digest(self, stem: str) -> tuple[str, Box | None]:
        """A sha256 (hex) of everything stored of a layer, and the box around its tiles.

        Frames of an animation count by their time and what they show, however
        they are numbered in this save.
        """
        whole = hashlib.sha256()
        box = None
        members = dict(self._members.get(stem, ()))
        digests: dict[str, bytes] = {}
        for rest, name in members.items():
            if rest.endswith(_FRAMES):
                continue
            if rest.endswith(_SETTINGS):
                digests[rest] = self._settings(name)
            else:
                pieces = self._budget.pieces(self._source, self._archive, name)
                digests[rest], found = krita_tiles(pieces)
                box = found if rest == "" else box
        for rest, name in members.items():
            if rest.endswith(_FRAMES):
                digests[rest] = self._frames(name, stem, digests)
        for rest in sorted(digests):
            whole.update(rest.encode("utf-8", "surrogateescape") + b"\0" + digests[rest])
        return whole.hexdigest(), box

    def _settings(self, name: str) -> bytes:
        try:
            text = canonical(parse_tree(self._pieces(name)))
        except (ExpatError, ValueError, LimitExceeded):
            pieces = self._budget.pieces(self._source, self._archive, name)
            return krita_tiles(pieces)[0]
        return hashlib.sha256(text.encode()).digest()

    def _pieces(self, name: str) -> list[bytes]:
        return [member(self._source, self._archive, name, limit=_MAX_SETTINGS)]

    def _frames(self, name: str, stem: str, digests: dict[str, bytes]) -> bytes:
        """Of the list of frames, each file named by its content; takes what they have out."""
        tree = parse_tree(self._pieces(name))
        used = set()
        for one in tree.within():
            frame = one.values.get("frame")
            if frame is not None and frame.startswith(stem):
                rest = frame[len(stem) :]
                content = digests.get(rest, b"") + digests.get(rest + ".defaultpixel", b"")
                one.values["frame"] = content.hex()
                used |= {rest, rest + ".defaultpixel"}
        for rest in used:
            digests.pop(rest, None)
        for one in tree.within():
            one.inner = [*_sorted_by_time(one)]
        return hashlib.sha256(canonical(tree).encode()).digest()


def _sorted_by_time(one: Element) -> list[Element | str]:
    """Frames are a set of times; everything else keeps its order."""

    def when(inner: Element | str) -> tuple[int, float]:
        text = "" if isinstance(inner, str) else inner.values.get("time", "")
        return (1, float(text)) if text.lstrip("-").isdigit() else (0, 0.0)

    return sorted(one.inner, key=when)
