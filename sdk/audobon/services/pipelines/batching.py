"""A pipeline over many pictures as one batch in Vertex AI: asked, waited for, delivered.

First the pipeline is run up to its network, and what that would be asked is written down; then the
batch answers all of it; at last the pipeline is run again as always, with those answers. What has
a result already is not asked. So steps are the same everywhere, and results are kept once.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from audobon.cloud.settings import cloud_folder
from audobon.errors import Cancelled, Invalid
from audobon.model.asset import Asset
from audobon.model.job import Limits
from audobon.models.assemble import assemble
from audobon.models.registry import Models
from audobon.services.core.stores import Stores
from audobon.services.pipelines.away import DEVICE, Asking, away_for
from audobon.services.pipelines.computing import LIMITS, run
from audobon.services.pipelines.recipes import recipe_of
from audobon.services.pipelines.results import kept, wanted
from audobon.work.executor import Executor

__all__ = ["run_batch"]

_ASKED, _ANSWERED = 0.2, 0.9  # of the progress: when all is written down, and answered

Report = Callable[[float, str], None]
Cancel = Callable[[], bool]


def run_batch(
    stores: Stores,
    pipeline: str,
    assets: Sequence[Asset],
    parameters: Mapping[str, Any],
    *,
    machine: str,
    hours: float,
    report: Report,
    cancel: Cancel,
) -> dict[str, Any]:
    """See ``Library.run_batch``."""
    stores.need_writable("run a pipeline")
    models = Models(interpreter=stores.interpreter)
    given = {**parameters, "device": DEVICE}
    assembled = assemble(models, pipeline, given)
    networks = away_for(models, assembled) or {}
    if len(networks) != 1 or assembled.pipeline.gives == "picture":
        raise Invalid(
            f"{pipeline} is no pipeline for a batch: those with one network that give values are",
            subject=pipeline,
        )
    task = {**assembled.task(), "avoid": list(models.avoided())}
    recipe, place = recipe_of(assembled), stores.place
    with tempfile.TemporaryDirectory(prefix="batch-", dir=place.files.working()) as name:
        lines, answers = Path(name) / "questions.jsonl", Path(name) / "answers.jsonl"
        with Asking(stores.networks, lines) as asking:
            for number, asset in enumerate(assets):
                if cancel():
                    raise Cancelled("the batch is cancelled")
                want = wanted(place.results, recipe, asset, files=place.files)
                if kept(want) is None:
                    asking.ask({**task, "path": asset.file, "files": {}}, LIMITS, cancel)
                report(_ASKED * (number + 1) / len(assets), "preparing")
        missing = 0
        if asking.count:
            payload = {
                "folder": str(cloud_folder()),
                "network": next(iter(networks.values())),
                "questions": str(lines),
                "answers": str(answers),
                "machine": machine,
                "hours": hours,
            }
            limits = Limits(memory=4 << 30, cpu_s=7200.0, wall_s=hours * 3600 + 3600.0)
            with Executor(
                "audobon.cloud.tasks:TASKS", limits, interpreter=stores.interpreter
            ) as executor:
                missing = executor.run(
                    "vertex.batch",
                    payload,
                    progress=lambda done: report(
                        _ASKED + (_ANSWERED - _ASKED) * done, "in Vertex AI"
                    ),
                    cancel=cancel,
                )
        else:
            answers.touch()
        report(_ANSWERED, "delivering")
        job = run(stores, pipeline, assets, given, to=None, answers=str(answers))
        told: dict[str, Any] = job.result()
        return {"asked": asking.count, "unanswered": missing, "job": job.id, **told}
