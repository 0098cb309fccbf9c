"""Every error that Audobon raises on purpose, as one tree.

Branch on the class or on :attr:`AudobonError.code`, never on the text: the
text is for people and may change, the code is stable for ever. The code is
also the exit status of the command line and the anchor in
``docs/errors.md``.

::

    AudobonError                 (base, never raised itself)
    ├── Invalid             10   the request cannot be understood or is not allowed
    │   ├── QueryError      11   a query has a mistake; tells where and what fits there
    │   └── Unsupported     12   the thing is sound, but this version cannot do it
    ├── NotFound            20   no such asset, version, file, job, library
    │   └── NoLibrary       21   the folder is not a library
    ├── Conflict            30   somebody else was first, or the names collide
    │   └── Busy            31   somebody holds the lock and has not let go in time
    ├── Corrupt             40   bytes are not what they should be
    │   └── BadFile         41   a user's file is damaged or not what its name says
    ├── Unavailable         50   what is needed is not there just now
    │   ├── MissingExtra    51   an optional part is not installed; names the command
    │   ├── ReadOnly        52   the place cannot be written
    │   ├── NewerFormat     53   written by a newer Audobon
    │   ├── DiskFull        54   no space left
    │   └── NoKey           55   it is encrypted, and nothing that opens it was given
    ├── LimitExceeded       60   a worker hit its memory, time or size limit
    │   └── WorkerDied      61   a worker process ended in the middle of its job
    └── Cancelled           70   somebody asked to stop
        └── Purged          71   what it was for was removed for good

By what the caller can do: mend the request (1x), look elsewhere (2x), try
again on the newer state (3x), restore from a good copy (4x), provide what is
missing (5x), give it more room or leave the file out (6x), nothing (7x).
"""

from __future__ import annotations

from typing import ClassVar

__all__ = [
    "AudobonError",
    "BadFile",
    "Busy",
    "Cancelled",
    "Conflict",
    "Corrupt",
    "DiskFull",
    "Invalid",
    "LimitExceeded",
    "MissingExtra",
    "NewerFormat",
    "NoKey",
    "NoLibrary",
    "NotFound",
    "Purged",
    "QueryError",
    "ReadOnly",
    "Unavailable",
    "Unsupported",
    "WorkerDied",
    "error_from_code",
]


class AudobonError(Exception):
    """Base of all errors of this package.

    ``message`` is one sentence in the present tense: what was refused, on
    which thing, and what would be allowed. ``hint`` is a step that helps, or
    empty. ``subject`` is the thing itself (a path, an id, a query).
    """

    code: ClassVar[int] = 1
    slug: ClassVar[str] = "error"

    def __init__(self, message: str, *, subject: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.subject = subject
        self.hint = hint

    def __reduce__(self) -> tuple[object, ...]:
        # Keyword-only arguments do not survive the default pickling, and
        # errors cross process borders.
        return (_rebuild, (type(self), self.message, self.__dict__.copy()))

    def __str__(self) -> str:
        return self.message


def _rebuild(cls: type[AudobonError], message: str, state: dict[str, object]) -> AudobonError:
    error = cls.__new__(cls)
    Exception.__init__(error, message)
    error.__dict__.update(state)
    return error


class Invalid(AudobonError):
    """The request cannot be understood or is not allowed."""

    code = 10
    slug = "invalid"


class QueryError(Invalid):
    """A query has a mistake.

    ``position`` counts characters from 0 in the query as it was given;
    ``expected`` names what is allowed there.
    """

    code = 11
    slug = "query"

    def __init__(
        self,
        message: str,
        *,
        position: int = 0,
        expected: tuple[str, ...] = (),
        subject: str = "",
        hint: str = "",
    ) -> None:
        super().__init__(message, subject=subject, hint=hint)
        self.position = position
        self.expected = expected


class Unsupported(Invalid):
    """The thing is sound, but this version cannot do what is asked with it."""

    code = 12
    slug = "unsupported"


class NotFound(AudobonError):
    """There is no such asset, version, file, job or library."""

    code = 20
    slug = "not-found"


class NoLibrary(NotFound):
    """The folder is not a library."""

    code = 21
    slug = "no-library"


class Conflict(AudobonError):
    """Somebody else was first, or two names collide."""

    code = 30
    slug = "conflict"


class Busy(Conflict):
    """Somebody holds a lock and has not let go of it in time."""

    code = 31
    slug = "busy"


class Corrupt(AudobonError):
    """Bytes are not what they should be."""

    code = 40
    slug = "corrupt"


class BadFile(Corrupt):
    """A user's file is damaged, or is not what its name says."""

    code = 41
    slug = "bad-file"


class Unavailable(AudobonError):
    """What is needed is not there just now."""

    code = 50
    slug = "unavailable"


class MissingExtra(Unavailable):
    """An optional part is not installed; the hint names the command."""

    code = 51
    slug = "missing-extra"


class ReadOnly(Unavailable):
    """The place cannot be written."""

    code = 52
    slug = "read-only"


class NewerFormat(Unavailable):
    """Written by a newer Audobon than this one."""

    code = 53
    slug = "newer-format"


class DiskFull(Unavailable):
    """No space is left where the bytes should go."""

    code = 54
    slug = "disk-full"


class NoKey(Unavailable):
    """It is encrypted, and nothing that opens it was given. Nothing of it is damaged by that."""

    code = 55
    slug = "no-key"


class LimitExceeded(AudobonError):
    """A worker hit its memory, time or size limit."""

    code = 60
    slug = "limit"


class WorkerDied(LimitExceeded):
    """A worker process ended in the middle of its job."""

    code = 61
    slug = "worker-died"


class Cancelled(AudobonError):
    """Somebody asked to stop."""

    code = 70
    slug = "cancelled"


class Purged(Cancelled):
    """What a job was for was removed for good, and the job with it."""

    code = 71
    slug = "purged"


def _all(cls: type[AudobonError]) -> list[type[AudobonError]]:
    return [cls, *(sub for child in cls.__subclasses__() for sub in _all(child))]


def error_from_code(code: int, message: str, *, subject: str = "", hint: str = "") -> AudobonError:
    """Rebuild the error that a worker or a job row describes by its code.

    An unknown code, written by a newer version, gives the plain base class.
    """
    for cls in _all(AudobonError):
        if cls.code == code:
            return cls(message, subject=subject, hint=hint)
    return AudobonError(message, subject=subject, hint=hint)
