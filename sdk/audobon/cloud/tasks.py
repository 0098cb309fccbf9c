"""What a worker process can be asked to do in Vertex AI, so that no host loads Google's modules.

Short ones, but for that which answers as long as somebody asks: a run is followed by whoever waits
for it. Not in a cage: these workers open no file of a stranger, and speak with the service.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audobon.codec.plain import error_data
from audobon.errors import AudobonError, Unavailable
from audobon.system.letterbox import Letterbox
from audobon.work.child import TaskContext

if TYPE_CHECKING:
    from audobon.cloud.predicting import Predictor

__all__ = ["TASKS"]


def send(payload: Mapping[str, Any], context: TaskContext) -> dict[str, str]:
    """``{folder, run}``: send what is queued; the ``state`` of a run then, and its ``error``."""
    from audobon.cloud.calling import NoAnswer
    from audobon.cloud.running import Runs

    context.check()
    with Runs(Path(payload["folder"])) as runs:
        error = ""
        try:
            runs.send()
        except Unavailable as unavailable:  # it stays queued
            if not isinstance(unavailable, NoAnswer):
                raise
            error = unavailable.message
        run = runs.ledger.get(payload["run"])
        return {"state": run.state, "error": run.error or error}


def fetch(payload: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    """``{folder, run}``: what a run has learnt. Busy while it goes on."""
    from audobon.cloud.running import Runs

    context.check()
    with Runs(Path(payload["folder"])) as runs:
        return runs.fetch(runs.ledger.get(payload["run"]))


def answer(payload: Mapping[str, Any], context: TaskContext) -> int:
    """``{folder, line, networks}``: answer what is asked through the letterbox ``line``.

    ``networks`` has for the path by which one is asked for its component's ``name`` and ``files``,
    the mark of those that are meant. Ends when nobody asks any more; how much was asked.
    """
    from audobon.cloud.calling import need_client
    from audobon.cloud.clients import Clients
    from audobon.cloud.ledger import Ledger
    from audobon.cloud.predicting import Predictor
    from audobon.cloud.settings import load_settings

    box, folder, count = Letterbox(Path(payload["line"])), Path(payload["folder"]), 0
    try:
        need_client()
        with Clients(load_settings(folder)) as clients:
            predictor = Predictor(clients, Ledger(folder))
            while not box.ended:
                context.check()
                asked = box.take()
                if asked is None:
                    box.rest()
                    continue
                count += 1
                box.tell(asked[0], _answer(predictor, payload["networks"], asked[1]))
    except (AudobonError, OSError) as error:
        box.give_up(json.dumps({"error": error_data(error)}).encode())
        raise
    return count


def _answer(predictor: Predictor, networks: Mapping[str, Any], question: bytes) -> bytes:
    try:
        asked = json.loads(question)
        network = networks[asked["network"]]
        told = predictor.predict(network["name"], asked["instances"], files=network["files"])
    except AudobonError as error:
        return json.dumps({"error": error_data(error)}).encode()
    return json.dumps({"predictions": told}).encode()


def batch(payload: Mapping[str, Any], context: TaskContext) -> int:
    """``{folder, network, questions, answers, machine, hours}``: see ``batches.Batches.answer``.

    Of ``network``, ``{name, files}``, the version with these files is asked.
    """
    from audobon.cloud.batches import Batches
    from audobon.cloud.clients import Clients
    from audobon.cloud.ledger import Ledger
    from audobon.cloud.settings import load_settings
    from audobon.cloud.uploads import Registry, alias_of
    from audobon.errors import Cancelled
    from audobon.storage.objects import around, open_store

    def cancelled() -> bool:
        try:
            context.check()
        except Cancelled:
            return True
        return False

    folder = Path(payload["folder"])
    settings = load_settings(folder)
    with Clients(settings) as clients:
        store = around(open_store(settings.place, impersonate=settings.impersonate))
        try:
            network = payload["network"]
            model = Registry(clients, store).get(network["name"], alias_of(network["files"]))
            return Batches(clients, store, Ledger(folder)).answer(
                *(model, Path(payload["questions"]), Path(payload["answers"])),
                machine=payload["machine"],
                hours=payload["hours"],
                report=context.progress,
                cancel=cancelled,
            )
        finally:
            store.close()


TASKS: Mapping[str, Callable[[Mapping[str, Any], TaskContext], Any]] = {
    "vertex.send": send,
    "vertex.fetch": fetch,
    "vertex.answer": answer,
    "vertex.batch": batch,
}
