"""Notes beside the stores that name versions by their ids: told what these have become."""

from __future__ import annotations

import json
from collections.abc import Mapping

from audobon.errors import Corrupt
from audobon.services.core.place import Place
from audobon.services.core.purges import PurgeJournal
from audobon.services.core.stores import Stores

__all__ = ["move_notes"]

_GONE = "[purged]"


def move_notes(stores: Stores, commits: Mapping[str, str], journal: PurgeJournal) -> None:
    """Recovery points stand at versions that were written anew; messages lose names."""
    for name in ("recovery.json", "snapshots.json"):
        _rewrite(stores.place, name, commits, journal)


def _rewrite(place: Place, name: str, commits: Mapping[str, str], journal: PurgeJournal) -> None:
    path = place.state / name
    try:
        value = json.loads(place.files.read(path))
    except (OSError, ValueError, Corrupt):
        return  # a list that cannot be read is none
    made = _anew(value, commits, journal.words)
    if made != value:
        place.files.write(path, (json.dumps(made, indent=1) + "\n").encode())


def _anew(value: object, commits: Mapping[str, str], words: tuple[str, ...]) -> object:
    if isinstance(value, dict):
        return {name: _anew(each, commits, words) for name, each in value.items()}
    if isinstance(value, list):
        return [_anew(each, commits, words) for each in value]
    if isinstance(value, str):
        value = commits.get(value, value)
        for word in words:
            value = value.replace(word, _GONE)
    return value
