"""Jobs that read something out of previews that are there: colours, imprints."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from audobon.model.asset import Asset
from audobon.model.job import PRIORITIES, JobRow, Limits
from audobon.services.core.queue import DEFAULT_SIZE, queue_previews
from audobon.services.core.stores import Stores
from audobon.work.executor import Executor

__all__ = ["ask_previews", "read_previews"]

_LIMITS = Limits(memory=1 << 30, cpu_s=120.0, wall_s=300.0, file=1 << 20)
_AT_ONCE = 64


def ask_previews(stores: Stores, kind: str, assets: Sequence[Asset]) -> None:
    """Queue the job ``kind`` for previews that are there, and the other previews.

    Whoever makes a preview reads the same out of it.
    """
    known = stores.previews.known((each.digest, DEFAULT_SIZE) for each in assets if each.digest)
    there = [each.digest for each in assets if (each.digest, DEFAULT_SIZE) in known]
    if there:
        stores.jobs.submit(
            kind,
            {"digests": there},
            key=f"{kind}:{there[0]}:{len(there)}",
            priority=PRIORITIES["background"],
        )
    queue_previews(stores, [each for each in assets if (each.digest, DEFAULT_SIZE) not in known])


def read_previews(
    stores: Stores,
    job: JobRow,
    executor: Executor,
    report: Callable[[float], None],
    cancel: Callable[[], bool],
    *,
    task: str,
    keep: Callable[[Mapping[str, bytes]], object],
) -> dict[str, int]:
    """Do such a job with a worker's ``task``; ``keep`` gets what was read, by digest."""
    digests: Sequence[str] = job.payload["digests"]  # type: ignore[assignment]
    found = 0
    for first in range(0, len(digests), _AT_ONCE):
        part = {
            each: stores.previews.get(each, DEFAULT_SIZE)
            for each in digests[first : first + _AT_ONCE]
        }
        pictures = {digest: data for digest, data in part.items() if data}
        if pictures:
            told = _told(stores, task, list(pictures.values()), executor, cancel)
            keep(dict(zip(pictures, told, strict=True)))
            found += len(told)
        report(min(1.0, (first + _AT_ONCE) / len(digests)))
    return {"read": found}


def _told(
    stores: Stores,
    task: str,
    pictures: Sequence[bytes],
    executor: Executor,
    cancel: Callable[[], bool],
) -> list[bytes]:
    room = stores.place.files.working()
    with tempfile.TemporaryDirectory(dir=room, prefix="audobon-") as folder:
        path = Path(folder) / "previews"
        path.write_bytes(b"".join(pictures))
        payload: dict[str, Any] = {"path": str(path), "lengths": [len(each) for each in pictures]}
        answer = executor.run(task, payload, limits=_LIMITS, cancel=cancel)
    return [bytes.fromhex(each) for each in answer]
