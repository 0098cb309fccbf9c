# SPDX-License-Identifier: GPL-3.0-or-later
"""What the panel of remotes shows and remembers. To be called once there is a session."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from audobon.model.asset import Asset
    from audobon.panel.remotes import View
    from audobon.session import State

__all__ = ["Page", "away", "keep_text", "passphrase_fault", "suggested_name"]


def suggested_name(url: str, state: State) -> str:
    """A name that is free for a remote at this address."""
    from audobon.panel import remotes

    return remotes.suggested_name(url, [one.name for one in state.remotes.remotes])


def passphrase_fault(first: str, again: str) -> str:
    """Why a new passphrase cannot be taken; empty where it can."""
    from audobon.panel import remotes

    return remotes.passphrase_fault(first, again)


def keep_text() -> str:
    """What is to be said beside a recovery key."""
    from audobon.panel import remotes

    return remotes.KEEP


def away(asset: Asset | None) -> bool:
    """Whether the file of an asset is only at a remote."""
    return asset is not None and asset.state == "remote"


class Page:
    """The recovery keys that are shown, for as long as nobody has said that they are kept.

    They are nowhere else: not in the session's state, in no log and in no setting. One after
    another is shown, of the library that is open: ``key``, and ``of`` what place.
    """

    def __init__(self) -> None:
        self._made: list[tuple[str, str, str]] = []
        self._first = ("", "", "")
        self._seen: object = None
        self._view: View | None = None

    def view(self, state: State) -> View:
        """What is known of remotes; made anew only when that is another."""
        if self._view is None or state.remotes is not self._seen:
            from audobon.panel import remotes

            self._seen, self._view = state.remotes, remotes.view(state)
        return self._view

    def made(self, library: str, name: str, key: str) -> None:
        """A place has a new recovery key, this one; empty where none was made.

        An older one of the same place opens nothing any more, and is not shown longer.
        """
        if key:
            self._made = [one for one in self._made if one[:2] != (library, name)]
            self._made.append((library, name, key))

    def shown(self, state: State) -> str:
        """The key to be shown of the library that is open, empty for none."""
        mine = (one for one in self._made if one[0] == state.library)
        self._first = next(mine, ("", "", ""))
        return self.key

    @property
    def key(self) -> str:
        return self._first[2]

    @property
    def of(self) -> str:
        return self._first[1]

    def kept(self) -> None:
        """Somebody has it on paper: it is told no more."""
        self._made = [one for one in self._made if one != self._first]
        self._first = ("", "", "")
