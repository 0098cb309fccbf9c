"""Locks: a person's word that they are at work on an asset."""

from __future__ import annotations

from datetime import datetime

from attrs import frozen

__all__ = ["BrokenLock", "Lock"]


@frozen(slots=True)
class Lock:
    """Somebody has an asset open. Advisory: it is shown, and nothing is refused because of it.

    ``path`` is ``<root>/<path>`` as it was then. ``machine`` is the machine's
    name, ``program`` what has it open, empty where that was not said.
    ``until`` is when it ends by itself if it is not renewed. ``mine`` says
    that it was taken through this library object, or, for a ``kept`` lock,
    which no process holds, on this machine by this author. ``here`` says that
    it was taken on this machine by this user, ``carried`` that a remote
    brought it.
    """

    asset_id: str
    path: str
    author: str
    machine: str
    program: str
    since: datetime
    until: datetime
    kept: bool = False
    mine: bool = False
    here: bool = False
    carried: bool = False


@frozen(slots=True)
class BrokenLock:
    """A lock that somebody took away from whoever had it.

    ``by``, ``by_machine`` and ``at`` say who did that, where and when; the rest is the lock's.
    """

    asset_id: str
    path: str
    author: str
    machine: str
    program: str
    since: datetime
    by: str
    by_machine: str
    at: datetime
