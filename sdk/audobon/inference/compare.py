"""Whether a device computes what the CPU computes."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from audobon.errors import AudobonError
from audobon.inference import door
from audobon.inference.atwork import Running, open_network
from audobon.inference.convert.wrapping import TYPES
from audobon.inference.session import Choice
from audobon.model.component import Component, Tensor

__all__ = ["LEAST", "compare", "compare_with", "measure"]

LEAST = 0.99
"""Cosine between what a device gives and the CPU in f32, below which it is switched off. bf16
gives 0.9999 with the default networks, int8 0.990."""
_SIDE = 64
_WAVES = 0.37, 0.11, 0.23
# Slopes and colours as pictures have them: with white noise some networks give nonsense, which
# every precision computes differently.


def compare(network: Path, component: Component) -> list[dict[str, Any]]:
    """Each device: ``{device, cosine, seconds, reason}``; an empty reason means that it works.

    The same pattern is fed to all, the CPU in f32 being the measure. Times are
    of the second run.
    """
    wanted = _measured(network, component)
    return [_one(network, component, device, wanted) for device in door.devices()]


def measure(network: Path, component: Component, to: Path) -> None:
    """Write what the CPU gives in f32 into the file ``to``, for processes without OpenVINO."""
    wanted = _measured(network, component)
    with to.open("wb") as stream:
        np.savez(stream, *(wanted[tensor.name] for tensor in component.outputs))


def compare_with(network: Path, component: Component, device: str, wanted: Path) -> dict[str, Any]:
    """One device as ``compare`` tells of it, beside what :func:`measure` has written."""
    with np.load(wanted, allow_pickle=False) as kept:
        arrays = [kept[name] for name in kept.files]
    names = [tensor.name for tensor in component.outputs]
    return _one(network, component, device, dict(zip(names, arrays, strict=True)))


def _measured(network: Path, component: Component) -> dict[str, Any]:
    return _session(network, component, Choice("CPU", "f32")).run(_feed(component))


def _feed(component: Component) -> dict[str, Any]:
    return {tensor.name: _pattern(tensor) for tensor in component.inputs}


def _one(
    network: Path, component: Component, device: str, wanted: Mapping[str, Any]
) -> dict[str, Any]:
    feed = _feed(component)
    told: dict[str, Any] = {"device": device, "cosine": 0.0, "seconds": 0.0, "reason": ""}
    try:
        session = _session(network, component, Choice(device))
        session.run(feed)
        began = time.perf_counter()
        given = session.run(feed)
        told["seconds"] = round(time.perf_counter() - began, 4)
    except AudobonError as error:
        return {**told, "reason": str(error)}
    told["cosine"] = round(min(_cosine(given[name], wanted[name]) for name in wanted), 6)
    if told["cosine"] < LEAST:
        told["reason"] = f"it gives other results than the CPU (cosine {told['cosine']:.3f})"
    return told


def _session(network: Path, component: Component, choice: Choice) -> Running:
    shape = None
    if len(component.inputs) == 1:
        shape = _pattern(component.inputs[0]).shape
    return open_network(network, component.inputs, component.outputs, choice=choice, shape=shape)


def _pattern(tensor: Tensor) -> Any:
    shape = [int(each) if each.isdecimal() else _SIDE for each in tensor.shape]
    if not tensor.shape[0].isdecimal():
        shape[0] = 1
    low, high = tensor.low or 0.0, 1.0 if tensor.high is None else tensor.high
    places = np.indices(shape).astype(np.float64)
    axes = places[1:] if len(shape) > 1 else places
    phase = sum(place * wave for place, wave in zip(axes, _WAVES, strict=False))
    values = low + (high - low) * (0.5 + 0.4 * np.sin(phase))
    return values.astype(TYPES.get(tensor.dtype, np.float32))


def _cosine(one: Any, other: Any) -> float:
    a, b = one.reshape(-1).astype(np.float64), other.reshape(-1).astype(np.float64)
    length = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(a @ b) / length if length else float(np.array_equal(a, b))
