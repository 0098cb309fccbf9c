"""What speaks for a file to be a missing asset, moved and edited.

Each reason alone is a likelihood; several that say the same add up as those of
witnesses do who know nothing of each other: what is left of doubt is the
product of the doubts. Nothing is proposed by its place and size alone.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence

from attrs import frozen

from audobon.codec.imprints import BITS
from audobon.codec.spoken import spoken
from audobon.model.asset import AttributeValue
from audobon.model.relinking import Evidence
from audobon.services.finding.neardup import turned
from audobon.storage.vectors import Near

__all__ = ["LEAST", "Traits", "reasons", "score"]

LEAST = 0.5
"""Proposed is what scores as much at least."""

_SAME_NAME = 0.5
_SAME_STEM = 0.45
_LIKE_NAME = 0.4  # times how alike the words of both are
_ALIKE = 0.7
_SURE_PICTURE, _NEAR_PICTURE = 0.85, 0.65
_SURE = 32  # signs; one in eight
_SAME_FOLDER, _SAME_PARENT = 0.2, 0.1
_SAME_PIXELS, _LIKE_SIZE = 0.15, 0.1
_FIELD, _FIELDS = 0.08, 0.35  # for each that is equal, and at most
_LIKE_TEXT = 0.45
_OF_MANY = {"alpha", "bit_depth", "channels", "color_space", "color_profile", "compression"}
# Fields that thousands of files have alike.
_WORD = re.compile(r"\w{3,}")
_STRONG = {"picture", "name", "text"}


@frozen(slots=True)
class Traits:
    """What is known of a file: path in its root with ``/``, what its headers say."""

    path: str
    size: int
    width: int | None
    height: int | None
    fields: Mapping[str, AttributeValue]
    text: str

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]

    @property
    def stem(self) -> str:
        return self.name.rpartition(".")[0] or self.name

    @property
    def folder(self) -> str:
        return self.path.rpartition("/")[0]


def reasons(lost: Traits, there: Traits, near: Near | None) -> tuple[Evidence, ...]:
    """What speaks for ``there`` to be ``lost``, strongest first; both are of one kind."""
    found = [
        each
        for each in (
            _picture(near),
            _name(lost, there),
            _text(lost.text, there.text),
            _fields(lost.fields, there.fields),
            _folder(lost.folder, there.folder),
            _pixels(lost, there),
            _size(lost.size, there.size),
        )
        if each is not None
    ]
    return tuple(sorted(found, key=lambda each: -each.weight))


def score(found: Sequence[Evidence]) -> float:
    """How much all of it says; 0 where nothing tells one file from another."""
    if not any(each.what in _STRONG for each in found):
        return 0.0
    doubt = 1.0
    for each in found:
        doubt *= 1 - each.weight
    return round(1 - doubt, 3)


def _picture(near: Near | None) -> Evidence | None:
    if near is None:
        return None
    lies = turned(near.way)
    text = f"the picture is nearly the same: {near.signs} of {BITS} signs differ"
    text += f", colours differ by {near.color:.0%}" + (f", {lies}" if lies else "")
    weight = _SURE_PICTURE if near.signs <= _SURE else _NEAR_PICTURE
    return Evidence("picture", weight, text)


def _name(lost: Traits, there: Traits) -> Evidence | None:
    if lost.name == there.name:
        return Evidence("name", _SAME_NAME, "the file has the same name")
    one, other = spoken(lost.stem), spoken(there.stem)
    if one and one == other:
        return Evidence("name", _SAME_STEM, f"the name has the same words: {one}")
    if not one or not other:
        return None
    alike = difflib.SequenceMatcher(None, one, other, autojunk=False).ratio()
    if alike < _ALIKE:
        return None
    return Evidence("name", round(_LIKE_NAME * alike, 3), f"the name is {alike:.0%} alike")


def _text(one: str, other: str) -> Evidence | None:
    here, there = ({word.lower() for word in _WORD.findall(text)} for text in (one, other))
    if len(here) < 3 or len(there) < 3:
        return None
    alike = len(here & there) / len(here | there)
    if alike < _ALIKE:
        return None
    text = f"{alike:.0%} of the names of layers and objects inside are the same"
    return Evidence("text", round(_LIKE_TEXT * alike, 3), text)


def _fields(
    one: Mapping[str, AttributeValue], other: Mapping[str, AttributeValue]
) -> Evidence | None:
    told = [name for name in one if name not in _OF_MANY]
    same = sorted(name for name in told if other.get(name) == one[name])
    if not same:
        return None
    weight = min(_FIELDS, _FIELD * len(same))
    return Evidence("fields", round(weight, 3), f"fields are the same: {', '.join(same[:6])}")


def _folder(one: str, other: str) -> Evidence | None:
    if one == other:
        return Evidence("folder", _SAME_FOLDER, "it lies in the same folder")
    if one and one.rpartition("/")[2] == other.rpartition("/")[2]:
        name = one.rpartition("/")[2]
        return Evidence("folder", _SAME_PARENT, f"its folder is called {name}, too")
    return None


def _pixels(one: Traits, other: Traits) -> Evidence | None:
    if not one.width or (one.width, one.height) != (other.width, other.height):
        return None
    return Evidence("pixels", _SAME_PIXELS, f"both have {one.width} x {one.height} pixels")


def _size(one: int, other: int) -> Evidence | None:
    if not one or not other or min(one, other) / max(one, other) < 0.9:
        return None
    return Evidence(
        "size", _LIKE_SIZE, f"the sizes differ by {1 - min(one, other) / max(one, other):.0%}"
    )
