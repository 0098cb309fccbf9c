"""A backbone and a head as one component: a network, and the recipe by which it is installed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import evolve

from audobon.errors import Invalid
from audobon.model.component import Component, Tensor
from audobon.models.convert import NETWORK
from audobon.models.recipetext import network_recipe

__all__ = ["features_of", "join_task", "recipe_text"]


def join_task(payload: Mapping[str, Any]) -> None:
    """``{network, features, weights, folder}``: write the joined network into ``folder``.

    ``weights`` are in base64.
    """
    import base64

    from audobon.inference import door
    from audobon.inference.surgery import joined

    weights = base64.b64decode(payload["weights"])
    made = joined(Path(payload["network"]), int(payload["features"]), weights)
    with door.translated("the network cannot be written"):
        door.load().save_model(made, str(Path(payload["folder"]) / NETWORK), compress_to_fp16=False)


def features_of(backbone: Component) -> int:
    """The number of the output ``features``. Invalid where there is none."""
    names = [tensor.name for tensor in backbone.outputs]
    if "features" not in names:
        raise Invalid(f"{backbone.name} gives no features for a head", subject=backbone.name)
    return names.index("features")


def recipe_text(backbone: Component, folder: Path, *, name: str, version: int, tag: str) -> str:
    """The recipe of the network that lies in ``folder``, as TOML."""
    from audobon.inference.surgery import CHANCE

    features = backbone.outputs[features_of(backbone)]
    joined = evolve(
        backbone,
        name=name,
        version=f"{version}.0.0",
        role="backbone",
        summary=f"{tag}, as it was taught, on {backbone.name} {backbone.version}",
        outputs=(features, Tensor(CHANCE, (features.shape[0], "1"), "f32", 0.0, 1.0)),
        requires=(),
        settings={},
    )
    return network_recipe(joined, folder)
