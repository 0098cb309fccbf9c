"""Take assets out of the library, unless others use them."""

from __future__ import annotations

from collections.abc import Sequence

from audobon.errors import Conflict
from audobon.model.change import Change
from audobon.services.core.stores import Stores
from audobon.services.finding.relating import users_of

__all__ = ["remove"]

_NAMED = 3  # users, and used ones, in a message


def remove(stores: Stores, ids: Sequence[str], *, force: bool) -> Change:
    """See ``Library.remove``."""
    stores.need_writable("remove assets")
    if not force:
        _refuse_used(stores, ids)
    return stores.catalog.remove(ids, author=stores.author, now=stores.now())


def _refuse_used(stores: Stores, ids: Sequence[str]) -> None:
    users = users_of(stores, ids)
    if not users:
        return
    used = stores.catalog.by_ids(list(users))
    told = [
        f"{one.path} is used by {_listed([user.path for user in users[one.id]])}"
        for one in used[:_NAMED]
    ]
    more = f", and so are {len(used) - _NAMED} more" if len(used) > _NAMED else ""
    raise Conflict(
        "; ".join(told) + more,
        subject=used[0].path,
        hint="remove it all the same by force: its file stays where it is, and undo brings it back",
    )


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_NAMED])
    return f"{shown} and {len(names) - _NAMED} more" if len(names) > _NAMED else shown
