"""A lesson from labels on plain JSON data, as worker processes take and give it."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from audobon.learning.examples import grouped
from audobon.learning.likeness import Labelled, Map, Tried, likeness_lesson

__all__ = ["ordered", "taught_likeness"]

_DIGITS = 4
Report = Callable[[float, Mapping[str, Any]], None]


def taught_likeness(
    payload: Mapping[str, Any], report: Report, check: Callable[[], None]
) -> dict[str, Any]:
    """``{contents, vectors, labels, has, lacks, near, seed, previous}`` to a lesson.

    ``contents`` are digests in hex and ``vectors`` 16-bit floats in base64, one each; ``has`` and
    ``lacks`` for each the numbers of ``labels`` that it has, and that somebody has said it has
    not; ``near`` pairs of contents; ``previous`` for each the labels that it had for the version
    in use, None where that was not learnt from it, or None as a whole. Gives ``weights`` (32-bit
    floats in base64: for each feature the directions, then the offsets, then the mix),
    ``refused`` and the facts of the card. ``report`` is told how much is done and ``{found, of}``
    so far. Invalid for too few.
    """
    begun = time.monotonic()
    contents, labels = list(payload["contents"]), list(payload["labels"])
    halves = b"".join(base64.b64decode(each) for each in payload["vectors"])
    rows = np.frombuffer(halves, "<f2").reshape(len(contents), -1).astype(np.float64)
    if not np.isfinite(rows).all():
        raise ValueError("a vector has numbers that are not finite")
    near = [(bytes.fromhex(one), bytes.fromhex(other)) for one, other in payload["near"]]
    groups = grouped([bytes.fromhex(each) for each in contents], rows, near)
    has, lacks = (_marks(payload[name], len(labels)) for name in ("has", "lacks"))
    known = Labelled(rows, has, lacks, groups)
    previous = None
    if payload["previous"] is not None:
        was = np.array([each is not None for each in payload["previous"]])
        names = sorted({one for each in payload["previous"] for one in each or ()})
        place = {name: number for number, name in enumerate(names)}
        had = [[place[one] for one in each or ()] for each in payload["previous"]]
        previous = was, _marks(had, len(names))

    def live(done: float, found: Mapping[str, Any]) -> None:
        report(done, {**found, "of": len(known)} if found else {})

    made = likeness_lesson(
        known, seed=int(payload["seed"]), previous=previous, report=live, check=check
    )
    numbers = np.concatenate([made.map.turn.ravel(), made.map.offset, [made.map.mix]])
    held = zip(contents, payload["has"], groups, strict=True)
    return {
        "weights": base64.b64encode(numbers.astype("<f4").tobytes()).decode("ascii"),
        "refused": made.refused,
        "card": {
            "given": len(contents),
            "different": len(np.unique(groups)),
            "labels": labels,
            "queries": made.queries,
            "directions": len(made.map.offset),
            "mix": made.map.mix,
            "shrinking": made.shrinking,
            "held_out": [
                [content, [labels[number] for number in numbers_], int(group)]
                for content, numbers_, group in held
            ],
            "figures": _figures(made.standing),
            "rivals": [_figures(each) for each in made.rivals],
            "seed": int(payload["seed"]),
            "seconds": round(time.monotonic() - begun, 2),
        },
    }


def _marks(numbers: Sequence[Sequence[int]], count: int) -> Any:
    made = np.zeros((len(numbers), count), bool)
    for row, some in enumerate(numbers):
        made[row, list(some)] = True
    return made


def _figures(made: Tried) -> dict[str, Any]:
    ahead = None if made.ahead is None else [round(each, _DIGITS) for each in made.ahead]
    told = {name: round(getattr(made, name), _DIGITS) for name in ("found", "precision", "recall")}
    return {"name": made.name, **told, "ahead": ahead}


def ordered(asked: bytes, halves: Sequence[bytes], weights: bytes) -> list[float]:
    """How alike vectors of 16-bit floats are to the one that is asked about, by what was learnt."""
    numbers = np.frombuffer(weights, "<f4").astype(np.float64)
    one = np.frombuffer(asked, "<f2").astype(np.float64)
    features = len(one)
    size = (len(numbers) - 1) // (features + 1)
    turn = numbers[: features * size].reshape(features, size)
    made = Map(turn, numbers[features * size : -1], float(numbers[-1]))
    rows = np.frombuffer(b"".join(halves), "<f2").reshape(len(halves), -1).astype(np.float64)
    found: list[float] = made.likeness(one[None], rows)[0].tolist()
    return found
