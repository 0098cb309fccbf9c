"""What is known of the remotes of one open library, looked at while somebody looks."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import frozen

from audobon.session.problem import Problem
from audobon.session.telling import Telling
from audobon.session.watched import Watched

if TYPE_CHECKING:
    from audobon.library import Library
    from audobon.model.remote import PushReport
    from audobon.session.lane import Lane

__all__ = ["NO_REMOTES", "RemoteSeen", "Remoter", "RemotesSeen"]


@frozen(slots=True)
class RemoteSeen:
    """A remote, and how the current branch stood to it when it was last asked.

    ``known`` is False where the branch was never there. ``unlocked`` says that
    no passphrase has to be asked for.
    """

    name: str
    url: str
    branch: str
    ahead: int
    behind: int
    known: bool
    encrypted: bool = False
    unlocked: bool = True


@frozen(slots=True)
class RemotesSeen:
    """Everything about remotes. ``known`` is False until it was looked at for the first time.

    ``away`` is how many assets have their file only there. ``estimate`` is what a push would
    send, for as long as nothing has changed. ``pull_first`` names the remote where a push was
    refused because it has versions that are not here. ``keyring`` is what this machine keeps
    passphrases in, empty for nothing.
    """

    known: bool = False
    remotes: tuple[RemoteSeen, ...] = ()
    away: int = 0
    estimate: PushReport | None = None
    pull_first: str = ""
    keyring: str = ""
    problem: Problem | None = None

    def remote(self, name: str) -> RemoteSeen | None:
        """The one of this name."""
        return next((one for one in self.remotes if one.name == name), None)


NO_REMOTES = RemotesSeen()
"""Nothing was looked at."""


class Remoter(Watched):
    """Looks at what is noted here of remotes; none of them is asked anything.

    ``tell`` changes ``state.remotes``, one caller after another.
    """

    def __init__(
        self,
        library: Library,
        lane: Lane,
        update: Callable[..., None],
        seen: Callable[[], RemotesSeen],
    ) -> None:
        super().__init__(lane, "remotes", Telling("remotes", update, seen))
        self._library = library
        self._seen = seen
        self._stamp: object = None
        self._keyring: str | None = None

    def read(self) -> None:
        if self._keyring is None:
            from audobon.services.places.sealing import keyring_name

            self._keyring = keyring_name()
        remotes = self._library.remotes
        stamp = (self._turn, _stamp_of(self._library.state_path))
        away = remotes.away
        if stamp == self._stamp:
            self.tell(away=away)
            return
        found = []
        for one in remotes.list():
            state = remotes.state(one.name)
            found.append(
                RemoteSeen(
                    *(one.name, one.url, state.branch, state.ahead, state.behind, state.known),
                    encrypted=one.encrypted,
                    unlocked=remotes.unlocked(one.name),
                )
            )
        if tuple(found) != self._seen().remotes:
            self.tell(estimate=None)
        names = {one.name for one in found}
        first = self._seen().pull_first
        self.tell(
            known=True, remotes=tuple(found), away=away, keyring=self._keyring, problem=None,
            pull_first=first if first in names else "",
        )  # fmt: skip
        self._stamp = stamp


def _stamp_of(state: Path) -> object:
    """Another value whenever a remote, a branch or what is known of one there may have changed."""
    git = state / "history.git"
    paths = [str(state / "remotes.json"), str(git / "HEAD"), str(git / "packed-refs")]
    for folder, _, names in os.walk(git / "refs"):
        paths += [folder, *(os.path.join(folder, name) for name in sorted(names))]
    return tuple((path, _time_of(path)) for path in paths)


def _time_of(path: str) -> tuple[int, int]:
    try:
        found = os.stat(path)
    except OSError:
        return (0, 0)
    return (found.st_size, found.st_mtime_ns)
