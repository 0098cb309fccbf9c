"""What the chunk store answers with, and how it reports and stops."""

from __future__ import annotations

from collections.abc import Callable

from attrs import frozen

__all__ = [
    "Cancel",
    "Problem",
    "Progress",
    "Restoration",
    "StoreStats",
    "Stored",
    "Swept",
    "VerifyReport",
]

Progress = Callable[[int, int], None]
"""Called with (bytes done, bytes in all); at most once per few megabytes."""

Cancel = Callable[[], bool]
"""Asked every few megabytes; True ends the call with Cancelled."""


@frozen(slots=True)
class Stored:
    """One file as the store took it.

    ``digest`` is the sha256 (hex) of its ``size`` bytes. ``mtime_ns`` is the
    time stamp that the file had before and after it was read, 0 for bytes
    that came from memory. ``new_bytes`` counts the bytes of the ``new_chunks``
    chunks that were not there before, uncompressed.
    """

    digest: str
    size: int
    mtime_ns: int
    new_bytes: int
    chunks: int
    new_chunks: int


@frozen(slots=True)
class Restoration:
    """What a restore has written.

    ``exact`` says that the bytes have the sha256 that was asked for. They do
    unless the compressor of the program that saved the file is not here; then
    ``note`` names it, and the file has the same content in other bytes: a
    .blend opens the same, uncompressed, others with their parts compressed anew.
    """

    exact: bool = True
    note: str = ""


@frozen(slots=True)
class StoreStats:
    """Counts of the whole store.

    ``raw_bytes`` is the size of all stored files together, ``stored_bytes``
    what the packs take on the disk.
    """

    files: int
    chunks: int
    packs: int
    raw_bytes: int
    stored_bytes: int


@frozen(slots=True)
class Problem:
    """One thing that is wrong.

    ``pack`` is the pack's name and ``group`` the number of the group in it,
    -1 for the pack as a whole. ``chunks`` are the ids that cannot be read
    because of it, ``files`` the sha256 of the stored files that cannot be
    rebuilt.
    """

    pack: str
    group: int
    reason: str
    chunks: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


@frozen(slots=True)
class VerifyReport:
    """What a verification read, and every problem it met. ``bytes`` counts pack bytes."""

    packs: int
    groups: int
    chunks: int
    bytes: int
    problems: tuple[Problem, ...] = ()

    @property
    def ok(self) -> bool:
        return not self.problems


@frozen(slots=True)
class Swept:
    """What a collection removed, or would remove.

    ``files`` recipes went for good; ``waiting`` more are needed by nobody, and
    their grace period is not over. ``packs`` were removed or written anew.
    Sizes are those of all packs; in a dry run ``bytes_after`` is an estimate.
    """

    files: int
    waiting: int
    packs: int
    bytes_before: int
    bytes_after: int
