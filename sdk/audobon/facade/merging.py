"""Calls about merging branches."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from audobon.facade.base import Base, never
from audobon.facade.measuring import measured

if TYPE_CHECKING:
    from audobon.model.merge import MergeConflict, MergeReport
    from audobon.services.files.ingest import Progress

__all__ = ["MergeCalls"]


class MergeCalls(Base):
    """One branch taken into another: planned, begun, decided, given up."""

    def plan_merge(self, name: str) -> MergeReport:
        """What :meth:`merge` would do and what it would ask; nothing is changed."""
        from audobon.services.merge.merging import plan

        return plan(self._stores, name)

    @measured("merge")
    def merge(
        self,
        name: str,
        *,
        message: str = "",
        force: bool = False,
        progress: Progress | None = None,
        cancel: Callable[[], bool] = never,
    ) -> MergeReport:
        """Take everything of the branch ``name`` into the current one.

        Without conflicts the version with two parents is made at once, and
        files and metadata are like it; where nothing was done here the branch
        only moves. With conflicts nothing is changed until the last one is
        decided by :meth:`resolve`; no version can be made meanwhile, and
        :meth:`conflicts` lists them in every process. The same call again
        goes on with an open merge. Conflict for uncommitted work in the way
        (with ``force`` it is kept in a rescue version before it is
        overwritten) and while another merge is open. One step for ``undo``.
        """
        from audobon.services.merge.merging import merge
        from audobon.services.snapshots.scheduling import before

        before(self._stores, "merge")
        return merge(
            self._stores, name, message=message, force=force, progress=progress, cancel=cancel
        )

    def open_merge(self) -> MergeReport | None:
        """The merge that waits for decisions, None when there is none."""
        from audobon.services.merge.merging import open_merge

        return open_merge(self._stores)

    def conflicts(self) -> tuple[MergeConflict, ...]:
        """The open conflicts of the open merge, in the order of paths; also after a restart."""
        found = self.open_merge()
        return () if found is None else found.conflicts

    def resolve(
        self,
        conflict: MergeConflict | str | Iterable[MergeConflict | str],
        take: str,
        *,
        whole: bool = False,
        progress: Progress | None = None,
        cancel: Callable[[], bool] = never,
    ) -> MergeReport:
        """Decide one conflict, or several alike: ``take`` is ours, theirs or both.

        A conflict or its id. Both keeps the content of theirs as an asset
        beside ours, a variant of it with a free name; of a part it adds theirs
        to the file, of two notes it joins the lines. With ``whole`` a part
        stands for its file, which is then taken or kept twice as it is. The
        last decision finishes the merge: its report says ``merged``. Until then
        a decision can be made differently. Invalid for what cannot be taken
        there, NotFound for a conflict that is not one.
        """
        from audobon.services.merge.merging import resolve

        return resolve(self._stores, conflict, take, whole=whole, progress=progress, cancel=cancel)

    def abort_merge(self) -> MergeReport:
        """End the open merge: decisions are forgotten, everything is as before it.

        Files that a merge which was cut off had begun to write are put back;
        ``written`` names them. NotFound when no merge is open.
        """
        from audobon.services.merge.merging import abort

        return abort(self._stores)

    def conflict_preview(
        self, conflict: MergeConflict | str, side: str, size: int = 256
    ) -> bytes | None:
        """How ``base``, ``ours`` or ``theirs`` of a conflict looks; as :meth:`preview`.

        NotFound when the conflict is not about contents, or that side has none.
        """
        from audobon.services.merge.merging import conflict_preview

        return conflict_preview(self._stores, conflict, side, size=size)
