"""What a purge that is under way has to remove: with it, it goes on wherever it was cut off.

``purging.json`` of the library's state. It names what is to vanish, so it is the last to go.
"""

from __future__ import annotations

import json
from pathlib import Path

from attrs import frozen

from audobon.codec.plain import from_plain, to_plain
from audobon.errors import Corrupt
from audobon.services.core.place import Place
from audobon.system.files import sync_folder

__all__ = ["NAME", "PurgeJournal", "forget_journal", "read_journal", "write_journal"]

NAME = "purging.json"


@frozen(slots=True)
class PurgeJournal:
    """What goes. ``paths`` are paths of the tree in hex, because they need not be text.

    ``words`` are names that nothing else has. ``digests`` are contents that versions and assets
    had, ``contents`` those of them that leave the store, with their ``chunks`` (hex) and
    ``samples`` (hex) of them. ``files`` go from the working copy. ``jobs`` are other texts by which
    jobs name them.
    """

    ids: tuple[str, ...]
    keys: tuple[int, ...]
    shown: tuple[str, ...]
    paths: tuple[str, ...]
    words: tuple[str, ...]
    notes: tuple[str, ...]
    digests: tuple[str, ...]
    contents: tuple[str, ...]
    chunks: tuple[str, ...]
    samples: tuple[str, ...]
    files: tuple[str, ...]
    keep_files: bool
    jobs: tuple[str, ...] = ()

    @property
    def marks(self) -> tuple[str, ...]:
        """What must not stand anywhere any more, beside ids."""
        return (*self.words, *self.digests, *self.notes)

    @property
    def named(self) -> tuple[str, ...]:
        """By what jobs name them."""
        return (*self.ids, *self.digests, *self.words, *self.jobs)


def _path(place: Place) -> Path:
    return place.state / NAME


def read_journal(place: Place) -> PurgeJournal | None:
    """None when no purge was cut off. Corrupt when it cannot be read."""
    try:
        data = place.files.read(_path(place))
    except FileNotFoundError:
        return None
    try:
        return from_plain(json.loads(data), PurgeJournal)
    except (ValueError, RecursionError) as error:
        raise Corrupt(
            f"{_path(place)} is not readable: {error}",
            subject=str(_path(place)),
            hint="move it away and purge the same assets again",
        ) from error


def write_journal(place: Place, journal: PurgeJournal) -> None:
    """Durable on return."""
    place.files.write(_path(place), json.dumps(to_plain(journal)).encode())


def forget_journal(place: Place) -> None:
    """All is done: overwritten first, then removed, durably."""
    path = _path(place)
    if path.exists():
        with path.open("r+b") as stream:
            stream.write(bytes(path.stat().st_size))
            stream.flush()
    path.unlink(missing_ok=True)
    sync_folder(path.parent)
