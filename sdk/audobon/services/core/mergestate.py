"""The merge that is open: what is merged and what was decided, kept beside the catalog.

Everything else about it is worked out anew from the three versions, so that
the file is small and cannot be out of step with them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from attrs import field, frozen

from audobon.codec.plain import from_plain, to_plain
from audobon.errors import Conflict, Corrupt
from audobon.services.core.place import Place
from audobon.services.core.stores import Stores
from audobon.system.files import translate_os_error

__all__ = ["MergeState", "forget_merge", "need_no_merge", "read_merge", "write_merge"]

_MOST = 3  # paths named in a refusal; more would bury what to do


@frozen(slots=True)
class MergeState:
    """A merge of branch ``name``, which stands at ``theirs``, into ``branch``, at ``ours``.

    ``takes`` are the decisions by the conflict's id, ``copies`` the ids of
    the assets that keeping both makes. ``open`` are the paths of what is
    undecided, for whoever is refused. ``result`` is the version with two
    parents once it is made; the branch may not stand there yet.
    """

    name: str
    branch: str
    base: str | None
    ours: str
    theirs: str
    message: str
    force: bool = False
    takes: Mapping[str, str] = field(factory=dict)
    copies: Mapping[str, str] = field(factory=dict)
    open: tuple[str, ...] = ()
    result: str = ""


def _path(place: Place) -> Path:
    return place.state / "merge.json"


def read_merge(place: Place) -> MergeState | None:
    """The open merge, None when there is none. Corrupt when it makes no sense, Unavailable when it
    cannot be read now."""
    try:
        data = place.files.read(_path(place))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise translate_os_error(error, _path(place)) from error
    except Corrupt as error:
        raise _damaged(place, error) from error
    try:
        return from_plain(json.loads(data), MergeState)
    except ValueError as error:
        raise _damaged(place, error) from error


def _damaged(place: Place, error: Exception) -> Corrupt:
    return Corrupt(
        f"the record of the open merge is damaged: {error}",
        subject=str(_path(place)),
        hint="abort the merge (audobon merge --abort); nothing is lost but its decisions",
    )


def write_merge(place: Place, state: MergeState) -> None:
    """Durable on return; other processes see it at once."""
    place.files.write(_path(place), json.dumps(to_plain(state)).encode())


def forget_merge(place: Place) -> None:
    """No merge is open any more."""
    _path(place).unlink(missing_ok=True)


def need_no_merge(stores: Stores, what: str) -> None:
    """Conflict, naming what is undecided, while a merge is open."""
    state = read_merge(stores.place)
    if state is None or stores.history.head() == state.result:
        return
    if not state.open:
        raise Conflict(
            f"the library cannot {what}: the merge of {state.name!r} is not finished",
            subject=state.name,
            hint=f"'audobon merge {state.name}' goes on, 'audobon merge --abort' ends it",
        )
    named = ", ".join(state.open[:_MOST]) + (", ..." if len(state.open) > _MOST else "")
    count = "1 conflict is" if len(state.open) == 1 else f"{len(state.open)} conflicts are"
    raise Conflict(
        f"the library cannot {what} while {state.name!r} is being merged; {count} open: {named}",
        subject=state.open[0],
        hint="'audobon merge' shows them, 'audobon resolve' decides; --abort ends the merge",
    )
