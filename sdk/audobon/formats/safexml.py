"""XML from strangers: no entities that expand, no outside files, bounded depth and size."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from xml.parsers import expat

from audobon.errors import LimitExceeded

__all__ = ["Stop", "UnsafeXmlError", "parse_xml"]

_MAX_DEPTH = 256
"""Elements inside each other; group layers in real paintings stay under 20."""

_MAX_ELEMENTS = 200_000
_MAX_CHARACTERS = 16 << 20
"""Elements, and characters of text and attributes handed out; a .kra of 1,000 layers has 2,000
elements and 1 MB. Stops what one allowed entity used very often could still do."""

_MAX_ENTITY = 256
_MAX_ENTITIES = 64
"""Characters and number of entities where they are allowed at all: Adobe Illustrator declares
about a dozen namespaces of 40 characters."""

Start = Callable[[str, dict[str, str]], None]
End = Callable[[str], None]
Data = Callable[[str], None]


class Stop(Exception):
    """Raised by a handler that has seen enough."""


class UnsafeXmlError(ValueError):
    """The document declares what may not be declared."""


def parse_xml(
    pieces: Iterable[bytes],
    start: Start,
    end: End | None = None,
    data: Data | None = None,
    *,
    entities: bool = False,
) -> None:
    """Run the handlers over a document given in pieces; element names without namespace prefix.

    A DOCTYPE that only names a public or system identifier passes (every .kra
    has one) and is never fetched. One with declarations inside is refused as
    UnsafeXmlError; with ``entities`` short internal ones without references are
    allowed. Raises ExpatError for what is not well formed, LimitExceeded for
    too many elements or characters.
    """
    guard = _Guard(start, end, data, entities=entities)
    try:
        for piece in pieces:
            guard.parser.Parse(piece, False)
        guard.parser.Parse(b"", True)
    except Stop:
        return


class _Guard:
    def __init__(self, start: Start, end: End | None, data: Data | None, *, entities: bool) -> None:
        self._start, self._end, self._data = start, end, data
        self._entities = entities
        self._depth = self._elements = self._characters = self._declared = 0
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._doctype
        parser.EntityDeclHandler = self._entity
        parser.StartElementHandler = self._open
        parser.EndElementHandler = self._close
        parser.CharacterDataHandler = self._text
        self.parser = parser

    def _doctype(
        self, _name: str, _system: str | None, _public: str | None, has_internal_subset: bool
    ) -> None:
        if has_internal_subset and not self._entities:
            raise UnsafeXmlError("a document type with declarations is not allowed")

    def _entity(
        self,
        _name: str,
        parameter: bool,
        value: str | None,
        _base: str | None,
        _system: str | None,
        _public: str | None,
        _notation: str | None,
    ) -> None:
        self._declared += 1
        short = value is not None and len(value) <= _MAX_ENTITY and "&" not in value
        if not self._entities or parameter or not short or self._declared > _MAX_ENTITIES:
            raise UnsafeXmlError("an entity that could expand is not allowed")

    def _open(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._elements += 1
        self._spend(sum(map(len, attributes.values())))
        if self._depth > _MAX_DEPTH or self._elements > _MAX_ELEMENTS:
            raise LimitExceeded("an XML document has too many elements; 200,000 are allowed")
        self._start(name.rpartition(":")[2], attributes)

    def _close(self, name: str) -> None:
        self._depth -= 1
        if self._end is not None:
            self._end(name.rpartition(":")[2])

    def _text(self, data: str) -> None:
        self._spend(len(data))
        if self._data is not None:
            self._data(data)

    def _spend(self, count: int) -> None:
        self._characters += count
        if self._characters > _MAX_CHARACTERS:
            raise LimitExceeded("an XML document expands to too many characters; 16 Mi are allowed")
