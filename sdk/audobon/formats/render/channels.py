"""Which of a file's channels make the picture that a person expects."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

__all__ = ["Choice", "choose"]

_BEAUTY = ("combined", "beauty", "composite", "rgba", "rgb", "color", "colour", "diffuse")
"""Layer names that renderers give to the finished picture, the best first."""

_DEPTH = ("z", "depth", "zdepth", "depth.z", "v")


@frozen(slots=True)
class Choice:
    """Channels of one part. ``kind`` is color, gray or depth; alpha is the last where there is."""

    part: int
    channels: tuple[int, ...]
    kind: str
    alpha: bool = False

    @property
    def first(self) -> int:
        return min(self.channels)

    @property
    def stop(self) -> int:
        return max(self.channels) + 1


def choose(parts: Sequence[Sequence[str]], *, single: bool = False) -> Choice:
    """The best of all parts: plain RGB, a beauty layer, any RGB layer, grey, depth, the first.

    ``single`` considers the first part only (pages and mip levels are no layers).
    """
    found = [
        (_rank(prefix, kind), part, channels, kind, alpha)
        for part, names in enumerate(parts[:1] if single else parts)
        for prefix, channels, kind, alpha in _candidates(names)
    ]
    _best, part, channels, kind, alpha = min(found, key=lambda each: each[:2])
    return Choice(part, channels, kind, alpha)


def _candidates(names: Sequence[str]) -> list[tuple[str, tuple[int, ...], str, bool]]:
    """(layer, channels, kind, alpha) for every layer of one part."""
    layers: dict[str, dict[str, int]] = {}
    for index, name in enumerate(names):
        prefix, _dot, last = name.rpartition(".")
        layers.setdefault(prefix, {}).setdefault(_LETTER.get(last.lower(), last.lower()), index)
    out = [
        candidate
        for prefix, letters in layers.items()
        if (candidate := _layer(prefix, letters)) is not None
    ]
    return out or [("", (0,), "gray", False)]


_LETTER = {"red": "r", "green": "g", "blue": "b", "alpha": "a", "i": "y", "gray": "y", "l": "y"}


def _layer(prefix: str, letters: dict[str, int]) -> tuple[str, tuple[int, ...], str, bool] | None:
    alpha = (letters["a"],) if "a" in letters else ()
    if all(each in letters for each in "rgb"):
        return prefix, (*(letters[each] for each in "rgb"), *alpha), "color", bool(alpha)
    if "y" in letters:
        return prefix, (letters["y"], *alpha), "gray", bool(alpha)
    for name in _DEPTH:
        if name in letters:
            return prefix, (letters[name],), "depth", False
    if all(each in letters for each in "xyz"):  # a vector pass
        return prefix, tuple(letters[each] for each in "xyz"), "color", False
    if "r" in letters and "g" in letters:
        return prefix, (letters["r"], letters["g"]), "color", False
    return prefix, (min(letters.values()),), "gray", False


def _rank(prefix: str, kind: str) -> int:
    """Lower is better."""
    if kind == "color":
        if not prefix:
            return 0
        last = prefix.rpartition(".")[2].lower()
        return 1 + _BEAUTY.index(last) if last in _BEAUTY else 20
    return {"gray": 30, "depth": 40}[kind] + (5 if prefix else 0)
