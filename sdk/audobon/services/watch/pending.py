"""Paths at which something has changed, until whoever writes there seems to have finished."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Iterable, Mapping

from attrs import define, field

from audobon.system import notify

__all__ = ["Pending"]

_SETTLE_S = 0.25
# Programs write in pieces; a file that was quiet for this long is looked at.
_GONE_S = 0.6
# Editors move a file away and put a new one in its place; what is gone for longer is gone.
_TWICE_S = 1.0
_LONGEST_S = 30.0
# A file that is written to all the time is looked at now and then all the same.


@define
class _Seen:
    first: float
    last: float
    new: bool
    again: bool = False


@define
class Pending:
    """Changed paths by the time of their last change. Not for several threads."""

    clock: Callable[[], float] = time.monotonic
    _paths: dict[str, _Seen] = field(factory=dict)

    def __bool__(self) -> bool:
        return bool(self._paths)

    def note(self, changes: Iterable[tuple[int, str]], ours: Callable[[str], bool]) -> int:
        """Keep those changes that are ``ours``; how many they were."""
        now, count = self.clock(), 0
        for what, path in changes:
            if ours(path):
                count += 1
                seen = self._paths.setdefault(path, _Seen(now, now, new=False))
                seen.last = now
                seen.new = seen.new or what == notify.ADDED
        return count

    def put(self, path: str) -> None:
        """A path that is to be looked at without waiting."""
        long_ago = self.clock() - _LONGEST_S
        self._paths.setdefault(path, _Seen(long_ago, long_ago, new=True))

    def settled(self, limit: int = 1) -> Mapping[str, bool]:
        """At most ``limit`` paths that nobody writes to now, and whether each is new."""
        now = self.clock()
        found: dict[str, bool] = {}
        for path, seen in self._paths.items():
            quiet = now - seen.last
            if quiet < _SETTLE_S and now - seen.first < _LONGEST_S:
                continue
            if quiet < _GONE_S and not os.path.lexists(path):
                continue
            found[path] = seen.new
            if len(found) == limit:
                break
        return found

    def done(self, paths: Iterable[str], failed: Collection[str] = ()) -> None:
        """These were looked at. New folders are once more a second later, and what has failed.

        Until the system watches a new folder as well, it does not tell what
        comes into it; and what cannot be read may be only half there.
        """
        now = self.clock()
        for path in paths:
            seen = self._paths.pop(path, None)
            if seen is None or seen.again:
                continue
            if path in failed or (seen.new and os.path.isdir(path)):
                self._paths[path] = _Seen(now, now + _TWICE_S, new=True, again=True)
