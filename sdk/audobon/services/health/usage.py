"""Who used what and when: noted on this machine only, counted, and forgotten when asked to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from audobon.errors import Invalid
from audobon.services.core.stores import Stores
from audobon.services.files.following import is_on
from audobon.storage.catalog import UseCount

__all__ = ["BY", "count", "note"]

BY = ("asset", "tag", "host", "kind", "month")
_ONCE = ("opened", "saved")
_APART = timedelta(minutes=10)
# Who saves every minute has worked on it once; what is placed ten times is used ten times.


def note(stores: Stores, uses: Sequence[tuple[str, str]], host: str) -> int:
    """Note uses, each an asset's id and a kind; how many. None where it is switched off."""
    stores.need_writable("record a use")
    if not uses or not is_on(stores, "usage"):
        return 0
    return stores.catalog.record_uses(uses, host, stores.now(), apart=_APART, once=_ONCE)


def count(
    stores: Stores, by: str, *, kind: str, host: str, since: datetime | None, limit: int
) -> tuple[UseCount, ...]:
    """See ``Library.usage``."""
    if by not in BY:
        raise Invalid(f"uses are not counted by {by!r}", hint=f"by is one of {', '.join(BY)}")
    if limit < 1:
        raise Invalid(f"limit is {limit}; it is at least 1")
    return stores.catalog.count_uses(by, kind=kind, host=host, since=since, limit=limit)
