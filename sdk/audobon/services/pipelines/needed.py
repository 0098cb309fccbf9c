"""What a pipeline is expected to need for a picture, as far as is known without running it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from audobon.model.asset import Asset
from audobon.model.job import Need

__all__ = ["need_for", "need_of"]

_NETWORK = 256 << 20  # a small one with OpenVINO itself; a recipe's "memory" says it better
_PIXEL = 4  # bytes: three or four channels of 8 bits; what is more is measured
_ONE_AT_A_TIME = "AUTO"
# AUTO may well be the CPU, so they take turns; a card named by itself has turns of its own.


def need_of(payload: Mapping[str, Any], asset: Asset) -> Need:
    """For one asset. Requests with the same components, parameters and size need alike."""
    pixels = (asset.width or 0) * (asset.height or 0) or asset.size
    return need_for(payload, f"{payload['pipeline']} of {asset.path}", pixels)


def need_for(payload: Mapping[str, Any], what: str, pixels: int) -> Need:
    """For a picture with so many pixels; ``what`` says for people what needs it."""
    steps: Sequence[Mapping[str, Any]] = payload["steps"]
    made = [step["component"] for step in steps]
    parameters = {**payload["parameters"]}
    networks = [each for each in made if each["role"] in ("backbone", "head")]
    device = str(parameters.get("device", "AUTO"))
    factor = max((int(each["settings"].get("factor", 1)) for each in made), default=1)
    given = factor * factor if payload["gives"] == "picture" else 0
    told = sum(int(each["settings"].get("memory", 0)) << 20 for each in made)
    names = " ".join(f"{each['name']}-{each['version']}" for each in made)
    chosen = " ".join(f"{name}={parameters[name]}" for name in sorted(parameters))
    return Need(
        what=what,
        name=f"{names} {chosen}",
        size=pixels,
        least=pixels * _PIXEL * (1 + given) + (told or (_NETWORK if networks else 0)),
        device="" if not networks else _ONE_AT_A_TIME if device == "CPU" else device,
    )
