"""What a job is told that runs a pipeline over assets."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from audobon.codec.plain import to_plain
from audobon.model.asset import Asset
from audobon.models.assemble import Assembled, beside
from audobon.models.registry import Models
from audobon.models.routing import Route
from audobon.services.pipelines.recipes import recipe_of

__all__ = ["CLICKED", "payload_for"]

CLICKED = 4
"""Assets that somebody waits for; more are work for later."""


def payload_for(
    models: Models,
    assembled: Assembled,
    assets: Sequence[Asset],
    second: Route | None,
    *,
    to: str | os.PathLike[str] | None = None,
    refers: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """What ``computing.run_job`` is told."""
    pipeline = assembled.pipeline.name
    payload = {
        **assembled.task(),
        "pipeline": pipeline,
        "gives": assembled.pipeline.gives,
        "suffix": assembled.pipeline.suffix,
        "told": assembled.told(),
        "recipe": recipe_of(assembled),
        "avoid": list(models.avoided()),
        "to": None if to is None else os.path.abspath(to),
        "items": [asset.id for asset in assets],
        "refers": dict(refers or {}),
        "many": assembled.pipeline.many,
        "also": [],
    }
    if len(assets) > CLICKED:
        payload["also"] = [_also(each) for each in beside(models, assembled)]
    if second is not None:
        payload["second"] = to_plain(second)
    if assembled.pipeline.gives == "tags":
        payload["by"] = _network(assembled)
    return payload


def _also(assembled: Assembled) -> dict[str, Any]:
    """Another pipeline as the task ``model.squares`` takes it, and the recipe of its result."""
    plain = assembled.task()
    end, parameters = plain["steps"][-1], plain["parameters"]
    return {"end": end, "parameters": parameters, "recipe": recipe_of(assembled)}


def _network(assembled: Assembled) -> dict[str, str]:
    """Whose scores the suggestions have."""
    made = next(step.component for step in assembled.steps if step.component.role == "backbone")
    return {"component": made.name, "version": made.version}
