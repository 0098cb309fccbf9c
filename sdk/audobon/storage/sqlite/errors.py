"""What SQLite says, as errors of this package: the one place that knows its result codes."""

from __future__ import annotations

from pathlib import Path

import apsw

from audobon.errors import (
    AudobonError,
    Busy,
    Cancelled,
    Conflict,
    Corrupt,
    DiskFull,
    LimitExceeded,
    ReadOnly,
    Unavailable,
)

__all__ = ["MEND_HINT", "translate"]

_ROOM = "make room on that disk and do it again; nothing that was there is lost"

MEND_HINT = "'audobon doctor --repair' builds it again; what is damaged is kept aside"
"""What helps whoever meets a damaged database of ours."""


def translate(error: Exception, path: Path) -> Exception:
    """``error`` of SQLite as one of this package; itself where it is a mistake of ours."""
    name, detail = path.name, str(error)
    extended = getattr(error, "extendedresult", 0)
    damaged = extended in (apsw.SQLITE_IOERR_SHORT_READ, apsw.SQLITE_IOERR_CORRUPTFS)
    # SQLite does not look into texts; what is no UTF-8 was not written by us.
    damaged = damaged or isinstance(error, UnicodeDecodeError)
    # Our statements fit our tables: where one does not, their description was hit.
    damaged = damaged or (isinstance(error, apsw.SQLError) and detail.startswith(_NO_SUCH))
    if damaged or isinstance(error, apsw.CorruptError | apsw.NotADBError):
        return Corrupt(
            f"{name} is damaged: {detail}",
            subject=str(path),
            hint=MEND_HINT,
        )
    if extended == apsw.SQLITE_IOERR_SHMSIZE:  # the file beside the WAL cannot grow
        return DiskFull(f"no space is left beside {name}", subject=str(path), hint=_ROOM)
    if isinstance(error, apsw.BusyError | apsw.LockedError):
        return Busy(
            f"{name} is held by another process",
            subject=str(path),
            hint="wait for it to end, then try again",
        )
    for foreign, ours, text in _ERRORS:
        if isinstance(error, foreign):
            hint = _ROOM if ours is DiskFull else ""
            return ours(f"{name} {text}: {detail}", subject=str(path), hint=hint)
    return error


_NO_SUCH = ("no such table", "no such column", "no such index")

_ERRORS: tuple[tuple[type[apsw.Error], type[AudobonError], str], ...] = (
    (apsw.FullError, DiskFull, "cannot grow, no space is left"),
    (apsw.ReadOnlyError, ReadOnly, "cannot be written"),
    (apsw.ConstraintError, Conflict, "refuses a row that contradicts another"),
    (apsw.InterruptError, Cancelled, "was interrupted"),
    (apsw.TooBigError, LimitExceeded, "cannot hold a value of this size"),
    # Memory is short, or a damaged record claims to be huge.
    (apsw.NoMemError, LimitExceeded, "needs more memory than there is"),
    (apsw.CantOpenError, Unavailable, "cannot be opened"),
    (apsw.PermissionsError, Unavailable, "may not be opened"),
    (apsw.IOError, Unavailable, "cannot be read or written"),
    (apsw.ProtocolError, Unavailable, "cannot be locked on this disk"),
)
