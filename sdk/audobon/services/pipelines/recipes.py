"""What, beside the bytes of a file, decides about a result."""

from __future__ import annotations

import json

from audobon.models.assemble import Assembled

__all__ = ["pipeline_of", "recipe_of"]

_VERSION = 2  # raised when the same pipeline gives something else, so that results are made anew


def recipe_of(assembled: Assembled) -> str:
    """What, beside the file's bytes, decides about a result, as one text."""
    steps = [
        [step.component.name, step.component.version, step.digests] for step in assembled.steps
    ]
    return json.dumps([_VERSION, assembled.pipeline.name, steps, dict(assembled.parameters)])


def pipeline_of(recipe: str) -> str:
    """The name of the pipeline that a recipe is of."""
    return str(json.loads(recipe)[1])
