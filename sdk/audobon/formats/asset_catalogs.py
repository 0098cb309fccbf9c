"""The file in which Blender keeps the catalogs of an asset library, read and changed line by line.

``blender_assets.cats.txt`` lies in the library's top folder. Version 1, as
Blender's own ``asset_catalog_definition_file.cc`` reads it: comments, a line
``VERSION 1``, then ``UUID:path/of/catalog:simple name`` for each catalog.
Whatever is not understood here, or belongs to others, stays as it is.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping

from attrs import frozen

from audobon.errors import BadFile, Unsupported

__all__ = ["NAME", "CatalogEntry", "CatalogFile", "entry_for", "path_for", "simple_name"]

NAME = "blender_assets.cats.txt"

_VERSION = "VERSION "
_NAME_BYTES = 63  # MAX_NAME of Blender, without its zero
_HEAD = """\
# This is an Asset Catalog Definition file for Blender.
#
# Empty lines and lines starting with `#` will be ignored.
# The first non-ignored line should be the version indicator.
# Other lines are of the format "UUID:catalog/path/for/assets:simple catalog name"

VERSION 1

"""


@frozen(slots=True)
class CatalogEntry:
    """A catalog as the file has it; ``id`` is a UUID in lower case with hyphens."""

    id: str
    path: str
    name: str = ""


@frozen(slots=True)
class CatalogFile:
    """The lines of a file, of which :attr:`entries` are those that Blender would take."""

    lines: tuple[str, ...] = ()

    @classmethod
    def read(cls, data: bytes) -> CatalogFile:
        """BadFile where Blender would refuse the file, Unsupported for another version of it."""
        # Bytes that are no UTF-8 come back as they were.
        lines = tuple(data.decode("utf-8", "surrogateescape").split("\n"))
        found = cls(lines[:-1] if lines[-1] == "" else lines)
        version = next(iter(found._meant()), None)
        if version is None:
            return found
        number = version.removeprefix(_VERSION).strip() if version.startswith(_VERSION) else ""
        if not number.isdecimal():
            raise BadFile(f"{NAME} does not begin with its version", subject=NAME)
        if int(number) != 1:
            raise Unsupported(
                f"{NAME} is written in version {number}; version 1 can be read", subject=NAME
            )
        return found

    @property
    def entries(self) -> Mapping[str, CatalogEntry]:
        """The catalogs by their ids. Of two lines with one id the first counts, as in Blender."""
        found: dict[str, CatalogEntry] = {}
        for line in self.lines:
            entry = _entry(line)
            if entry is not None:
                found.setdefault(entry.id, entry)
        return found

    def changed(
        self, *, put: Iterable[CatalogEntry] = (), drop: Collection[str] = ()
    ) -> CatalogFile:
        """The file with some catalogs in place of those with their ids, or added, and some gone.

        All other lines stay, byte for byte and in their order.
        """
        wanted = {entry.id: entry for entry in put}
        lines: list[str] = []
        written: set[str] = set()
        for line in self.lines:
            entry = _entry(line)
            if entry is None:
                lines.append(line)
            elif entry.id in wanted:
                if entry.id not in written:
                    lines.append(_line(wanted[entry.id]) + ("\r" if line.endswith("\r") else ""))
                    written.add(entry.id)
            elif entry.id not in drop:
                lines.append(line)
        if next(iter(self._meant()), None) is None:
            lines += ["VERSION 1"] if lines else _HEAD.split("\n")[:-1]
        new = [wanted[ident] for ident in wanted if ident not in written]
        lines += [_line(entry) for entry in sorted(new, key=lambda entry: (entry.path, entry.id))]
        return CatalogFile(tuple(lines))

    def bytes(self) -> bytes:
        """What stands in the file."""
        text = "".join(f"{line}\n" for line in self.lines)
        return text.encode("utf-8", "surrogateescape")

    def _meant(self) -> Iterable[str]:
        stripped = (line.strip() for line in self.lines)
        return (line for line in stripped if line and not line.startswith("#"))


def _entry(line: str) -> CatalogEntry | None:
    """The catalog of a line; None for a comment, a version and what Blender passes over."""
    line = line.strip()
    if line.startswith("#"):
        return None
    ident, colon, rest = line.partition(":")
    found = _uuid(ident.strip())
    if not colon or found is None:
        return None
    path, _, name = rest.partition(":")
    cleaned = path_for(path)
    return CatalogEntry(found, cleaned, name.strip()) if cleaned else None


def _uuid(text: str) -> str | None:
    """A UUID in its usual form; None for others, and for the one of zeros, which means none."""
    try:
        found = uuid.UUID(text)
    except ValueError:
        return None
    return str(found) if found.int and len(text) == 36 else None


def _line(entry: CatalogEntry) -> str:
    return f"{entry.id}:{entry.path}:{entry.name}"


def path_for(path: str) -> str:
    """A path as Blender cleans it: no empty parts, no spaces around them, ``-`` for a colon."""
    parts = (part.strip().replace(":", "-") for part in path.split("/"))
    return "/".join(part for part in parts if part)


def simple_name(path: str) -> str:
    """The name that Blender gives a catalog, for a person who meets it without its file."""
    name = path.replace("/", "-")
    if len(name.encode()) <= _NAME_BYTES:
        return name
    tail = name.encode()[-(_NAME_BYTES - 3) :].decode("utf-8", "ignore")
    return f"...{tail}"


def entry_for(ident: str, path: str) -> CatalogEntry:
    """The entry of a catalog ``path`` under an id."""
    cleaned = path_for(path)
    return CatalogEntry(ident, cleaned, simple_name(cleaned))
