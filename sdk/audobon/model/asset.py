"""Assets and what hangs on them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from attrs import field, frozen

__all__ = [
    "HEADER_ERROR",
    "RELATIONSHIP_KINDS",
    "AddReport",
    "Asset",
    "AttributeValue",
    "Facts",
    "Relationship",
    "Root",
    "ext_of",
]

AttributeValue = str | int | float | bool | tuple[str, ...]
"""Typed metadata: text, whole number, decimal number, yes/no, or a list of texts."""

HEADER_ERROR = "header_error"
"""The attribute of an asset whose header cannot be read: why not. Its bytes are kept as they are;
what was known of it before stays. It goes when the file can be read again."""

RELATIONSHIP_KINDS = ("uses", "derived_from", "variant_of")
"""Stored kinds; ``used by`` is ``uses`` read backwards."""


def ext_of(name: str) -> str:
    """The extension of a file name in lower case, without the dot; empty where there is none."""
    head, dot, tail = name.rpartition(".")
    return tail.lower() if dot and head else ""


def _frozen_map(value: Mapping[str, AttributeValue]) -> Mapping[str, AttributeValue]:
    return value if isinstance(value, MappingProxyType) else MappingProxyType(dict(value))


@frozen(slots=True)
class Root:
    """A folder indexed in place. ``name`` is its first part in the history's tree."""

    key: int
    name: str
    folder: str


@frozen(slots=True)
class Facts:
    """What a file says of itself, read from its headers only.

    ``kind`` is one of image, blend, document (layered painting), model, audio,
    video, vector, text, file. ``width`` and ``height`` are in pixels, None
    where the format has none. ``attributes`` are typed facts under the names
    listed in ``docs/formats.md``. ``text`` is searchable text such as object,
    material and layer names, at most 8 KiB.
    """

    kind: str
    format: str
    width: int | None = None
    height: int | None = None
    attributes: Mapping[str, AttributeValue] = field(factory=dict, converter=_frozen_map)
    text: str = ""


@frozen(slots=True)
class Asset:
    """One managed thing, as it was when it was read from the catalog.

    ``path`` is relative to its root, with ``/`` between parts, in the form
    that can be stored anywhere (see ``audobon.system.names``); ``file`` is the
    operating system's own path, ready to be opened. ``digest`` is the sha256 of its bytes in
    hex, empty until they were read in full. Times are UTC. ``rating`` is 0
    (none) to 5. ``state`` is ``present``, ``missing`` (its file is gone) or
    ``removed`` (taken out of the library; its history stays).
    """

    key: int
    id: str
    root: str
    path: str
    file: str
    kind: str
    format: str
    size: int
    mtime_ns: int
    digest: str
    width: int | None
    height: int | None
    rating: int
    catalog: str | None
    tags: tuple[str, ...]
    attributes: Mapping[str, AttributeValue] = field(converter=_frozen_map)
    text: str
    note: str
    added: datetime
    updated: datetime
    used: int
    last_used: datetime | None
    state: str
    seq: int

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]

    @property
    def ext(self) -> str:
        """The extension in lower case, without the dot; empty where there is none."""
        return ext_of(self.name)


@frozen(slots=True)
class Relationship:
    """An edge ``src`` -kind-> ``dst`` between two assets, by id.

    ``found`` says that it stands in the file of ``src`` itself, and goes when that
    does not name the other file any more. What people and pipelines recorded stays.
    """

    src: str
    kind: str
    dst: str
    found: bool = field(default=False, eq=False)


@frozen(slots=True)
class AddReport:
    """What ``add`` did. Every file it met is in exactly one of the first five.

    ``unchanged`` is empty where it was not asked for; ``unchanged_count`` is their number as
    ``Library.add`` met them, listed or not.

    ``failed`` holds ``(path, error)`` pairs. ``unread`` are those of them that
    were assets before and were saved with a header that cannot be read: they
    stand in ``updated`` too, kept as they were saved, with the reason as an
    attribute (``header_error``). ``missing`` are assets under the
    given folders whose files are gone and were not found elsewhere.
    """

    added: tuple[Asset, ...] = ()
    updated: tuple[Asset, ...] = ()
    unchanged: tuple[Asset, ...] = ()
    moved: tuple[Asset, ...] = ()
    failed: tuple[tuple[str, Exception], ...] = ()
    unread: tuple[tuple[str, Exception], ...] = ()
    missing: tuple[Asset, ...] = ()
    cancelled: bool = False
    unchanged_count: int = 0

    @property
    def left_out(self) -> tuple[tuple[str, Exception], ...]:
        """Those of ``failed`` of which nothing was taken: all but ``unread``."""
        kept = {path for path, _ in self.unread}
        return tuple(pair for pair in self.failed if pair[0] not in kept)
