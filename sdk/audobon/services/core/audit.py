"""The audit log of a library: added to, read, copied beside the catalog, given away.

:func:`record` is what services call for an act that is no change of the catalog; changes write
their entry themselves, in their own transaction.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import frozen

from audobon.codec.audit import audit_line, is_redacted, parse_line, parse_text, text_hash
from audobon.codec.plain import time_text
from audobon.errors import Conflict, Corrupt, DiskFull, NotFound
from audobon.services.core import lookup
from audobon.services.core.place import Place
from audobon.system.files import atomic_writer, translate_os_error
from audobon.system.locks import FileLock
from audobon.system.secrets import without_secrets

if TYPE_CHECKING:
    from audobon.model.asset import Asset
    from audobon.model.audit import AuditAnchor, AuditEntry, AuditReport
    from audobon.services.core.stores import Stores

__all__ = ["Audit", "AuditExport", "anchor", "copied_rows", "copy_anew", "record"]

_LOCK_S = 60.0


@frozen(slots=True)
class AuditExport:
    """How many entries were written, and the newest of them."""

    entries: int
    head: AuditAnchor | None


def record(
    stores: Stores,
    did: str,
    what: str = "",
    *,
    assets: Iterable[str] = (),
    before: bool = False,
    **detail: object,
) -> None:
    """Add an entry about an act that is no change of the catalog.

    ``did`` is one word (``push``), ``what`` tells it to people, ``assets`` are ids, ``detail``
    what else belongs to it, as text. Give no secrets; those that URLs hold are taken out. What
    leaves the machine is recorded before it leaves (``before``), everything else when it is done:
    an act that was done on a full disk has no entry, rather than be told as failed. In a library
    that is open for reading only nothing is written.
    """
    if stores.read_only:
        return
    kept = {name: str(value) for name, value in detail.items() if value not in (None, "")}
    told = {name: without_secrets(value) for name, value in kept.items()}
    try:
        stores.catalog.audit_add(
            *(did, without_secrets(what)),
            assets=list(assets),
            detail=told,
            author=stores.author,
            now=stores.now(),
        )
    except DiskFull:
        if before:
            raise


def anchor(stores: Stores) -> str:
    """The newest entry, to be written into a version; it and all before lie in the copy then."""
    found = stores.catalog.audit_anchor()
    if found is None:
        return ""
    if not stores.read_only:
        _copy(stores)
    return str(found)


def _copy(stores: Stores) -> None:
    """Bring the copy of the log, a file of lines, up to the catalog."""
    path = stores.place.audit

    def more(last: str) -> Iterator[str]:
        done = parse_text(parse_line(last)[0], "")[0].n if last else 0
        return (audit_line(text, hash) for _, text, hash in stores.catalog.audit_rows(done))

    with FileLock(stores.place.locks / "audit.lock", timeout_s=_LOCK_S):
        try:
            stores.place.files.extend(path, more)
        except Corrupt:
            pass  # somebody else wrote there: verification tells of it, and nothing is mended
        except OSError as error:
            raise translate_os_error(error, path) from error


def copy_anew(stores: Stores) -> None:
    """Write the copy once more from the catalog, for entries that a purge took words out of."""
    path = stores.place.audit
    if not path.exists():
        return
    with FileLock(stores.place.locks / "audit.lock", timeout_s=_LOCK_S):
        rows = stores.catalog.audit_rows()
        try:
            stores.place.files.write_lines(path, (audit_line(text, hash) for _, text, hash in rows))
        except OSError as error:
            raise translate_os_error(error, path) from error


def copied_rows(place: Place) -> Iterator[tuple[int, str, str]]:
    """The entries of the copy as far as they follow each other: for a catalog that is made anew."""
    prev, wanted = "", 1
    with suppress(OSError, Corrupt, UnicodeError):
        for line in place.files.lines(place.audit):
            if line is None:
                return
            text, hash = parse_line(line)
            text.encode()  # bytes that are no text were never written by us
            entry, before = parse_text(text, hash)
            sound = text_hash(text) == hash or is_redacted(text)
            if entry.n != wanted or not sound or (prev and before != prev):
                return
            yield entry.n, text, hash
            prev, wanted = hash, wanted + 1


def _id_of(asset: str | os.PathLike[str] | Asset, found: Asset | None) -> str:
    if found is None:
        raise NotFound(f"there is no asset {asset}", subject=str(asset))
    return found.id


class Audit:
    """``Library.audit``: who did what when to which asset."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    def list(
        self,
        asset: str | os.PathLike[str] | Asset | None = None,
        *,
        who: str = "",
        did: str | Sequence[str] = (),
        since: datetime | None = None,
        until: datetime | None = None,
        before: int | None = None,
        limit: int = 100,
    ) -> tuple[AuditEntry, ...]:
        """The newest entries that fit all that is given, newest first.

        ``asset`` may be one that was removed. ``who`` is a part of the name or address, ``did`` a
        word or several, ``since`` and ``until`` are times with a zone. ``before`` is the ``n`` of
        the last entry of the page before.
        """
        meant = None if asset is None else lookup.find_ever(self._stores, asset)
        found = self._stores.catalog.audit_find(
            asset="" if asset is None else _id_of(asset, meant),
            who=who,
            did=(did,) if isinstance(did, str) else tuple(did),
            since="" if since is None else time_text(since),
            until="" if until is None else time_text(until),
            before=before,
            limit=limit,
        )
        return tuple([parse_text(text, hash)[0] for _, text, hash in found])

    def head(self) -> AuditAnchor | None:
        """The newest entry as an anchor. Kept elsewhere, it proves later what was until now."""
        return self._stores.catalog.audit_anchor()

    def verify(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        anchors: Iterable[AuditAnchor | str] = (),
    ) -> AuditReport:
        """Read every entry and compare it with all that is known of it; ``docs/audit.md``.

        Compared are the hashes among each other, with the copy beside the catalog, with every
        version, and with ``anchors`` that were kept elsewhere. With ``path`` it is an exported
        file that is read, not the library's log. Nothing is changed.
        """
        from audobon.services.core.auditcheck import verify_file, verify_log

        if path is not None:
            return verify_file(Path(path), anchors)
        return verify_log(self._stores, anchors)

    def export(self, to: str | os.PathLike[str]) -> AuditExport:
        """Write all entries to the file ``to``, one a line as JSON. Conflict when it is there."""
        path = Path(to)
        if path.exists():
            raise Conflict(f"{path} exists already", subject=str(path))
        count = 0
        head = self.head()
        try:
            with atomic_writer(path) as stream:
                for line in self.lines(upto=head):
                    stream.write(f"{line}\n".encode())
                    count += 1
        except OSError as error:
            raise translate_os_error(error, path) from error
        return AuditExport(count, head)

    def lines(self, *, upto: AuditAnchor | None = None) -> Iterator[str]:
        """The entries as lines of JSON without their ends, the oldest first."""
        for n, text, hash in self._stores.catalog.audit_rows():
            if upto is not None and n > upto.n:
                return
            yield audit_line(text, hash)
