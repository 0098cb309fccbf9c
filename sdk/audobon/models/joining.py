"""A backbone and a head as one component: a network, and the recipe by which it is installed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from audobon.errors import Invalid
from audobon.model.component import Component, Tensor
from audobon.models.convert import NETWORK, digest_file

__all__ = ["RECIPE", "basic_string", "features_of", "join_task", "recipe_text", "tensor_lines"]

RECIPE = "recipe.toml"
_BINARY = "model.bin"


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

    summary = f"{tag}, as it was taught, on {backbone.name} {backbone.version}"
    lines = [
        f"name = {basic_string(name)}",
        f'version = "{version}.0.0"',
        'role = "backbone"',
        f"summary = {basic_string(summary)}",
        f"licence = {basic_string(backbone.licence)}",
        'converter = "ir"',
        "",
    ]
    for part in (NETWORK, _BINARY):
        lines += ["[[files]]", f'path = "{part}"', f'sha256 = "{digest_file(folder / part)}"', ""]
    lines += ["[settings]", 'keep = "f32"', ""]
    features = backbone.outputs[features_of(backbone)]
    chance = Tensor(CHANCE, (features.shape[0], "1"), "f32", 0.0, 1.0)
    for side, tensors in (("inputs", backbone.inputs), ("outputs", (features, chance))):
        for tensor in tensors:
            lines += [f"[[{side}]]", *tensor_lines(tensor), ""]
    return "\n".join(lines)


def tensor_lines(tensor: Tensor) -> list[str]:
    """A tensor as a table of a recipe, without its head."""
    lengths = [each if each.isdecimal() else basic_string(each) for each in tensor.shape]
    lines = [f"name = {basic_string(tensor.name)}", f"shape = [{', '.join(lengths)}]"]
    if tensor.dtype:
        lines.append(f"dtype = {basic_string(tensor.dtype)}")
    for side in ("low", "high"):
        bound = getattr(tensor, side)
        if bound is not None:
            lines.append(f"{side} = {float(bound)}")
    return [*lines, *([f"color = {basic_string(tensor.color)}"] if tensor.color else [])]


def basic_string(text: str) -> str:
    """A basic string of TOML, whose escapes are those of JSON."""
    return json.dumps(text)
