"""A Krita document taken apart for a merge: its layers by identity, and all else in units.

A unit is what is changed together: the assistants, the guides, the animation.
It has attributes and elements of ``maindoc.xml``, and members of the archive.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterator, Mapping

from attrs import define, field, frozen

from audobon.formats.archive import member, member_pieces, plain_name
from audobon.formats.kra_content import LayerContents
from audobon.formats.kra_units import HERE, PICTURES, Place, digest_of, place_of
from audobon.formats.painting_parts import free_path, krita_facts, layer_name
from audobon.formats.source import Source
from audobon.formats.xmltree import Element, canonical, parse_tree
from audobon.model.parts import Part

__all__ = [
    "FRAME",
    "ROOT",
    "CannotMerge",
    "KraDocument",
    "Node",
    "Unit",
    "read_document",
    "settings",
]

ROOT = ""
"""The identity of what all layers lie in, which has none in the file."""

FRAME = ("width", "height", "colorspacename", "profile", "x-res", "y-res")
"""What pixels of all layers are measured by."""

_MAX_XML = 8 << 20
_MAX_MEMBER = 1 << 30  # an annotation, a palette, a reference picture
_MAX_NODES = 10_000
_TAGS = ("layer", "mask")
_BOXES = ("layers", "masks")
_PASSING = ("selected", "collapsed", "filename", "keyframes")
"""Attributes that say nothing of a layer: what is chosen, folded, and numbers of this save."""

_FLAGS = ("channelflags", "channellockflags")
"""That all channels count Krita says of a new document with nothing, and with 1111 later."""


class CannotMerge(Exception):
    """The documents are sound, and yet no layers of two can be put together; says why."""


@frozen(slots=True)
class Node:
    """A layer, group or mask. ``element`` is its own, without what lies in or on it.

    Equal ``mark`` means: the same settings and content, wherever it lies.
    """

    ident: str
    parent: str
    stem: str
    element: Element
    mark: str
    part: Part

    @property
    def group(self) -> bool:
        return self.element.values["nodetype"] == "grouplayer"


@define(slots=True)
class Unit:
    """``elements`` stand below IMAGE, ``attributes`` on it; ``members`` as in :data:`HERE`."""

    attributes: dict[str, str] = field(factory=dict)
    elements: list[Element] = field(factory=list)
    members: list[str] = field(factory=list)
    mark: str = ""
    known: bool = True


@define(slots=True)
class KraDocument:
    """``root`` and ``frame`` are attributes of DOC and IMAGE; ``files`` gives each member's name
    in the archive, ``stems`` the members of each layer as the rest of the name."""

    title: str
    root: dict[str, str]
    frame: dict[str, str]
    nodes: dict[str, Node] = field(factory=dict)
    children: dict[str, list[str]] = field(factory=dict)
    units: dict[str, Unit] = field(factory=dict)
    files: dict[str, str] = field(factory=dict)
    stems: Mapping[str, list[tuple[str, str]]] = field(factory=dict)
    pictures: dict[str, str] = field(factory=dict)

    @property
    def parts(self) -> tuple[Part, ...]:
        return tuple(node.part for node in self.nodes.values())


def read_document(source: Source, archive: zipfile.ZipFile) -> KraDocument:
    """What is in the document; CannotMerge where it has no identities or keeps things otherwise."""
    if "maindoc.xml" not in archive.NameToInfo:
        raise source.bad("it has no maindoc.xml")
    top = parse_tree(member_pieces(source, archive, "maindoc.xml", limit=_MAX_XML))
    image = next(top.elements("IMAGE"), None)
    if top.name != "DOC" or image is None or "name" not in image.values:
        raise source.bad("its maindoc.xml is of another type")
    frame = {key: image.values.get(key, "") for key in FRAME}
    made = KraDocument(image.values["name"], top.values, frame)
    _Reader(source, archive, made).read(image)
    return made


@define(slots=True)
class _Reader:
    source: Source
    archive: zipfile.ZipFile
    made: KraDocument
    paths: set[str] = field(factory=set)
    names: dict[str, str] = field(factory=dict)
    """Names of members as they were meant, by those in the archive."""

    def read(self, image: Element) -> None:
        self.names = {info.filename: plain_name(info) for info in self.archive.infolist()}
        if len({*self.names.values()}) != len(self.archive.infolist()):
            raise CannotMerge("two files in it have one name")
        contents = LayerContents(self.source, self.archive)
        stems = contents.members()
        self.made.children[ROOT] = []
        for box in image.elements("layers"):
            for one in box.elements():
                if one.values.get("nodetype") == "referenceimages":
                    self._unit(Place("reference images")).elements.append(one)
                else:
                    self._node(one, ROOT, "", contents)
        here = {self.made.title + "/layers/" + node.stem: node for node in self.made.nodes.values()}
        if len(here) != len(self.made.nodes):
            raise CannotMerge("two of its layers lie in one file")
        self.made.stems = {
            node.stem: [
                (rest, name)
                for rest, name in stems.get(node.stem, ())
                if self.names[name] == file + rest
            ]
            for file, node in here.items()
        }
        for node in self.made.nodes.values():
            if len(self.made.stems[node.stem]) != len(stems.get(node.stem, ())):
                raise CannotMerge(f"the layer {node.part.name} lies in another folder")
        self._rest(image, {name for found in self.made.stems.values() for _, name in found})

    def _node(self, one: Element, parent: str, group: str, contents: LayerContents) -> None:
        values = one.values
        ident, stem = values.get("uuid", ""), values.get("filename", "")
        if one.name not in _TAGS or not values.get("nodetype") or not stem:
            raise CannotMerge(f"an element {one.name!r} lies between its layers")
        path = free_path(layer_name(values.get("name", "")), group, self.paths)
        if not ident:
            raise CannotMerge(f"the layer {path} has no identity; save it with a newer Krita")
        if ident in self.made.nodes:
            raise CannotMerge(f"the layer {path} has the identity of another")
        if len(self.made.nodes) >= _MAX_NODES:
            raise CannotMerge(f"it has more than {_MAX_NODES:,} layers")
        inner = [each for each in one.elements() if each.name not in _BOXES]
        own = Element(one.name, dict(values), list(inner))
        digest, box = contents.digest(stem)
        part = Part("layer", path, digest, krita_facts(values, box), ident)
        self.made.nodes[ident] = Node(ident, parent, stem, own, _mark(own, digest), part)
        self.made.children.setdefault(parent, []).append(ident)
        self.made.children[ident] = []
        for each in one.elements():
            if each.name in _BOXES:
                for below in each.elements():
                    self._node(below, ident, path, contents)

    def _unit(self, place: Place) -> Unit:
        unit = self.made.units.setdefault(place.unit, Unit())
        unit.known = unit.known and place.known
        return unit

    def _rest(self, image: Element, layers: set[str]) -> None:
        for key, value in image.values.items():
            if key not in FRAME:
                self._unit(place_of("attribute", key)).attributes[key] = value
        for one in image.elements():
            if one.name != "layers":
                self._unit(place_of("element", one.name)).elements.append(one)
        prefix = self.made.title + "/"
        for stored, name in self.names.items():
            if stored in layers or name.endswith("/") or name in ("maindoc.xml", "mimetype"):
                continue
            if name in PICTURES:
                self.made.pictures[name] = stored
                continue
            known = HERE + name[len(prefix) :] if name.startswith(prefix) else name
            self.made.files[known] = stored
            self._unit(place_of("member", known)).members.append(known)
        for unit in self.made.units.values():
            unit.members.sort()
            unit.mark = self._digest(unit)

    def _digest(self, unit: Unit) -> str:
        whole = hashlib.sha256()
        for text in self._texts(unit):
            whole.update(text.encode("utf-8", "surrogatepass") + b"\0")
        return whole.hexdigest()

    def _texts(self, unit: Unit) -> Iterator[str]:
        for key in sorted(unit.attributes):
            yield f"{key}={unit.attributes[key]}"
        yield from sorted(canonical(one, ("currentTime",)) for one in unit.elements)
        for name in unit.members:
            data = member(self.source, self.archive, self.made.files[name], limit=_MAX_MEMBER)
            yield f"{name}:{digest_of(name, data)}"


def settings(own: Element) -> dict[str, str]:
    """The attributes of a layer that are its own: without those of a session or of one save."""
    passing: tuple[str, ...] = _PASSING
    if own.values.get("clonefromuuid"):
        # A clone names its source twice, and the name changes when that is renamed.
        passing = (*_PASSING, "clonefrom")
    found = {key: value for key, value in own.values.items() if key not in passing}
    for key in _FLAGS:
        if not set(found.get(key, "")) - {"1"}:
            found.pop(key, None)
    if own.values.get("keyframes"):
        found["keyframes"] = "some"
    return found


def _mark(own: Element, digest: str) -> str:
    text = canonical(Element(own.name, settings(own), own.inner)) + digest
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
