"""What a lesson gave, looked at before it is kept: wherever it was learnt.

A head that was learnt in another process, or on another machine, is data from
outside. Without numpy: whoever keeps it has none.
"""

from __future__ import annotations

import base64
import binascii
import math
import struct
from collections.abc import Mapping
from typing import Any

from audobon.errors import Corrupt

__all__ = ["check_lesson", "check_likeness", "check_stars"]

_CARD = ("given", "yes", "no", "held_out", "figures", "rivals", "promise", "penalty", "seed")
_STARS = ("given", "different", "mean", "held_out", "figures", "rivals", "penalty", "seed")
_LIKENESS = ("given", "different", "labels", "directions", "mix", "held_out", "figures", "rivals")
_OFF = 0.006  # a mean of stars is told with two digits


def check_lesson(task: Mapping[str, Any], made: Any) -> dict[str, Any]:
    """``made`` itself, where it can be what ``learning.plain.taught`` makes of ``task``.

    Corrupt tells what is wrong: weights that are not as many as the features and a bias, or
    not finite; a threshold that is no chance; held-out examples that were not given, or with
    another answer; facts that are missing.
    """
    problem = _problem(task, made)
    if problem:
        raise Corrupt(f"what was learnt is not used: {problem}")
    found: dict[str, Any] = made
    return found


def check_stars(task: Mapping[str, Any], made: Any) -> dict[str, Any]:
    """``made`` itself, where it can be what ``learning.plainstars.taught_stars`` makes of it.

    Corrupt as for :func:`check_lesson`.
    """
    problem = _stars_problem(task, made)
    if problem:
        raise Corrupt(f"what was learnt is not used: {problem}")
    found: dict[str, Any] = made
    return found


def _stars_problem(task: Mapping[str, Any], made: Any) -> str:
    try:
        card = made["card"]
        lacking = [name for name in _STARS if name not in card]
        if lacking:
            return f"its card has no {', '.join(lacking)}"
        if not isinstance(made["refused"], str):
            return "it does not say whether it may be used"
        if problem := _weights(task, made["weights"]):
            return problem
        said = dict(zip(task["contents"], task["stars"], strict=True))
        for content, stars, score, _ in card["held_out"]:
            if content not in said or abs(float(stars) - float(said[content])) > _OFF:
                return "it was learnt from other ratings"
            if not 1 <= float(score) <= 5:
                return f"{score} is no number of stars"
        return ""
    except (KeyError, TypeError, ValueError, IndexError, binascii.Error) as error:
        return f"it cannot be read ({type(error).__name__})"


def check_likeness(task: Mapping[str, Any], made: Any) -> dict[str, Any]:
    """``made`` itself, where it can be what ``learning.plainlikeness`` makes of it.

    Corrupt as for :func:`check_lesson`.
    """
    problem = _likeness_problem(task, made)
    if problem:
        raise Corrupt(f"what was learnt is not used: {problem}")
    found: dict[str, Any] = made
    return found


def _likeness_problem(task: Mapping[str, Any], made: Any) -> str:
    try:
        card = made["card"]
        lacking = [name for name in _LIKENESS if name not in card]
        if lacking:
            return f"its card has no {', '.join(lacking)}"
        if not isinstance(made["refused"], str):
            return "it does not say whether it may be used"
        if problem := _weights(task, made["weights"], int(card["directions"]), 1):
            return problem
        if [each[0] for each in card["held_out"]] != list(task["contents"]):
            return "it was learnt from other pictures"
        if not 0 <= float(card["mix"]) <= 1:
            return f"{card['mix']} is no part of a likeness"
        return ""
    except (KeyError, TypeError, ValueError, IndexError, binascii.Error) as error:
        return f"it cannot be read ({type(error).__name__})"


def _weights(task: Mapping[str, Any], text: str, columns: int = 1, more: int = 0) -> str:
    raw = base64.b64decode(text, validate=True)
    features = len(base64.b64decode(task["vectors"][0])) // 2
    if len(raw) != 4 * ((features + 1) * columns + more):
        return f"{len(raw) // 4} numbers are no weights for {features} features"
    if not all(map(math.isfinite, struct.unpack(f"<{len(raw) // 4}f", raw))):
        return "its weights are not finite"
    return ""


def _problem(task: Mapping[str, Any], made: Any) -> str:
    try:
        threshold, card = float(made["threshold"]), made["card"]
        lacking = [name for name in _CARD if name not in card]
        if lacking:
            return f"its card has no {', '.join(lacking)}"
        if not isinstance(made["refused"], str) or not isinstance(made["promised"], bool):
            return "it does not say whether it may be used"
        if problem := _weights(task, made["weights"]):
            return problem
        if not 0 <= threshold <= 1:
            return f"{threshold} is no threshold"
        for penalty, loss, f1 in card.get("path", ()):
            if not all(map(math.isfinite, map(float, (penalty, loss, f1)))):
                return "what it tried is not finite"
        return _examples(task, card)
    except (KeyError, TypeError, ValueError, IndexError, binascii.Error) as error:
        return f"it cannot be read ({type(error).__name__})"


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
