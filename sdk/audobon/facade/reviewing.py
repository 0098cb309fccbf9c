"""Calls about suggested tags."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from audobon.facade.base import Base, Ref
from audobon.model.change import Change
from audobon.services.core import lookup

if TYPE_CHECKING:
    from audobon.model.suggestion import Suggestion

__all__ = ["ReviewCalls"]


class ReviewCalls(Base):
    """Tags that pipelines propose, until somebody decides. Rules for tags: ``tags.rule``."""

    def suggestions(
        self,
        refs: Ref | Iterable[Ref] | None = None,
        *,
        tag: str | None = None,
        every: bool = False,
        limit: int = 1000,
    ) -> tuple[Suggestion, ...]:
        """Tags that wait for a decision: of some assets or of all, or of one tag.

        In the order of assets, the best score first. What an asset has already
        (itself or by a tag below), what was decided on it and what has the
        rule ``never`` is not there. Nor is, without ``every``, what scores
        below its threshold, which follows your decisions on that tag.
        """
        from audobon.services.pipelines.reviewing import suggestions

        assets = None if refs is None else lookup.find_all(self._stores, refs)
        return suggestions(self._stores, assets, tag=tag, every=every, limit=limit)

    def accept(
        self, suggestions: Suggestion | Iterable[Suggestion], *, always: bool = False
    ) -> Change:
        """Give the assets these tags, as one undoable change; undone, the suggestions are back.

        ``always`` gives the tags that rule in the same change.
        """
        from audobon.services.pipelines.reviewing import decide

        return decide(self._stores, suggestions, "accepted", always=always)

    def reject(self, suggestions: Suggestion | Iterable[Suggestion]) -> Change:
        """Never suggest these tags for these assets again, as one undoable change.

        A tag that the asset has got meanwhile is taken off.
        """
        from audobon.services.pipelines.reviewing import decide

        return decide(self._stores, suggestions, "rejected")
