"""What the engine can compute, and what it lacks for the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from audobon.errors import AudobonError
from audobon.model.component import Pipeline
from audobon.session.state import Offer, Tools, problem_of

if TYPE_CHECKING:
    from audobon.library import Library
    from audobon.models.registry import Models

__all__ = ["tools_of"]

_IMAGES = ("numpy", "OpenImageIO")


def tools_of(library: Library) -> Tools:
    """Look at the engine of workers and at the components; takes a second."""
    from audobon.models.parts import engine_parts
    from audobon.models.recipes import builtin_pipelines

    models = library.models
    try:
        parts, problem = engine_parts(), None
    except AudobonError as error:
        parts, problem = {}, problem_of(error)
    offers = tuple(
        _offer(models, each, parts)
        for each in (*sorted(builtin_pipelines().values(), key=lambda each: each.name), *_OTHERS)
    )
    there = ((each.component.name, each.installed) for each in models.list() if each.installed)
    return Tools(tuple(parts.items()), offers, tuple(there), problem)


_OTHERS = (Pipeline("span-x2", "Twice as large", ("tiles", "span-x2", "joined"), "picture"),)
# Networks that a button of hosts takes in place of a pipeline's usual one.


def _offer(models: Models, pipeline: Pipeline, parts: dict[str, str]) -> Offer:
    from audobon.models.missing import missing_for
    from audobon.models.recipes import builtin_components

    lacking = missing_for(models, pipeline.name)
    known = builtin_components()
    network = any(known[name].role == "backbone" for name in pipeline.steps)
    lacks = "" if all(parts.get(name) for name in _IMAGES) else "images"
    if network and not parts.get("openvino"):
        lacks = "openvino"
    names = tuple(each.name for each in lacking.components)
    asks = dict.fromkeys(each.ask for each in lacking.components if each.ask)
    return Offer(pipeline.name, pipeline.summary, names, lacking.size, "; ".join(asks), lacks)
