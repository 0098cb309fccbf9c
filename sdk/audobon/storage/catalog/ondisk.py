"""What the disk says of a file, on its way into the catalog."""

from __future__ import annotations

from attrs import frozen

from audobon.model.asset import Facts

__all__ = ["FileUpdate", "NewFile"]


@frozen(slots=True)
class NewFile:
    """A file to be known as an asset. ``partial`` finds it again under another name.

    ``digest`` is empty when the bytes were not read in full. Without an
    ``id`` a new one is made.
    """

    root: int
    path: str
    size: int
    mtime_ns: int
    partial: bytes
    digest: str
    facts: Facts
    id: str | None = None


@frozen(slots=True)
class FileUpdate:
    """New content of a known file. ``facts`` of None leaves them as they are.

    Then ``header_error`` says why they could not be read; None leaves that too
    as it was, and empty is nothing known of it.
    """

    key: int
    size: int
    mtime_ns: int
    partial: bytes
    digest: str
    facts: Facts | None = None
    header_error: str | None = None
