"""Assets that parameters of pipelines name, as a picture in whose style another is painted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from audobon.models.assemble import pipeline_named
from audobon.services.core import lookup
from audobon.services.core.stores import Stores

__all__ = ["referred"]


def referred(
    stores: Stores, pipeline: str, parameters: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, str]]:
    """The parameters with ids where they name assets, and these ids by parameter.

    NotFound for a pipeline or an asset that is not there, Conflict for a name of several.
    """
    named = {
        each.name: lookup.find(stores, parameters[each.name]).id
        for each in pipeline_named(pipeline).parameters
        if each.kind == "asset" and parameters.get(each.name)
    }
    return {**parameters, **named}, named
