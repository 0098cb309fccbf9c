"""Recipes written by us: of a network that lies in a folder, as TOML."""

from __future__ import annotations

import json
from pathlib import Path

from audobon.model.component import Component, Tensor
from audobon.models.convert import BINARY, NETWORK, digest_file

__all__ = ["RECIPE", "network_recipe", "origin"]

RECIPE = "recipe.toml"
"""What the file is called beside the network."""
_RUNNING = ("factor", "pad", "crop", "feather", "precision", "memory", "names", "size")
"""Settings that a step reads when it runs. The converter's own are in the network already."""


def network_recipe(component: Component, folder: Path, *, made_from: str = "") -> str:
    """The recipe that installs what ``component`` is from ``model.xml`` and ``model.bin`` of
    ``folder``, which are named with their digests. ``made_from`` says what they were made of."""
    lines = [
        f"name = {_string(component.name)}",
        f"version = {_string(component.version)}",
        f"role = {_string(component.role)}",
        f"summary = {_string(component.summary)}",
        f"licence = {_string(component.licence)}",
        *([f"ask = {_string(component.ask)}"] if component.ask else []),
        'converter = "ir"',
        "",
    ]
    for part in (NETWORK, BINARY):
        lines += ["[[files]]", f'path = "{part}"', f'sha256 = "{digest_file(folder / part)}"', ""]
    lines += ["[settings]", 'keep = "f32"']
    lines += [f"made_from = {_string(made_from)}"] if made_from else []
    kept = {name: component.settings[name] for name in _RUNNING if name in component.settings}
    lines += [f"{name} = {_value(value)}" for name, value in kept.items()]
    for need in component.requires:
        lines += ["", "[[requires]]", f"name = {_string(need.name)}"]
        lines += [f"versions = {_string(need.versions)}"] if need.versions else []
    for side, tensors in (("inputs", component.inputs), ("outputs", component.outputs)):
        for tensor in tensors:
            lines += ["", f"[[{side}]]", *_tensor(tensor)]
    return "\n".join([*lines, ""])


def origin(component: Component) -> str:
    """The component, its package and the digests of its files, in a line."""
    source = component.source
    words = [component.name, component.version]
    if source is not None and source.package:
        words.append(f"of {source.registry}: {source.package} {source.version}")
    return " ".join([*words, *(f"sha256:{part.sha256}" for part in component.files)])


def _tensor(tensor: Tensor) -> list[str]:
    """A tensor as a table of a recipe, without its head."""
    lengths = [each if each.isdecimal() else _string(each) for each in tensor.shape]
    lines = [f"name = {_string(tensor.name)}", f"shape = [{', '.join(lengths)}]"]
    if tensor.dtype:
        lines.append(f"dtype = {_string(tensor.dtype)}")
    for side in ("low", "high"):
        bound = getattr(tensor, side)
        if bound is not None:
            lines.append(f"{side} = {float(bound)}")
    return [*lines, *([f"color = {_string(tensor.color)}"] if tensor.color else [])]


def _string(text: str) -> str:
    """A basic string of TOML, whose escapes are those of JSON."""
    return json.dumps(text)


def _value(value: object) -> str:
    return _string(value) if isinstance(value, str) else str(value).lower()
