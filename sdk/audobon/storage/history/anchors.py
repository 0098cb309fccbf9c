"""Anchors of the audit log in versions: what is in a clone or a remote cannot be changed here."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from audobon.storage.history import revisions
from audobon.storage.history.log import anchor_of
from audobon.storage.history.store import Store

__all__ = ["Anchoring"]


def _none() -> str:
    return ""


class Anchoring:
    """Part of :class:`History`."""

    _store: Store

    anchor: Callable[[], str] = staticmethod(_none)
    """Gives what each new version is to hold of the audit log; empty for nothing."""

    def anchors(self) -> Iterator[tuple[str, str]]:
        """Version and anchor of every version that some ref leads to and that has one."""
        tips = sorted(set(revisions.references(self._store, "refs/").values()))
        for commit in self._store.graph.walk(tips):
            found = anchor_of(commit)
            if found:
                yield commit.id, found
