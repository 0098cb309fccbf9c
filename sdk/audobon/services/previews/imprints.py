"""Imprints of pictures: taken with their previews, and of older ones when somebody asks.

Whoever makes a preview takes the imprint too. A library that was filled before
that was so has pictures without; the first question for them queues jobs that
read them out of the previews.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from audobon.model.asset import Asset
from audobon.model.job import JobRow, Limits
from audobon.services.core.stores import Stores
from audobon.services.previews.frompreviews import ask_previews, read_previews
from audobon.work.executor import Executor

__all__ = ["PICTURED", "SEEN_FROM", "ask_for_imprints", "bring_up", "look_for_imprints"]

PICTURED = ("image", "document", "vector")
"""Kinds of assets whose pictures are compared; scenes are rendered, so much of them is ours."""
SEEN_FROM = 128
"""Previews of at least so many pixels say what a picture looks like."""

_COMPARING = Limits(memory=3 << 30, cpu_s=3600.0, wall_s=7200.0, file=4 << 30)
_IN_A_JOB = 1_000
_ASKED = "imprints asked"


def ask_for_imprints(stores: Stores, assets: Sequence[Asset]) -> None:
    """Have somebody look at these pictures; once while the library is open."""
    if stores.read_only or _ASKED in stores.remembered:
        return
    stores.remembered[_ASKED] = True
    for first in range(0, len(assets), _IN_A_JOB):
        part = assets[first : first + _IN_A_JOB]
        ask_previews(stores, "imprints", part)
    stores.start_worker()


def look_for_imprints(
    stores: Stores,
    job: JobRow,
    executor: Executor,
    report: Callable[[float], None],
    cancel: Callable[[], bool],
) -> Any:
    """The job that reads imprints out of previews."""

    def keep(found: Mapping[str, bytes]) -> None:
        stores.imprints.put({bytes.fromhex(digest): made for digest, made in found.items()})

    return read_previews(*(stores, job, executor, report, cancel), task="imprints", keep=keep)


def bring_up(stores: Stores, cancel: Callable[[], bool]) -> None:
    """Have what is new compared with everything, in a worker; nothing where that is done."""
    store = stores.imprints
    if stores.read_only or store.compared() >= store.last():
        return
    payload = {"store": str(store.path), "base": str(stores.place.state)}
    stores.looking.run("imprints.compare", payload, limits=_COMPARING, cancel=cancel)
