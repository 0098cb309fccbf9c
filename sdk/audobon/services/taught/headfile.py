"""A version of a head as a file of its own: taken from one library to another.

What stands in it is written in ``docs/teaching.md``. The digests of the examples are left out:
they would tell others which pictures somebody has.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import os
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import frozen

from audobon.codec.words import one_line
from audobon.errors import BadFile, Invalid, Unavailable
from audobon.model.head import IMPORTED, TaughtHead
from audobon.models.assemble import Step, assemble
from audobon.models.joining import features_of
from audobon.models.registry import Models
from audobon.services.core.audit import record
from audobon.services.core.stores import Stores
from audobon.services.pipelines.nearness import PICTURES, current_recipe, space_name
from audobon.services.vocabulary.exchangefile import read_exchange
from audobon.storage.catalog.names import clean_tag

__all__ = ["FORMAT", "NAME", "VERSION", "HeadFile", "head_text", "import_head"]
__all__ += ["picture_backbone", "read_head"]

FORMAT = "audobon-head"
VERSION = 1
NAME = "head.json"
_LARGEST = 4 << 20  # a head of 1,280 features has some 9,000 bytes
_MOST_RIVALS = 16
_MOST_TRIED = 64
_HINT = "give the folder that 'audobon teach TAG --export FOLDER' wrote, or its head.json"
_COUNTS = ("given", "yes", "no", "repeated", "lost", "seed")
_FIGURES = ("f1", "precision", "recall")


def head_text(head: TaughtHead, weights: bytes) -> str:
    """The file of a version, as JSON."""
    card = dict(head.card) | {"held_out": [], "contradicted": []}
    data = {
        "format": FORMAT,
        "version": VERSION,
        "tag": head.tag,
        "features": head.space,
        "precision": head.precision,
        "promised": head.promised,
        "threshold": head.threshold,
        "weights": base64.b64encode(weights).decode("ascii"),
        "card": card,
    }
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"


@frozen(slots=True)
class HeadFile:
    """What such a file holds, all of it looked at; ``weights`` fit ``features`` or they do not."""

    tag: str
    features: str
    precision: float
    promised: bool
    threshold: float
    weights: bytes
    card: Mapping[str, Any]


def read_head(path: Path) -> HeadFile:
    """The file of a head. BadFile, NewerFormat, NotFound."""

    def bad(reason: str) -> BadFile:
        return _bad(path, reason)

    data = read_exchange(path, FORMAT, VERSION, largest=_LARGEST, bad=bad)
    try:
        return HeadFile(
            clean_tag(_is(data["tag"], str)),
            _is(data["features"], str),
            _share(data["precision"]),
            _is(data["promised"], bool),
            _share(data["threshold"]),
            _weights(data),
            _card(data["card"]),
        )
    except (KeyError, TypeError, ValueError, Invalid) as error:
        told = f"it has no {error}" if isinstance(error, KeyError) else str(error)
        raise _bad(path, told) from error


def import_head(stores: Stores, source: str | os.PathLike[str], *, tag: str | None) -> TaughtHead:
    """See ``Library.import_head``."""
    stores.need_writable("take in a head")
    path = Path(os.path.abspath(source))
    if path.is_dir():
        path /= NAME
    word = None if tag is None else clean_tag(tag)
    found = read_head(path)
    word, space = word or found.tag, found.features
    if space != space_name(current_recipe(stores, PICTURES)):
        raise Unavailable(
            f"the head of {word} in {path} reads what another model sees than is installed here",
            subject=str(path),
            hint="have it taught again there, with the version of 'embed' that is installed here",
        )
    component = picture_backbone(stores).component
    features = int(component.outputs[features_of(component)].shape[-1])
    if len(found.weights) != 4 * (features + 1):
        told = f"{len(found.weights) // 4} weights are not those of {features} features"
        raise _bad(path, told)
    head = stores.catalog.keep_head(
        *(word, found.weights, {**found.card, "features": space}),
        space=space, refused=IMPORTED, target=found.precision, promised=found.promised,
        threshold=found.threshold, now=stores.now(),
    )  # fmt: skip
    record(stores, "teach", head.tag, version=head.version, imported=True)
    return head


def picture_backbone(stores: Stores) -> Step:
    """The network whose features heads read. Unavailable when it is not installed."""
    models = Models(interpreter=stores.interpreter)
    steps = assemble(models, PICTURES, {}).steps
    return next(each for each in steps if each.component.role == "backbone")


def _weights(data: Mapping[str, Any]) -> bytes:
    """Finite numbers of 32 bits."""
    try:
        raw = base64.b64decode(_is(data["weights"], str), validate=True)
    except binascii.Error as error:
        raise ValueError("its weights are no base64") from error
    count = len(raw) // 4
    if len(raw) % 4 or count < 2:
        raise ValueError(f"{len(raw)} bytes are no weights")
    if not all(map(math.isfinite, struct.unpack(f"<{count}f", raw))):
        raise ValueError("its weights are not finite")
    return raw


def _card(told: Any) -> dict[str, Any]:
    """What is known of a card and nothing else, so that whoever reads one finds what he knows."""
    card = _is(told, dict)
    promise, rivals = _is(card["promise"], dict), _is(card["rivals"], list)
    if len(rivals) > _MOST_RIVALS:
        raise ValueError(f"{len(rivals)} rivals are too many")
    return {
        **{name: _count(card[name]) for name in _COUNTS},
        "held_out": [],
        "contradicted": [],
        "figures": _figures(_is(card["figures"], dict)),
        "loss": _number(card["loss"]),
        "rivals": [
            {
                "name": one_line(_is(each["name"], str))[:40],
                **_figures(each),
                "loss": _number(each["loss"]),
                "ahead": None if each["ahead"] is None else _pair(each["ahead"], -1.0),
            }
            for each in (_is(one, dict) for one in rivals)
        ],
        "promise": {
            "kept": _is(promise["kept"], bool),
            **{name: _share(promise[name]) for name in ("target", "least", "recall")},
            **{name: _count(promise[name]) for name in ("shown", "right", "needed")},
        },
        "penalty": _number(card["penalty"]),
        "tried": _count(card["tried"]),
        "path": [_tried(each) for each in _is(card.get("path", []), list)[:_MOST_TRIED]],
        "backbone": one_line(_is(card.get("backbone", ""), str))[:40],
        "seconds": _number(card["seconds"]),
    }


def _tried(told: Any) -> list[float]:
    penalty, loss, f1 = _is(told, list)
    return [_number(penalty), _number(loss), _share(f1)]


def _figures(told: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {name: _share(told[name]) for name in (*_FIGURES, "ranked")}
    for name in _FIGURES:
        found[f"{name}_within"] = _pair(told[f"{name}_within"], 0.0)
    return found


def _is(value: Any, kind: type) -> Any:
    if not isinstance(value, kind):
        raise ValueError(f"{str(value)[:40]!r} is no {kind.__name__}")
    return value


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{str(value)[:40]!r} is no number")
    return float(value)


def _count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 1 << 53:
        raise ValueError(f"{str(value)[:40]!r} is no count")
    return value


def _share(value: Any, least: float = 0.0) -> float:
    number = _number(value)
    if not least <= number <= 1:
        raise ValueError(f"{number} is not between {least:g} and 1")
    return number


def _pair(value: Any, least: float) -> list[float]:
    low, high = (_share(each, least) for each in _is(value, list))
    return [low, high]


def _bad(path: Path, reason: str) -> BadFile:
    return BadFile(
        f"{path} holds no head that can be read: {reason}", subject=str(path), hint=_HINT
    )
