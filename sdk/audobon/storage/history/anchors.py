"""Anchors of the audit log in versions: what is in a clone or a remote cannot be changed here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from audobon.storage.history import revisions
from audobon.storage.history.door import foreign_errors
from audobon.storage.history.log import anchor_of

if TYPE_CHECKING:
    import pygit2

__all__ = ["Anchoring"]


def _none() -> str:
    return ""


class Anchoring:
    """Part of :class:`History`."""

    folder: Path
    _repository: pygit2.Repository

    anchor: Callable[[], str] = staticmethod(_none)
    """Gives what each new version is to hold of the audit log; empty for nothing."""

    def anchors(self) -> Iterator[tuple[str, str]]:
        """Version and anchor of every version that some ref leads to and that has one."""
        with foreign_errors(str(self.folder)):
            tips = sorted(set(revisions.references(self._repository, "refs/").values()))
            if not tips:
                return
            walker = self._repository.walk(tips[0])
            for tip in tips[1:]:
                walker.push(tip)
            for commit in walker:
                found = anchor_of(commit)
                if found:
                    yield str(commit.id), found
