"""The requests that a transfer to a depot makes: what an estimate of its cost counts."""

from __future__ import annotations

from collections.abc import Sequence

from audobon.storage.objects.estimating import Work

__all__ = ["work_of_packs", "work_of_sending"]

_PACK = 32 << 20
"""Bytes of a pack on its way (``storage.chunks.parcels``)."""
_SMALL = 4096
"""Bytes of a trailer, a git pack or a ref, to their order of magnitude."""
_LISTINGS = 7
"""Refs, packs, trailers, git packs, previews, results and locks are listed each time."""
_RECORDS = 6
"""Looks at the header, the list of what goes and the like."""


def work_of_sending(
    size: int, *, gits: int, refs: int, there: int, more: Sequence[int] = ()
) -> Work:
    """Sending ``size`` bytes of chunks, so many git packs and moves of refs, and objects of
    ``more`` bytes each, to a depot that holds ``there`` objects.
    """
    packs = _packs(size)
    small = [_SMALL] * (len(packs) + gits + refs)
    return Work(puts=(*packs, *small, *more), listed=there, stats=_RECORDS + refs, lists=_LISTINGS)


def work_of_packs(size: int) -> Work:
    """Sending ``size`` bytes of chunks, and being sure that they stay before they are named."""
    packs = _packs(size)
    lists_of_files = [_SMALL] * len(packs)
    return Work(adds=(*packs, *[0] * len(packs)), gets=lists_of_files, stats=1, lists=3)


def _packs(size: int) -> list[int]:
    whole, rest = divmod(size, _PACK)
    return [_PACK] * whole + [rest] * bool(rest)
