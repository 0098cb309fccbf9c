"""How far what a network gives is from what it should give, and which pictures may tell.

Pictures are parted so that no two that are nearly equal lie on both sides: what was calibrated
with would otherwise judge itself.
"""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from audobon.errors import BadFile, Invalid
from audobon.inference import door
from audobon.model.component import Component, Tensor
from audobon.model.quantized import Loss

__all__ = ["judge", "kind_of", "parted", "print_of", "run_all"]

Array = np.ndarray[Any, Any]
_CLASSES = ("logits", "scores", "classes")
_GRID = 8
_NEAR = 0.03
"""Distance of two prints, of 0..1, below which pictures count as nearly equal: the same one in
another size or with other compression stays below 0.01."""
_HELD = 3  # one picture in so many is held out
_LEAST = 5  # on either side


def print_of(feed: Array, tensor: Tensor) -> Array:
    """What a fed picture looks like from far: 8 x 8 places, 0..1; empty for what is no picture."""
    if feed.ndim != 4:
        return np.zeros(0)
    low = tensor.low or 0.0
    width = (1.0 if tensor.high is None else tensor.high) - low
    values = feed[0].astype(np.float32).mean(-1) if feed.shape[-1] <= 4 else feed[0].mean(0)
    rows = np.array_split(values, _GRID, 0)
    small = [
        [part.mean() if part.size else 0.0 for part in np.array_split(r, _GRID, 1)] for r in rows
    ]
    return (np.array(small).reshape(-1) - low) / width


def parted(
    prints: Sequence[Array], digests: Sequence[str], least: int
) -> tuple[list[int], list[int]]:
    """The numbers of pictures to calibrate with, and of those to judge with.

    Nearly equal ones are together; which group comes where hangs on digests alone. Invalid
    where too few different pictures are there for ``least`` of them.
    """
    group = list(range(len(prints)))

    def root(number: int) -> int:
        while group[number] != number:
            number = group[number]
        return number

    for one in range(len(prints)):
        for other in range(one):
            a, b = prints[one], prints[other]
            same = digests[one] == digests[other]
            near = a.size and a.shape == b.shape and float(np.sqrt(((a - b) ** 2).mean())) < _NEAR
            if same or near:
                group[root(one)] = root(other)
    groups: dict[int, list[int]] = {}
    for number in range(len(prints)):
        groups.setdefault(root(number), []).append(number)
    sides: tuple[list[int], list[int]] = ([], [])
    for members in sorted(groups.values(), key=lambda each: min(digests[i] for i in each)):
        held = (len(sides[1]) + len(members)) * _HELD <= sum(map(len, sides)) + len(members)
        sides[held].extend(members)
    if len(groups) < least or min(map(len, sides)) < _LEAST:
        raise Invalid(
            f"there are {len(groups)} pictures that differ; at least {least} are needed to "
            "calibrate a network and to judge it by others",
            hint="--pictures names a query that finds more",
        )
    return sorted(sides[0]), sorted(sides[1])


def kind_of(tensor: Tensor) -> str:
    """What an output is to be judged as: classes, vector, picture or numbers."""
    if len(tensor.shape) == 2 and tensor.name in _CLASSES:
        return "classes"
    bounded = tensor.low is not None and tensor.high is not None
    if len(tensor.shape) == 4 and bounded:
        return "picture"
    return "vector" if len(tensor.shape) == 2 and not bounded else "numbers"


def judge(tensor: Tensor, wanted: Sequence[Array], given: Sequence[Array]) -> Loss:
    """One output over all held-out pictures; ``wanted`` is what the network gave as it was."""
    kind = kind_of(tensor)
    if kind in ("vector", "classes"):
        losses = [1.0 - _cosine(a, b) for a, b in zip(wanted, given, strict=True)]
    else:
        losses = [_rms(tensor, a, b) for a, b in zip(wanted, given, strict=True)]
    mean, worst = max(0.0, float(np.mean(losses))), max(0.0, float(np.max(losses)))
    changed = decibels = None
    if kind == "classes":
        pairs = zip(wanted, given, strict=True)
        changed = float(np.mean([a.argmax() != b.argmax() for a, b in pairs]))
    if kind == "picture":
        decibels = round(-20 * math.log10(max(mean, 1e-6)), 1)
    return Loss(tensor.name, kind, round(mean, 6), round(worst, 6), changed, decibels)


def run_all(
    network: Path,
    component: Component,
    feeds: Sequence[Mapping[str, Any]],
    precision: str,
    check: Callable[[], None],
) -> tuple[list[list[Array]], float]:
    """What a network gives for each feed on the CPU, in the contract's order, and the seconds of
    the middle one. BadFile for what is no number."""
    settings: dict[str, Any] = {"PERFORMANCE_HINT": "LATENCY", "ENABLE_CPU_PINNING": False}
    if precision != "auto":
        settings["INFERENCE_PRECISION_HINT"] = precision
    given: list[list[Array]] = []
    times = []
    with door.translated(f"{component.name} cannot be run"):
        compiled = door.core().compile_model(str(network), "CPU", settings)
        request = compiled.create_infer_request()
        for number, feed in enumerate(feeds):
            check()
            arrays = {place: feed[each.name] for place, each in enumerate(component.inputs)}
            if number == 0:
                request.infer(arrays)  # the first is for setting up
            began = time.perf_counter()
            results = request.infer(arrays)
            times.append(time.perf_counter() - began)
            given.append([np.array(results[each]) for each in range(len(component.outputs))])
    if not all(np.isfinite(array).all() for each in given for array in each):
        raise BadFile(f"{component.name} gives what is no number", subject=component.name)
    return given, round(statistics.median(times), 6)


def _cosine(one: Array, other: Array) -> float:
    a, b = one.reshape(-1).astype(np.float64), other.reshape(-1).astype(np.float64)
    length = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(a @ b) / length if length else float(np.array_equal(a, b))


def _rms(tensor: Tensor, one: Array, other: Array) -> float:
    if one.shape != other.shape:
        return 1.0
    a, b = one.astype(np.float64), other.astype(np.float64)
    if tensor.low is not None and tensor.high is not None:
        width = tensor.high - tensor.low
    else:
        width = float(a.max() - a.min())
    apart = float(np.sqrt(((a - b) ** 2).mean()))
    return apart / width if width else float(apart > 0)
