"""What a lesson gave, looked at before it is kept: wherever it was learnt.

A head that was learnt in another process, or on another machine, is data from
outside. Without numpy: whoever keeps it has none.
"""

from __future__ import annotations

import base64
import binascii
import math
import struct
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from audobon.errors import Corrupt

__all__ = ["check_lesson", "check_likeness", "check_stars"]

_CARD = ("given", "yes", "no", "held_out", "figures", "rivals", "promise", "penalty", "seed")
_STARS = ("given", "different", "mean", "held_out", "figures", "rivals", "penalty", "seed")
_LIKENESS = ("given", "different", "labels", "directions", "mix", "held_out", "figures", "rivals")
_UNSAID = "it does not say whether it may be used"
_OFF = 0.006  # a mean of stars is told with two digits


def check_lesson(task: Mapping[str, Any], made: Any) -> dict[str, Any]:
    """``made`` itself, where it can be what ``learning.plain.taught`` makes of ``task``.

    Corrupt tells what is wrong: weights that are not as many as the features and a bias, or
    not finite; a threshold that is no chance; held-out examples that were not given, or with
    another answer; facts that are missing.
    """
    return _passed(_problem, task, made)


def check_stars(task: Mapping[str, Any], made: Any) -> dict[str, Any]:
    """``made`` itself, where it can be what ``learning.plainstars.taught_stars`` makes of it.

    Corrupt as for :func:`check_lesson`.
    """
    return _passed(_stars_problem, task, made)


def _stars_problem(task: Mapping[str, Any], made: Any) -> str:
    card = made["card"]
    if problem := _facts(made, _STARS):
        return problem
    if problem := _weights(task, made["weights"]):
        return problem
    said = dict(zip(task["contents"], task["stars"], strict=True))
    for content, stars, score, _ in card["held_out"]:
        if content not in said or abs(float(stars) - float(said[content])) > _OFF:
            return "it was learnt from other ratings"
        if not 1 <= float(score) <= 5:
            return f"{score} is no number of stars"
    return ""


def check_likeness(task: Mapping[str, Any], made: Any) -> dict[str, Any]:
    """``made`` itself, where it can be what ``learning.plainlikeness`` makes of it.

    Corrupt as for :func:`check_lesson`.
    """
    return _passed(_likeness_problem, task, made)


def _likeness_problem(task: Mapping[str, Any], made: Any) -> str:
    card = made["card"]
    if problem := _facts(made, _LIKENESS):
        return problem
    if problem := _weights(task, made["weights"], int(card["directions"]), 1):
        return problem
    if [each[0] for each in card["held_out"]] != list(task["contents"]):
        return "it was learnt from other pictures"
    if not 0 <= float(card["mix"]) <= 1:
        return f"{card['mix']} is no part of a likeness"
    return ""


def _passed(
    problem: Callable[[Mapping[str, Any], Any], str], task: Mapping[str, Any], made: Any
) -> dict[str, Any]:
    """``made``, where ``problem`` finds nothing wrong with it. Corrupt."""
    try:
        told = problem(task, made)
    except (KeyError, TypeError, ValueError, IndexError, binascii.Error) as error:
        told = f"it cannot be read ({type(error).__name__})"
    if told:
        raise Corrupt(f"what was learnt is not used: {told}")
    found: dict[str, Any] = made
    return found


def _facts(made: Any, names: Sequence[str]) -> str:
    lacking = [name for name in names if name not in made["card"]]
    if lacking:
        return f"its card has no {', '.join(lacking)}"
    return "" if isinstance(made["refused"], str) else _UNSAID


def _weights(task: Mapping[str, Any], text: str, columns: int = 1, more: int = 0) -> str:
    raw = base64.b64decode(text, validate=True)
    features = len(base64.b64decode(task["vectors"][0])) // 2
    if len(raw) != 4 * ((features + 1) * columns + more):
        return f"{len(raw) // 4} numbers are no weights for {features} features"
    if not all(map(math.isfinite, struct.unpack(f"<{len(raw) // 4}f", raw))):
        return "its weights are not finite"
    return ""


def _problem(task: Mapping[str, Any], made: Any) -> str:
    threshold, card = float(made["threshold"]), made["card"]
    if problem := _facts(made, _CARD):
        return problem
    if not isinstance(made["promised"], bool):
        return _UNSAID
    if problem := _weights(task, made["weights"]):
        return problem
    if not 0 <= threshold <= 1:
        return f"{threshold} is no threshold"
    for penalty, loss, f1 in card.get("path", ()):
        if not all(map(math.isfinite, map(float, (penalty, loss, f1)))):
            return "what it tried is not finite"
    return _examples(task, card)


def _examples(task: Mapping[str, Any], card: Mapping[str, Any]) -> str:
    said = dict(zip(task["contents"], task["yes"], strict=True))
    for content, yes, score, _ in card["held_out"]:
        if content not in said or bool(yes) != bool(said[content]):
            return "it was learnt from other examples"
        if not 0 <= float(score) <= 1:
            return f"{score} is no chance"
    if int(card["given"]) != len(task["contents"]):
        return "it was learnt from other examples"
    return ""
