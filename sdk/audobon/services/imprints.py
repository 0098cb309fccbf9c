"""Imprints of pictures: taken with their previews, and of older ones when somebody asks.

Whoever makes a preview takes the imprint too. A library that was filled before
that was so has pictures without; the first question for them queues jobs that
read them out of the previews.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from audobon.model.asset import Asset
from audobon.model.job import PRIORITIES, JobRow, Limits
from audobon.services.queue import DEFAULT_SIZE, queue_previews
from audobon.services.stores import Stores
from audobon.work.executor import Executor

__all__ = ["PICTURED", "SEEN_FROM", "ask_for_imprints", "bring_up", "look_for_imprints"]

PICTURED = ("image", "document", "vector")
"""Kinds of assets whose pictures are compared; scenes are rendered, so much of them is ours."""
SEEN_FROM = 128
"""Previews of at least so many pixels say what a picture looks like."""

_LIMITS = Limits(memory=1 << 30, cpu_s=120.0, wall_s=300.0, file=1 << 20)
_COMPARING = Limits(memory=3 << 30, cpu_s=3600.0, wall_s=7200.0, file=4 << 30)
_IN_A_JOB = 1_000
_AT_ONCE = 64
_ASKED = "imprints asked"


def ask_for_imprints(stores: Stores, assets: Sequence[Asset]) -> None:
    """Have somebody look at these pictures; once while the library is open."""
    if stores.read_only or _ASKED in stores.remembered:
        return
    stores.remembered[_ASKED] = True
    for first in range(0, len(assets), _IN_A_JOB):
        part = assets[first : first + _IN_A_JOB]
        known = stores.previews.known((each.digest, DEFAULT_SIZE) for each in part if each.digest)
        there = [each.digest for each in part if (each.digest, DEFAULT_SIZE) in known]
        if there:
            stores.jobs.submit(
                "imprints",
                {"digests": there},
                key=f"imprints:{there[0]}:{len(there)}",
                priority=PRIORITIES["background"],
            )
        queue_previews(stores, [each for each in part if (each.digest, DEFAULT_SIZE) not in known])
    stores.start_worker()


def look_for_imprints(
    stores: Stores,
    job: JobRow,
    executor: Executor,
    report: Callable[[float], None],
    cancel: Callable[[], bool],
) -> Any:
    """The job that reads imprints out of previews."""
    digests: Sequence[str] = job.payload["digests"]  # type: ignore[assignment]
    found = 0
    for first in range(0, len(digests), _AT_ONCE):
        part = {
            each: stores.previews.get(each, DEFAULT_SIZE)
            for each in digests[first : first + _AT_ONCE]
        }
        pictures = {digest: data for digest, data in part.items() if data}
        if pictures:
            told = _told(list(pictures.values()), executor, cancel)
            named = zip(map(bytes.fromhex, pictures), told, strict=True)
            stores.imprints.put(dict(named))
            found += len(told)
        report(min(1.0, (first + _AT_ONCE) / len(digests)))
    return {"read": found}


def _told(pictures: Sequence[bytes], executor: Executor, cancel: Callable[[], bool]) -> list[bytes]:
    with tempfile.TemporaryDirectory(prefix="audobon-") as folder:
        path = Path(folder) / "previews"
        path.write_bytes(b"".join(pictures))
        payload = {"path": str(path), "lengths": [len(each) for each in pictures]}
        answer = executor.run("imprints", payload, limits=_LIMITS, cancel=cancel)
    return [bytes.fromhex(each) for each in answer]


def bring_up(stores: Stores, cancel: Callable[[], bool]) -> None:
    """Have what is new compared with everything, in a worker; nothing where that is done."""
    store = stores.imprints
    if stores.read_only or store.compared() >= store.last():
        return
    payload = {"store": str(store.path), "base": str(stores.place.state)}
    stores.networks.run("imprints.compare", payload, limits=_COMPARING, cancel=cancel)
