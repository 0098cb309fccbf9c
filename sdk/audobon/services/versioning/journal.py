"""The note that a library is on its way to another version, so that a kill does not lose the way.

It is written before the first file is touched and removed when the catalog
knows everything. Whoever comes next and finds it goes on from there.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import frozen

from audobon.codec.plain import from_plain, to_plain
from audobon.errors import Corrupt
from audobon.services.core.place import Place

if TYPE_CHECKING:
    from audobon.services.core.stores import Stores

__all__ = ["Journal", "carry_on", "forget_journal", "journal_path", "read_journal", "write_journal"]


@frozen(slots=True)
class Journal:
    """From version ``before`` to ``after``, where ``branch`` is current and stands at the latter.

    ``kind`` is switch, merge, back, undo or redo; the last two turn the ``change``
    of the log. ``written`` are the files that the way puts there,
    ``rescued`` the version with what they replaced, ``clean`` says that
    nothing was uncommitted at the start.
    """

    kind: str
    branch: str
    before: str | None
    after: str
    label: str
    written: tuple[str, ...] = ()
    rescued: str = ""
    clean: bool = False
    change: int = 0


def journal_path(place: Place) -> Path:
    """Beside the catalog, not in it: a catalog may be built again in the middle of a move."""
    return place.state / "moving.json"


def read_journal(place: Place) -> Journal | None:
    """None when the library is where its history says. One that is damaged says nothing."""
    try:
        return from_plain(json.loads(place.files.read(journal_path(place))), Journal)
    except (OSError, ValueError, Corrupt):
        return None


def write_journal(place: Place, journal: Journal) -> None:
    """Durable on return."""
    place.files.write(journal_path(place), json.dumps(to_plain(journal)).encode())


def forget_journal(place: Place) -> None:
    """The library has arrived."""
    journal_path(place).unlink(missing_ok=True)


def carry_on(stores: Stores, *, back: bool = False) -> None:
    """See ``adopt.go_on``, which is imported only where there is a note, and with ``back`` then
    ``putback.end_cut_off``."""
    if journal_path(stores.place).exists():
        from audobon.services.versioning.adopt import go_on
        from audobon.services.versioning.putback import end_cut_off

        go_on(stores)
        if back:
            end_cut_off(stores)
