"""A lesson from ratings on plain JSON data, as worker processes take and give it."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from audobon.learning.stars import HIGH, LOW, Rival, rated, star_lesson

__all__ = ["stars_of", "taught_stars"]

_DIGITS = 4
Report = Callable[[float, Mapping[str, Any]], None]


def taught_stars(
    payload: Mapping[str, Any], report: Report, check: Callable[[], None]
) -> dict[str, Any]:
    """``{contents, vectors, stars, near, seed, previous}`` to a lesson.

    ``contents`` are digests in hex and ``vectors`` 16-bit floats in base64, one each, ``stars``
    numbers from 1 to 5; ``near`` pairs of contents; ``previous`` what the version in use was
    taught for each content, None where it was not learnt from it, or None as a whole. Gives
    ``weights`` (32-bit floats, the last one the bias, in base64), ``refused`` and the facts of
    the card. ``report`` is told how much is done and ``{held_out, of, error}`` so far. Invalid
    for too few.
    """
    begun = time.monotonic()
    halves = [np.frombuffer(base64.b64decode(each), "<f2") for each in payload["vectors"]]
    contents = [bytes.fromhex(each) for each in payload["contents"]]
    near = [(bytes.fromhex(one), bytes.fromhex(other)) for one, other in payload["near"]]
    rows = np.array(halves, np.float64) if halves else np.zeros((0, 1))
    known = rated(contents, payload["stars"], rows, near)
    previous = payload["previous"]
    if previous is not None:
        said = dict(zip(contents, previous, strict=True))
        previous = [said[content] for content in known.contents]

    def live(done: float, found: Mapping[str, Any]) -> None:
        report(done, {**found, "of": len(known)} if found else {})

    made = star_lesson(
        known, seed=int(payload["seed"]), previous=previous, report=live, check=check
    )
    weights = np.append(made.head.weights, made.head.bias).astype("<f4")
    held = zip(known.contents, known.stars, made.scores, known.groups, strict=True)
    return {
        "weights": base64.b64encode(weights.tobytes()).decode("ascii"),
        "refused": made.refused,
        "card": {
            "given": len(contents),
            "repeated": known.repeated,
            "different": len(np.unique(known.groups)),
            "mean": round(known.mean, _DIGITS),
            "held_out": [
                [content.hex(), round(float(stars), 2), round(float(score), 2), int(group)]
                for content, stars, score, group in held
            ],
            "figures": _figures(made.standing),
            "rivals": [
                {"name": each.name, **_figures(each), "ahead": _bounds(each.ahead)}
                for each in made.rivals
            ],
            "penalty": made.penalty,
            "seed": int(payload["seed"]),
            "seconds": round(time.monotonic() - begun, 2),
        },
    }


def _figures(made: Rival) -> dict[str, Any]:
    return {
        "error": round(made.error, _DIGITS),
        "error_within": _bounds(made.error_within),
        "order": round(made.order, _DIGITS),
        "order_within": _bounds(made.order_within),
    }


def _bounds(given: tuple[float, float] | None) -> list[float] | None:
    return None if given is None else [round(each, _DIGITS) for each in given]


def stars_of(halves: Sequence[bytes], weights: bytes) -> list[float]:
    """How many stars, 1 to 5, pictures with these vectors of 16-bit floats would be given."""
    numbers = np.frombuffer(weights, "<f4").astype(np.float64)
    rows = np.frombuffer(b"".join(halves), "<f2").reshape(len(halves), -1)
    line = rows.astype(np.float64) @ numbers[:-1] + numbers[-1]
    found: list[float] = np.clip(line, LOW, HIGH).tolist()
    return found
