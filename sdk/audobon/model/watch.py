"""How it stands with watching a library's folders."""

from __future__ import annotations

from attrs import frozen

__all__ = ["WatchState"]


@frozen(slots=True)
class WatchState:
    """Whether changes on disk are seen by themselves, and if not why.

    ``state`` is ``off`` (switched off), ``none`` (nobody watches now),
    ``starting`` (the first look at everything), ``watching`` or ``unable``.
    ``folders`` are watched with everything below; in ``away`` are those that
    are gone for now, such as on a disk that is not connected. ``problem`` says
    what is not seen and why, ``hint`` what can be done; both empty when all is
    well. ``pid`` is the process that watches, 0 for none.
    """

    state: str
    folders: tuple[str, ...] = ()
    away: tuple[str, ...] = ()
    problem: str = ""
    hint: str = ""
    pid: int = 0
