"""What a host asks of duplicates and lost files: each call returns at once, the state tells."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from attrs import evolve, frozen

from audobon.model.asset import Asset
from audobon.model.duplicates import Best, NearDuplicates
from audobon.model.relinking import Proposal

if TYPE_CHECKING:
    from audobon.library import Library
    from audobon.session.doing import Report

__all__ = ["NO_TIDY", "SessionTidying", "Tidy"]


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
        self, do: Callable[..., None], tidy: Callable[[], Tidy], tell: Callable[[Tidy], None]
    ) -> None:
        self._do = do
        self._tidy = tidy
        self._tell = tell

    def look_for_duplicates(self) -> None:
        """Look for equal bytes and for pictures that are nearly the same."""
        self._do("Looking for duplicates", self._duplicates)

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


def _said(label: str) -> str:
    return label[:1].upper() + label[1:]
