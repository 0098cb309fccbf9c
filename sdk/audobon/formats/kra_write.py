"""Write a Krita document that has layers of two, from the members of both archives.

Contents go over packed as they are understood by Krita: only names of files
change, and the lists that hold them.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping
from typing import BinaryIO

from attrs import define, field

from audobon.formats.archive import member, member_pieces
from audobon.formats.kra_document import ROOT, CannotMerge, KraDocument, Node
from audobon.formats.kra_units import HERE
from audobon.formats.source import Source
from audobon.formats.xmltree import Element, written

__all__ = ["Opened", "Placed", "write_document"]

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    "<!DOCTYPE DOC PUBLIC '-//KDE//DTD krita 2.0//EN' 'http://www.calligra.org/DTD/krita-2.0.dtd'>\n"
)
_MIME = b"application/x-kra"
_MAX_CONTENT = 8 << 30
_MAX_FRAMES = 8 << 20
_NUMBER = re.compile(r"\d+$")


@define(slots=True)
class Opened:
    """One of the documents, for its members."""

    document: KraDocument
    source: Source
    archive: zipfile.ZipFile

    def pieces(self, name: str) -> Iterator[bytes]:
        return member_pieces(self.source, self.archive, name, limit=_MAX_CONTENT)

    def whole(self, name: str) -> bytes:
        return member(self.source, self.archive, name, limit=_MAX_FRAMES)


@define(slots=True)
class Placed:
    """A layer of the new document: whose it is, and where a copy differs from what it is of."""

    side: str
    node: Node
    changes: Mapping[str, str] = field(factory=dict)
    """Attributes that a copy has instead."""


def write_document(
    out: BinaryIO,
    opened: Mapping[str, Opened],
    layers: Mapping[str, Placed],
    children: Mapping[str, list[str]],
    units: Mapping[str, str],
    pictures: Mapping[str, bytes],
) -> None:
    """Write to ``out``; ``units`` says whose each is, ``pictures`` are members beside the rest.

    The same arguments always give the same bytes.
    """
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        _Writer(archive, opened, layers, children, units).write(pictures)


@define(slots=True)
class _Writer:
    archive: zipfile.ZipFile
    opened: Mapping[str, Opened]
    layers: Mapping[str, Placed]
    children: Mapping[str, list[str]]
    units: Mapping[str, str]
    stems: dict[str, str] = field(factory=dict)
    title: str = ""

    def write(self, pictures: Mapping[str, bytes]) -> None:
        self._put("mimetype", _MIME, zipfile.ZIP_STORED)
        image = self._image()
        self.title = image.values["name"]
        self._number()
        self._put("maindoc.xml", written(self._root(image), _HEAD))
        for name, side in self.units.items():
            unit = self.opened[side].document.units.get(name)
            for known in () if unit is None else unit.members:
                there = self.opened[side].document.files[known]
                to = f"{self.title}/{known[len(HERE) :]}" if known.startswith(HERE) else known
                self._copy(side, there, to)
        for ident, placed in self.layers.items():
            self._contents(placed, self.stems[ident])
        for name, data in pictures.items():
            self._put(name, data)

    def _image(self) -> Element:
        """IMAGE with all but the layers."""
        image = Element("IMAGE", dict(self.opened["ours"].document.frame))
        image.values = {key: value for key, value in image.values.items() if value}
        for name, side in self.units.items():
            unit = self.opened[side].document.units.get(name)
            if unit is not None:
                image.values.update(unit.attributes)
                image.inner += [one for one in unit.elements if one.name != "layer"]
        if "name" not in image.values:
            raise CannotMerge("the merged document has no name")
        return image

    def _number(self) -> None:
        """Names of files: ours keep theirs, what comes along gets the next numbers."""
        ours = self.opened["ours"].document
        taken = {node.stem for node in ours.nodes.values()}
        taken |= {name.partition("/layers/")[2].partition(".")[0] for name in ours.files.values()}
        numbers = [int(found[0]) for stem in taken if (found := _NUMBER.search(stem))]
        number = max((each for each in numbers if each < 1 << 31), default=0)
        for ident, placed in self.layers.items():
            if ident in ours.nodes:
                self.stems[ident] = ours.nodes[ident].stem
            else:
                number += 1
                self.stems[ident] = f"{placed.node.element.name}{number}"

    def _root(self, image: Element) -> Element:
        sides = [self.opened[side].document for side in ("ours", "theirs")]
        newest = max(sides, key=lambda one: _version(one.root.get("kritaVersion", "")))
        box = Element("layers", {}, list(self._below(ROOT)))
        references = self.units.get("reference images", "ours")
        unit = self.opened[references].document.units.get("reference images")
        box.inner += [] if unit is None else [one for one in unit.elements if one.name == "layer"]
        image.inner.insert(0, box)
        return Element("DOC", dict(newest.root), [image])

    def _below(self, parent: str) -> Iterator[Element]:
        for ident in self.children.get(parent, ()):
            placed = self.layers[ident]
            values = {**placed.node.element.values, **placed.changes}
            values["filename"] = self.stems[ident]
            if values.get("keyframes"):
                values["keyframes"] = self._renamed(values["keyframes"], placed.node.stem, ident)
            if placed.side != "ours":
                values.pop("selected", None)
            inner = list(placed.node.element.inner)
            below: list[Element | str] = list(self._below(ident))
            if below or placed.node.group:
                inner.append(Element("layers" if placed.node.group else "masks", {}, below))
            yield Element(placed.node.element.name, values, inner)

    def _renamed(self, name: str, stem: str, ident: str) -> str:
        if not name.startswith(stem):
            raise CannotMerge("the frames of a layer lie in another file than theirs")
        return self.stems[ident] + name[len(stem) :]

    def _contents(self, placed: Placed, stem: str) -> None:
        opened = self.opened[placed.side]
        for rest, name in opened.document.stems.get(placed.node.stem, ()):
            to = f"{self.title}/layers/{stem}{rest}"
            if rest.endswith(".keyframes.xml") and stem != placed.node.stem:
                old, new = placed.node.stem.encode(), stem.encode()
                data = re.sub(rb'(?<= frame=")' + re.escape(old), new, opened.whole(name))
                self._put(to, data)
            else:
                self._copy(placed.side, name, to)

    def _copy(self, side: str, name: str, to: str) -> None:
        opened = self.opened[side]
        info = self._info(to, opened.archive.getinfo(name).compress_type)
        large = opened.archive.getinfo(name).file_size >= 1 << 31
        with self.archive.open(info, "w", force_zip64=large) as stream:
            for piece in opened.pieces(name):
                stream.write(piece)

    def _put(self, name: str, data: bytes, how: int = zipfile.ZIP_DEFLATED) -> None:
        self.archive.writestr(self._info(name, how), data)

    def _info(self, name: str, how: int) -> zipfile.ZipInfo:
        if name in self.archive.NameToInfo:
            raise CannotMerge(f"two files of the merged document would be called {name}")
        info = zipfile.ZipInfo(name)
        stored = zipfile.ZIP_STORED
        info.compress_type = stored if how == stored else zipfile.ZIP_DEFLATED
        return info


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(each) for each in re.findall(r"\d+", text)[:3])
