"""What panels show of remotes: a line for each, what can be done with it, and why it cannot."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from attrs import frozen

from audobon.panel.words import bytes_text

if TYPE_CHECKING:
    from audobon.model.asset import Asset
    from audobon.model.remote import PushReport
    from audobon.session.remotely import RemoteSeen
    from audobon.session.state import State

__all__ = [
    "KEEP",
    "REMOTE",
    "Row",
    "View",
    "away_text",
    "estimate_text",
    "only_there",
    "passphrase_fault",
    "suggested_name",
    "view",
]

REMOTE = "state:remote"
"""What finds the assets whose files are only at a remote."""
KEEP = (
    "Print this key, or write it down. It opens what is encrypted here when nobody knows the "
    "passphrase any more, and is shown only now. Whoever loses both has lost all of it."
)
"""To be said beside a recovery key."""
_SHORTEST = 8
# Not how good it is, which nobody can see; only that it is no slip of the finger.


@frozen(slots=True)
class Row:
    """A remote as a panel shows it.

    ``text`` is how the current branch stands to it, ``lock`` what is to be said of its
    encryption. ``locked``: a passphrase is needed before anything else. ``ahead`` and ``behind``
    say that a push or a pull would do something, as far as is known. ``estimate`` is what a push
    would send, where somebody has asked. ``first`` says why to pull first, else it is empty.
    """

    name: str
    url: str
    text: str
    lock: str = ""
    locked: bool = False
    ahead: bool = False
    behind: bool = False
    estimate: str = ""
    first: str = ""


@frozen(slots=True)
class View:
    """All of it. ``nothing`` says what a remote is for where there is none, ``away`` how many
    files are only there, both empty where there is nothing to say."""

    rows: tuple[Row, ...] = ()
    nothing: str = ""
    away: str = ""


def view(state: State) -> View:
    """What a page for remotes shows of a state."""
    seen = state.remotes
    if not seen.known:
        return View()
    rows = tuple(
        _row(one, seen.estimate, pull_first=seen.pull_first == one.name, keyring=seen.keyring)
        for one in seen.remotes
    )
    nothing = "" if rows else (
        "No remote yet. A folder on another disk, a NAS or a bucket can be one: versions go "
        "there and come from there, and others can work with them."
    )  # fmt: skip
    return View(rows, nothing, away_text(seen.away))


def _row(one: RemoteSeen, estimate: PushReport | None, *, pull_first: bool, keyring: str) -> Row:
    asked = estimate is not None and estimate.name == one.name
    return Row(
        one.name,
        one.url,
        _state_text(one),
        lock=_lock_text(one, keyring),
        locked=not one.unlocked,
        ahead=bool(one.ahead) or not one.known,
        behind=bool(one.behind) or pull_first,
        estimate=estimate_text(estimate) if asked and estimate is not None else "",
        first=f"{one.name} has versions that are not here: pull, then push again."
        if pull_first
        else "",
    )


def _state_text(one: RemoteSeen) -> str:
    """``main: 2 ahead, 1 behind``, as it was when the remote was last asked."""
    if not one.known:
        return f"{one.branch} was never pushed there"
    parts = [f"{one.ahead:,} ahead"] if one.ahead else []
    parts += [f"{one.behind:,} behind"] if one.behind else []
    return f"{one.branch}: {', '.join(parts) or 'the same as last seen'}"


def _lock_text(one: RemoteSeen, keyring: str) -> str:
    if not one.encrypted:
        return "Not encrypted"
    if not one.unlocked:
        return "Encrypted, its passphrase is needed"
    return f"Encrypted, open; {keyring} keeps the passphrase" if keyring else "Encrypted, open"


def away_text(count: int) -> str:
    """How many files are only at a remote, empty for none."""
    if not count:
        return ""
    return "1 file is only at a remote" if count == 1 else f"{count:,} files are only at a remote"


def estimate_text(planned: PushReport) -> str:
    """What a push would send."""
    if planned.nothing:
        return f"{planned.name} has everything"
    versions = f"{planned.versions:,} {'version' if planned.versions == 1 else 'versions'}"
    files = f"{planned.files:,} {'file' if planned.files == 1 else 'files'}"
    if planned.results:
        files += (
            f", {planned.results:,} {'result' if planned.results == 1 else 'results'} of local AI"
        )
    return f"Would send {versions}, {files}, about {bytes_text(planned.bytes)}"


def only_there(assets: Iterable[Asset]) -> tuple[Asset, ...]:
    """Those of some assets whose files are only at a remote."""
    return tuple(one for one in assets if one.state == "remote")


def suggested_name(url: str, taken: Sequence[str]) -> str:
    """A name for a remote at an address that is typed: the last part of it, as far as it may be."""
    last = re.split(r"[/\\]", url.strip().rstrip("/\\"))[-1]
    name = re.sub(r"[^A-Za-z0-9_.-]+", "-", last).strip("-._")[:40].lower() or "remote"
    number, made = 1, name
    while made in taken:
        number += 1
        made = f"{name}-{number}"
    return made


def passphrase_fault(first: str, again: str) -> str:
    """Why a new passphrase cannot be taken, as a sentence; empty where it can."""
    if not first:
        return "Type a passphrase, or do not encrypt."
    if first != again:
        return "The two are not the same."
    if len(first) < _SHORTEST:
        return f"At least {_SHORTEST} letters; five random words are good."
    return ""
