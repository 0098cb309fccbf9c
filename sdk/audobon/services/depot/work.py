"""The requests that a transfer to or from a depot makes: what an estimate of its cost counts."""

from __future__ import annotations

from audobon.services.depot.contents import SPAN
from audobon.storage.objects.estimating import Work

__all__ = ["work_of_fetching", "work_of_sending"]

_PACK = 32 << 20
"""Bytes of a pack on its way (``storage.chunks.parcels``)."""
_SMALL = 4096
"""Bytes of a trailer, a git pack, a bundle of previews or a ref, to their order of magnitude."""
_LISTINGS = 6
"""Refs, packs, trailers, git packs, previews and locks are listed each time."""
_RECORDS = 6
"""Looks at the header, the list of what goes and the like."""


def work_of_sending(size: int, *, gits: int, refs: int, there: int) -> Work:
    """Sending ``size`` bytes of chunks, so many git packs and moves of refs, to a depot that holds
    ``there`` objects.
    """
    whole, rest = divmod(size, _PACK)
    packs = [_PACK] * whole + [rest] * bool(rest)
    small = [_SMALL] * (len(packs) + gits + refs)
    return Work(puts=(*packs, *small), listed=there, stats=_RECORDS + refs, lists=_LISTINGS)


def work_of_fetching(size: int, *, there: int) -> Work:
    """Fetching ``size`` bytes of groups out of a depot that holds ``there`` objects."""
    whole, rest = divmod(size, SPAN)
    spans = [SPAN] * whole + [rest] * bool(rest)
    return Work(fetches=spans, listed=there, stats=_RECORDS, lists=_LISTINGS)
