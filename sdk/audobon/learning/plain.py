"""A lesson on plain JSON data, as worker processes take and give it."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from audobon.learning.examples import prepare
from audobon.learning.head import sigmoid
from audobon.learning.lesson import lesson
from audobon.learning.measures import Figures
from audobon.learning.rivals import Standing

__all__ = ["chances", "taught"]

_DIGITS = 4
Report = Callable[[float, Mapping[str, Any]], None]


def taught(payload: Mapping[str, Any], report: Report, check: Callable[[], None]) -> dict[str, Any]:
    """``{contents, vectors, yes, near, target, seed, zero_shot, previous}`` to a lesson.

    ``contents`` are digests in hex and ``vectors`` 16-bit floats in base64, one each; ``near``
    pairs of contents; ``zero_shot`` and ``previous`` one for each content, or None, the latter
    what the version in use took it for, or None where it was not learnt from; ``imported`` the
    weights of one in use that was learnt elsewhere, where there is one. Gives
    ``weights`` (32-bit floats, the last one the bias, in base64) and the facts of the card.
    ``report`` is told how much is done and ``{held_out, of, f1, loss}`` so far. Invalid for
    too few.
    """
    begun = time.monotonic()
    halves = [np.frombuffer(base64.b64decode(each), "<f2") for each in payload["vectors"]]
    contents = [bytes.fromhex(each) for each in payload["contents"]]
    near = [(bytes.fromhex(one), bytes.fromhex(other)) for one, other in payload["near"]]
    rows = np.array(halves, np.float64) if halves else np.zeros((0, 1))
    examples = prepare(contents, payload["yes"], rows, near)
    place = {content: number for number, content in enumerate(contents)}
    kept = [place[content] for content in examples.contents]

    def told(name: str, kind: Any) -> Any:
        given = payload.get(name)
        return None if given is None else np.array(given, kind)[kept]

    def live(done: float, found: Mapping[str, Any]) -> None:
        report(done, {**found, "of": len(examples)} if found else {})

    made = lesson(
        examples,
        target=float(payload["target"]),
        seed=int(payload["seed"]),
        zero_shot=told("zero_shot", float),
        imported=_imported(payload, kept),
        previous=told("previous", object),
        report=live,
        check=check,
    )
    weights = np.append(made.learnt.head.weights, made.learnt.head.bias).astype("<f4")
    held = zip(examples.contents, examples.yes, made.scores, examples.groups, strict=True)
    return {
        "weights": base64.b64encode(weights.tobytes()).decode("ascii"),
        "refused": made.refused,
        "promised": made.promise.threshold is not None,
        "threshold": 0.5 if made.promise.threshold is None else made.promise.threshold,
        "card": {
            "given": len(contents),
            "repeated": examples.repeated,
            "contradicted": [content.hex() for content in examples.torn],
            "yes": examples.count(True),
            "no": examples.count(False),
            "held_out": [
                [content.hex(), bool(yes), round(float(score), _DIGITS), int(group)]
                for content, yes, score, group in held
            ],
            "figures": _figures(made.standing.figures),
            "loss": round(made.standing.loss, _DIGITS),
            "rivals": [_standing(each) for each in made.rivals],
            "promise": {
                "target": made.promise.target,
                "kept": made.promise.threshold is not None,
                "least": round(made.promise.least, _DIGITS),
                "shown": made.promise.shown,
                "right": made.promise.right,
                "recall": round(made.promise.recall, _DIGITS),
                "needed": made.promise.needed,
            },
            "penalty": made.learnt.penalty,
            "tried": len(made.learnt.path),
            "path": [
                [each.penalty, round(each.loss, _DIGITS), round(each.f1, _DIGITS)]
                for each in made.learnt.path
            ],
            "seed": int(payload["seed"]),
            "seconds": round(time.monotonic() - begun, 2),
        },
    }


def _imported(payload: Mapping[str, Any], kept: Sequence[int]) -> Any:
    if not payload.get("imported"):
        return None
    halves = [base64.b64decode(payload["vectors"][number]) for number in kept]
    return np.array(chances(halves, base64.b64decode(payload["imported"])))


def _figures(made: Figures) -> dict[str, Any]:
    told = {name: getattr(made, name) for name in ("f1", "precision", "recall", "ranked")}
    rounded = {name: round(value, _DIGITS) for name, value in told.items()}
    for name in ("f1", "precision", "recall"):
        within = getattr(made, f"{name}_within")
        rounded[f"{name}_within"] = [round(each, _DIGITS) for each in within]
    return rounded


def _standing(made: Standing) -> dict[str, Any]:
    ahead = None if made.ahead is None else [round(each, _DIGITS) for each in made.ahead]
    figures = _figures(made.figures)
    return {"name": made.name, **figures, "loss": round(made.loss, _DIGITS), "ahead": ahead}


def chances(halves: Sequence[bytes], weights: bytes) -> list[float]:
    """What a head says of vectors of 16-bit floats: how likely each is yes."""
    numbers = np.frombuffer(weights, "<f4").astype(np.float64)
    rows = np.frombuffer(b"".join(halves), "<f2").reshape(len(halves), -1)
    found: list[float] = sigmoid(rows.astype(np.float64) @ numbers[:-1] + numbers[-1]).tolist()
    return found
