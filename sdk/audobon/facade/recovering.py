"""Calls about recovery points, and about newer versions of files that are in use elsewhere."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from audobon.facade.base import Base, never

if TYPE_CHECKING:
    from audobon.model.branch import SwitchPlan
    from audobon.model.recovery import RecoveryPoint
    from audobon.services.files.ingest import Progress
    from audobon.services.finding.newer import Newer

__all__ = ["RecoveryCalls"]


class RecoveryCalls(Base):
    """What was is kept aside before something risky, and found again."""

    def keep_point(
        self,
        reason: str,
        *,
        progress: Progress | None = None,
        cancel: Callable[[], bool] = never,
    ) -> RecoveryPoint:
        """Keep everything as it is now, committed or not, aside; the branch does not move.

        ``reason`` says what is about to be done. The newest 20 points are
        kept. A file that cannot be read is in it as the newest version has it.
        """
        from audobon.services.versioning.recovery import keep_point

        return keep_point(self._stores, reason, progress=progress, cancel=cancel)

    def recovery_points(self) -> tuple[RecoveryPoint, ...]:
        """All recovery points, the newest first."""
        from audobon.services.versioning.recovery import points

        return points(self._stores)

    def go_back(
        self,
        point: RecoveryPoint | str,
        *,
        progress: Progress | None = None,
        cancel: Callable[[], bool] = never,
    ) -> SwitchPlan:
        """Make files and metadata as they were at a recovery point, on the branch of then.

        Nothing is lost by it: what is uncommitted becomes a version first, and
        what was then becomes a new version on top. What was changed on the
        disk comes back. NotFound; Conflict while a merge is open.
        """
        from audobon.services.versioning.recovery import go_back

        ident = point if isinstance(point, str) else point.id
        return go_back(self._stores, ident, progress=progress, cancel=cancel)

    def newer(self, paths: Iterable[str | os.PathLike[str]]) -> tuple[Newer, ...]:
        """Which of these files are copies of old versions of assets that have moved on since.

        For files that a scene is linked to: a copy of an old version, written
        by ``restore`` or ``export``, is known by its bytes among the assets
        that have its name. A file that is an asset itself is none.
        """
        from audobon.services.finding.newer import newer

        return newer(self._stores, [os.fspath(path) for path in paths])
