"""A lesson that is learnt in Vertex AI: the same task is sent, and its result taken in later.

What leaves the machine are digests of pictures, their features and the answers; no picture, no
name and no tag. No job of a library waits for the cloud: one sends, and when the run is done
another one takes the result in. Google's modules are loaded in a worker process only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from audobon.cloud.ledger import Ledger
from audobon.cloud.settings import cloud_folder, load_settings
from audobon.errors import Invalid
from audobon.learning.checking import check_lesson
from audobon.model.job import Limits
from audobon.services.core.stores import Stores
from audobon.work.executor import Executor

__all__ = ["PLACES", "check_place", "note_of", "send_away", "take_in"]

PLACES = ("here", "vertex")
_LIMITS = Limits(memory=4 << 30, cpu_s=120.0, wall_s=900.0)

Cancel = Callable[[], bool]


def check_place(place: str) -> None:
    """Invalid for a place that there is not; Unavailable where Vertex AI is not set up."""
    if place not in PLACES:
        raise Invalid(f"{place!r} is no place to learn; {' and '.join(PLACES)} are", subject=place)
    if place == "vertex":
        load_settings(cloud_folder())


def send_away(
    stores: Stores, task: Mapping[str, Any], note: Mapping[str, Any], cancel: Cancel
) -> dict[str, Any]:
    """Queue ``task`` for Vertex AI and send it: ``run``, ``state`` and ``error``.

    The same task goes on with the run that it has. Where the service cannot be reached it
    stays queued, and ``error`` says so. LimitExceeded where the money for it does not reach.
    """
    folder = cloud_folder()
    full = {**note, "library": stores.place.id}
    run = Ledger(folder).add(str(note["tag"]), task, load_settings(folder), full)
    told = _asked(stores, "vertex.send", run.id, cancel)
    return {"tag": note["tag"], "run": run.id, "most": run.cost, **told}


def note_of(stores: Stores, run: str) -> dict[str, Any]:
    """What was written down when a run was sent. NotFound; Invalid for another library's."""
    found = Ledger(cloud_folder()).get(run)
    note = dict(found.note)
    if note.get("library") != stores.place.id:
        raise Invalid(f"the run {found.id} is not one of this library", subject=run)
    return {**note, "run": found.id}


def take_in(stores: Stores, run: str, cancel: Cancel) -> tuple[Mapping[str, Any], dict[str, Any]]:
    """The task of a run, and what it has learnt, verified. Busy while it goes on."""
    ledger = Ledger(cloud_folder())
    task = ledger.task(ledger.get(run))
    return task, check_lesson(task, _asked(stores, "vertex.fetch", run, cancel))


def _asked(stores: Stores, name: str, run: str, cancel: Cancel) -> dict[str, Any]:
    payload = {"folder": str(cloud_folder()), "run": run}
    with Executor("audobon.cloud.tasks:TASKS", _LIMITS, interpreter=stores.interpreter) as executor:
        told: dict[str, Any] = executor.run(name, payload, cancel=cancel)
        return told
