"""What of a library can be watched just now, and what not and why."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from attrs import frozen

from audobon.model.watch import WatchState
from audobon.services.core.place import settings_path
from audobon.services.core.stores import Stores
from audobon.services.files.following import Followed, followed
from audobon.services.files.known import is_away
from audobon.services.files.scan import is_ignored
from audobon.services.watch.changed import known_outside
from audobon.system.names import os_path
from audobon.system.notify import Notifier
from audobon.system.volumes import is_network

__all__ = ["Plan", "identity", "make_plan", "open_notifiers"]

_ALONE = 512
# Folders that hold single files of the library; each takes one of the system's watches.
_BY_HAND = "look for new files there by hand ('audobon add FOLDER', or the button in the panel)"


def identity(folder: str) -> tuple[int, int] | None:
    """What tells a folder from another one at the same path; None where there is none."""
    try:
        info = os.stat(folder)
    except OSError:
        return None
    return (info.st_dev, info.st_ino)


@frozen(slots=True)
class Plan:
    """``folders`` are watched with everything below, ``alone`` without.

    ``shares`` are followed folders on network shares, ``away`` those that are
    gone for now. ``there`` is the identity of each root's and each followed
    folder that is there, ``seen`` also that of one without the files it had;
    ``stamp`` tells whether people decided otherwise since.
    """

    followed: Followed
    folders: tuple[str, ...]
    alone: tuple[str, ...]
    shares: tuple[str, ...]
    away: tuple[str, ...]
    there: Mapping[str, tuple[int, int]]
    seen: Mapping[str, tuple[int, int] | None]
    stamp: tuple[object, ...]

    def is_ours(self, path: str) -> bool:
        """Whether a change at this path can mean anything to the library."""
        state = self.followed.state
        if path == state or path.startswith(state + os.sep):
            return False
        return not is_ignored(os.path.basename(path), folder=False)

    def state(self, word: str, problem: str = "", hint: str = "") -> WatchState:
        """How it stands, with what cannot be watched."""
        if not problem and self.shares:
            problem = f"changes in {', '.join(self.shares)} are not seen: it is a network share"
            hint = _BY_HAND
        elif not problem and not self.followed.folders and not self.alone:
            problem = "no folder has been added yet, so there is nothing to watch"
            hint = "add one: from then on its new files become assets by themselves"
        return WatchState(word, self.folders, self.away, problem, hint)

    def has_changed(self, stores: Stores) -> bool:
        """Whether folders came or went, or people decided otherwise; a stat for each folder."""
        if _stamp(stores) != self.stamp:
            return True
        if any(identity(folder) != before for folder, before in self.seen.items()):
            return True
        # Files that come back into the very folder that lost them all.
        empty = [folder for folder in self.seen if folder not in self.there]
        return any(_holds_something(folder) for folder in empty)

    def stand_alone(self, stores: Stores) -> bool:
        """Whether the folders of single files are still those that are watched."""
        return _alone(stores, self.followed) == self.alone


def make_plan(stores: Stores) -> Plan:
    """Look what is there. Cheap but for files outside followed folders, which are listed."""
    stamp = _stamp(stores)
    follows = followed(stores)
    roots = {os_path(root.folder): root for root in stores.roots()}
    gone = {folder for folder, root in roots.items() if is_away(stores, root)}
    seen: dict[str, tuple[int, int] | None] = {}
    there: dict[str, tuple[int, int]] = {}
    folders: list[str] = []
    shares: list[str] = []
    away: list[str] = []
    for folder in (*roots, *follows.folders):
        found = seen[folder] = identity(folder)
        if found is not None and folder not in gone:
            there[folder] = found
    for folder in follows.folders:
        if folder not in there:
            away.append(folder)
        else:
            (shares if is_network(Path(folder)) else folders).append(folder)
    return Plan(
        *(follows, tuple(folders), _alone(stores, follows), tuple(shares), tuple(away)),
        *(there, seen, stamp),
    )


def _alone(stores: Stores, follows: Followed) -> tuple[str, ...]:
    found = sorted({os.path.dirname(path) for path, _ in known_outside(stores, follows)})
    local = [each for each in found if os.path.isdir(each) and not is_network(Path(each))]
    return tuple(local[:_ALONE])


def _holds_something(folder: str) -> bool:
    try:
        with os.scandir(folder) as entries:
            return next(entries, None) is not None
    except OSError:
        return False


def open_notifiers(plan: Plan) -> list[Notifier]:
    """Begin to watch. Unavailable, and nothing is watched, where that is not possible."""
    opened: list[Notifier] = []
    try:
        for folders, below in ((plan.folders, True), (plan.alone, False)):
            if folders:
                opened.append(Notifier(folders, below=below))
    except BaseException:
        for notifier in opened:
            notifier.close()
        raise
    return opened


def _stamp(stores: Stores) -> tuple[object, ...]:
    try:
        info = os.stat(settings_path(stores.place))
    except OSError:
        return ()
    return (info.st_mtime_ns, info.st_ino, info.st_size)
