"""A library's worker process over the tasks beside this file."""

from __future__ import annotations

from pathlib import Path

from audobon.storage.catalog.jobs import CatalogJobs
from audobon.storage.sqlite import connect
from audobon.system.processes import lower_library_process
from audobon.work.background import serve
from audobon.work.runner import Runner


def main(folder: str, linger_s: float, lifeline: int | None = None) -> None:
    lower_library_process()
    place = Path(folder)
    store = CatalogJobs(connect(place / "catalog.db"))
    tests = str(Path(__file__).parent)
    runner = Runner(
        store, "worktasks:TASKS", worker_locks=place / "locks", workers=1, folders=[tests]
    )
    serve(runner, store, locks=place / "locks", linger_s=linger_s, lifeline=lifeline)
