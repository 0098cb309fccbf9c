"""What a host asks of duplicates and lost files: each call returns at once, the state tells."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from attrs import evolve, frozen

from audobon.errors import Cancelled
from audobon.model.asset import Asset
from audobon.model.duplicates import Best, NearDuplicates
from audobon.model.relinking import Proposal

if TYPE_CHECKING:
    from audobon.library import Library
    from audobon.session.doing import Report

__all__ = ["LOOKING", "NO_TIDY", "SessionTidying", "Tidy"]

LOOKING = "Looking for duplicates"
"""What it is called while it lasts."""
_LOOK_S = 0.5
_TURN_S = 0.05
_QUIET_S = 30.0
# Without a picture more: there is no engine, or it has much else to do first.


@frozen(slots=True)
class Tidy:
    """What was found when somebody looked; None where nobody has, or since it has changed.

    ``exact`` are groups of equal bytes, each with the one worth keeping; ``near``
    are pictures that are nearly the same, ``proposals`` files that missing
    assets may have become, and ``missing`` how many are missing.
    """

    exact: tuple[tuple[tuple[Asset, ...], Best], ...] | None = None
    near: NearDuplicates | None = None
    proposals: tuple[Proposal, ...] | None = None
    missing: int = 0


NO_TIDY = Tidy()


class SessionTidying:
    """The part of a session that brings order; reached as ``Session.tidying``."""

    def __init__(
        self,
        do: Callable[..., None],
        compute: Callable[..., None],
        tidy: Callable[[], Tidy],
        tell: Callable[[Tidy], None],
    ) -> None:
        self._do = do
        self._compute = compute
        self._tidy = tidy
        self._tell = tell

    def look_for_duplicates(self) -> None:
        """Look for equal bytes and for pictures that are nearly the same.

        Pictures that nobody has looked at yet are waited for, beside other work: what is known
        meanwhile is told at once, and ``state.computing`` tells how far it is.
        """
        self._compute(LOOKING, self._look)

    def look_for_lost(self) -> None:
        """Find missing files again by their bytes, and propose what was edited, too."""
        self._do("Looking for lost files", self._lost)

    def merge(self, keep: str, others: Sequence[str], *, files: bool = False) -> None:
        """As ``Library.merge_duplicates``; then it is looked again."""

        def work(library: Library, report: Report) -> str:
            change = library.merge_duplicates(keep, others, files=files, cancel=report.cancelled)
            self._duplicates(library, report)
            return _said(change.label)

        self._do("Merging", work)

    def keep_apart(self, pairs: Iterable[tuple[str, str]]) -> None:
        """As ``Library.refuse_duplicates``; then it is looked again."""
        given = tuple(pairs)

        def work(library: Library, report: Report) -> str:
            change = library.refuse_duplicates(given)
            self._duplicates(library, report)
            return _said(change.label)

        self._do("Noting", work)

    def accept(self, proposals: Iterable[Proposal]) -> None:
        """As ``Library.accept_relink``; then it is looked again."""
        self._decide("Relinking", tuple(proposals), lambda library: library.accept_relink)

    def refuse(self, proposals: Iterable[Proposal]) -> None:
        """As ``Library.refuse_relink``; then it is looked again."""
        self._decide("Noting", tuple(proposals), lambda library: library.refuse_relink)

    def _decide(
        self,
        name: str,
        proposals: tuple[Proposal, ...],
        how: Callable[[Library], Callable[[tuple[Proposal, ...]], Any]],
    ) -> None:
        def work(library: Library, report: Report) -> str:
            change = how(library)(proposals)
            self._propose(library, report)
            return _said(change.label)

        self._do(name, work)

    def _look(self, library: Library, report: Report) -> str:
        text = self._duplicates(library, report)
        first = left = self._unseen()
        wait_s, quiet_s = _LOOK_S, 0.0
        if left and not library.read_only:
            library.start_worker()
        while left and quiet_s < _QUIET_S:
            report.progress(first - left, first, f"{left:,} pictures are not looked at yet")
            if _stopped(report, wait_s):
                raise Cancelled("looking for duplicates was stopped")
            begun = time.monotonic()
            text = self._duplicates(library, report)
            # As often as it can be asked without being all that this machine does.
            wait_s = max(_LOOK_S, 4 * (time.monotonic() - begun))
            now = self._unseen()
            quiet_s = quiet_s + wait_s if now == left else 0.0
            first, left = max(first, now), now
        return text

    def _unseen(self) -> int:
        near = self._tidy().near
        return 0 if near is None else near.unseen

    def _duplicates(self, library: Library, report: Report) -> str:
        exact = tuple((group, library.best_of(group)) for group in library.duplicates())
        near = library.near_duplicates(cancel=report.cancelled)
        self._tell(evolve(self._tidy(), exact=exact, near=near))
        count = len(exact) + len(near.groups)
        if not count:
            return "No duplicates"
        return f"{count} {'group' if count == 1 else 'groups'} of duplicates"

    def _lost(self, library: Library, report: Report) -> str:
        found = len(library.relink().moved)
        proposed = self._propose(library, report)
        parts = [f"{found} found again"] if found else []
        parts += [f"{proposed} proposed"] if proposed else []
        return ", ".join(parts) or "Nothing more is found"

    def _propose(self, library: Library, report: Report) -> int:
        proposals = library.relink_proposals(progress=report.progress, cancel=report.cancelled)
        missing = library.search("state:missing", limit=1).total
        self._tell(evolve(self._tidy(), proposals=proposals, missing=missing))
        return len(proposals)


def _stopped(report: Report, seconds: float) -> bool:
    """Wait so long; whether it is to stop."""
    end = time.monotonic() + seconds
    while not report.cancelled():
        if time.monotonic() >= end:
            return False
        time.sleep(_TURN_S)
    return True


def _said(label: str) -> str:
    return label[:1].upper() + label[1:]
