"""Calls that bring order: duplicates and what is nearly one, files that were lost."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from audobon.facade.base import Base, Ref, never
from audobon.facade.measuring import measured
from audobon.model.change import Change
from audobon.services.core import lookup

if TYPE_CHECKING:
    from audobon.model.duplicates import Best, NearDuplicates
    from audobon.model.relinking import Proposal
    from audobon.services.files.ingest import Progress

__all__ = ["TidyCalls"]


class TidyCalls(Base):
    """Duplicates that become one asset, and missing files that are found again."""

    @measured("duplicates")
    def near_duplicates(self, *, cancel: Callable[[], bool] = never) -> NearDuplicates:
        """Pictures that are nearly the same: edited, shrunk, mirrored or turned copies.

        Exact ones are those of :meth:`duplicates` and none here: of each content one asset
        stands for all. Whoever makes a preview takes what they are compared by; of older
        ones a job does, and ``unseen`` tells how many are left. Each pair says why it is
        near, in numbers. What is new is compared in a worker; the rest is known.
        """
        from audobon.services.finding.neardup import near_duplicates

        return near_duplicates(self._stores, cancel=cancel)

    def best_of(self, refs: Iterable[Ref]) -> Best:
        """Which of several assets is worth keeping, and why.

        Its file is there; then most pixels, the best rating, most tags, most uses, the
        largest picture file, and the one that was added first, in this order.
        """
        from audobon.services.finding.neardup import best_of

        return best_of(lookup.find_all(self._stores, refs))

    def merge_duplicates(
        self,
        keep: Ref,
        others: Ref | Iterable[Ref],
        *,
        files: bool = False,
        cancel: Callable[[], bool] = never,
    ) -> Change:
        """Let ``keep`` have what the others have, and take these out; one undoable change.

        It gets their tags and relationships, the best rating, their notes below its own,
        and the catalog and attributes that it lacks. Their files stay where they are; with
        ``files`` they are removed, after their bytes were put into a rescue version, and
        :meth:`undo` writes them again. Conflict with ``files`` when the file of ``keep`` is
        not there.
        """
        return self.merge_groups([(keep, others)], files=files, cancel=cancel)

    def merge_groups(
        self,
        groups: Iterable[tuple[Ref, Ref | Iterable[Ref]]],
        *,
        files: bool = False,
        cancel: Callable[[], bool] = never,
    ) -> Change:
        """As :meth:`merge_duplicates` for several groups, all in one undoable change."""
        from audobon.services.versioning.combining import merge_duplicates

        found = []
        for keep, others in groups:
            kept = self.get(keep)
            rest = [one for one in lookup.find_all(self._stores, others) if one.id != kept.id]
            found.append((kept, rest))
        return merge_duplicates(self._stores, found, files=files, cancel=cancel)

    def refuse_duplicates(self, pairs: Iterable[tuple[Ref, Ref]]) -> Change:
        """Never tell these pairs as nearly the same again; one undoable change.

        Conflict for two with the same bytes: about these there is no doubt.
        """
        from audobon.services.finding.neardup import refuse

        return refuse(self._stores, [(self.get(one), self.get(other)) for one, other in pairs])

    def relink_proposals(
        self, *, progress: Progress | None = None, cancel: Callable[[], bool] = never
    ) -> tuple[Proposal, ...]:
        """Files that missing assets may have become, moved and edited, the likeliest first.

        Nothing is changed: each has a score and its reasons, and is accepted or refused.
        What has the same bytes is found by :meth:`relink` and :meth:`add` without asking.
        At most three for an asset; what was refused is not proposed again.
        """
        from audobon.services.finding.proposing import propose

        return propose(self._stores, progress=progress, cancel=cancel)

    def accept_relink(self, proposals: Proposal | Iterable[Proposal]) -> Change:
        """Give missing assets these files; one undoable change.

        They keep identity, tags and history. An asset that the file had become meanwhile
        hands on what it has and is removed. Conflict when an asset or a file is not as it
        was proposed any more.
        """
        from audobon.services.finding.proposing import accept

        return accept(self._stores, _several(proposals))

    def refuse_relink(self, proposals: Proposal | Iterable[Proposal]) -> Change:
        """Never propose these again; one undoable change."""
        from audobon.services.finding.proposing import refuse

        return refuse(self._stores, _several(proposals))


def _several(proposals: Proposal | Iterable[Proposal]) -> tuple[Proposal, ...]:
    from audobon.model.relinking import Proposal

    return (proposals,) if isinstance(proposals, Proposal) else tuple(proposals)
