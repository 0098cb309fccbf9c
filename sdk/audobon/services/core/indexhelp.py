"""Worker processes that make parts of a search index while this one makes the rest."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from attrs import frozen

from audobon.errors import AudobonError
from audobon.services.core.place import Place
from audobon.storage.catalog import Catalog

__all__ = ["IndexHelpers"]

_LEAST = 40_000
"""Assets from which a helper is started: two seconds of work, of which its start takes a third."""

_MOST = 3
"""Helpers: each makes segments of its own, of which every search pays for each, and has up to
300 MB of memory."""

_CPU_S, _WALL_S = 600.0, 1200.0  # to write a part of ten millions


@frozen(slots=True)
class IndexHelpers:
    """See ``Helpers`` of the index. Only for a library that is not encrypted: no keys are given."""

    place: Place
    catalog: Catalog
    least: int = _LEAST
    most: int = _MOST

    def count(self) -> int:
        """None with one core, and for a small library."""
        cores = (os.cpu_count() or 1) - 1
        border = self.border(0, self.least)
        many = border is not None and self.border(border, 1) is not None
        return min(cores, self.most) if many else 0

    def border(self, after: int, limit: int) -> int | None:
        return self.catalog.border(after, limit)

    def fill(
        self, folder: Path, ranges: Iterator[tuple[int, int]], cancel: Callable[[], bool]
    ) -> int | None:
        from audobon.model.job import Limits
        from audobon.work.executor import Executor

        limits = Limits(cpu_s=_CPU_S, wall_s=_WALL_S)
        place = self.place
        payload = {
            "folder": str(folder),
            "catalog": str(place.catalog),
            "writing": str(place.writing),
            "base": str(place.state),
        }
        tasks = "audobon.services.core.indextasks:TASKS"
        try:
            # Not counted among the workers that take turns: somebody waits for this index.
            with Executor(tasks, limits, max_growth=limits.memory) as executor:
                executor.wait_ready(cancel)
                executor.run("part.begin", payload, cancel=cancel)
                for after, to in ranges:
                    executor.run("part.take", {"after": after, "to": to}, cancel=cancel)
                return int(executor.run("part.end", {}, cancel=cancel))
        except (AudobonError, OSError):
            return None  # where it is the disk's fault, this process meets it too
