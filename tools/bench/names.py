"""Synthetic asset names for tests and measurements, the same for the same seed.

Four styles, in the shares seen in artists' folders: ``rust_metal_04_4k.png``
(snake, 45 %), ``RustMetal04.blend`` (camel, 25 %), ``Rust Metal 04.kra``
(spaced, 20 %), and names that are not English or carry accents
(``Ржавый металл 04.png``, ``été_mousse.jpg``, ``木目_02.exr``, 10 %). Words are
drawn by a Zipf law (weight 1/rank), as tags and names are used in practice:
a few words everywhere, most of them rarely.

``names(count, seed=7)`` yields ``(folder, name)`` pairs.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from itertools import accumulate

__all__ = ["STYLES", "TAGS", "WORDS", "Zipf", "names"]

STYLES = ("snake", "camel", "spaced", "foreign")
_SHARES = (45, 25, 20, 10)


def _table(words: str) -> tuple[str, ...]:
    """A table of words reads better as text than as a list of literals."""
    return tuple(words.split())


_SUBJECTS = _table(
    "wood metal rust stone brick moss concrete fabric leather plaster marble tile sand grass bark "
    "rock gravel snow ice water lava glass paper paint plastic rubber chrome copper gold silver "
    "oak pine birch walnut cherry cloud sky forest meadow desert canyon river lake ocean island "
    "castle tower bridge house barn window door gate wall floor roof fence table chair lamp shelf "
    "sword shield helmet armor bow arrow barrel crate chest coin gem ring crown robe boot glove "
    "dragon wolf horse bird fish spider human knight witch robot drone rocket car truck train "
    "ship"
)
_QUALITIES = _table(
    "old new rusty clean dirty wet dry worn cracked smooth rough polished painted carved broken "
    "dark light red green blue yellow brown white black grey warm cold small large tall flat "
    "round"
)
_PARTS = _table(
    "albedo diffuse normal roughness height displacement ao specular mask decal atlas trim base "
    "detail preview sketch concept lineart final draft v1 v2 v3 lod0 lod1 rig anim walk run idle"
)
_FOREIGN = _table(
    "ржавый металл дерево камень мох été mousse pierre forêt façade holz größe straße übergang "
    "madera corazón año 木目 石 金属 草原 텍스처 나무"
)

_ENDINGS = ("", "", "ish", "y", "ed", "er", "work", "set", "pack", "kit")
WORDS: tuple[str, ...] = tuple(
    dict.fromkeys(
        [
            *_SUBJECTS,
            *_QUALITIES,
            *_PARTS,
            *(subject + ending for ending in _ENDINGS for subject in _SUBJECTS),
        ]
    )
)
"""The vocabulary of names, the most frequent first."""

TAGS: tuple[str, ...] = tuple(
    dict.fromkeys(
        [*_SUBJECTS, *(f"{quality} {subject}" for subject in _SUBJECTS for quality in _QUALITIES)]
    )
)[:1900]
"""Tags, the most frequent first; as many as in the library that the figures of search.md use."""

_EXTENSIONS = ("png", "jpg", "exr", "blend", "kra", "psd", "tif", "hdr", "glb", "obj", "fbx", "wav")
_SIZES = ("1k", "2k", "4k", "8k")


class Zipf:
    """Draws from ``items`` with weight 1/rank."""

    def __init__(self, items: Sequence[str], rng: random.Random) -> None:
        self._items = items
        self._rng = rng
        self._weights = list(accumulate(1 / rank for rank in range(1, len(items) + 1)))

    def draw(self, count: int) -> list[str]:
        return self._rng.choices(self._items, cum_weights=self._weights, k=count)


def names(count: int, *, seed: int = 7) -> Iterator[tuple[str, str]]:
    """``count`` pairs of folder (with ``/``) and file name; about 100 files share a folder."""
    rng = random.Random(seed)
    words = Zipf(WORDS, rng)
    foreign = Zipf(_FOREIGN, rng)
    for index in range(count):
        style = rng.choices(STYLES, _SHARES)[0]
        parts = (foreign if style == "foreign" else words).draw(rng.choice((1, 2, 2, 3)))
        number = f"{rng.randrange(100):02d}"
        folder = f"{_SUBJECTS[index // 2000 % len(_SUBJECTS)]}/set_{index // 100:04d}"
        yield folder, f"{_styled(style, parts, number, rng)}.{rng.choice(_EXTENSIONS)}"


def _styled(style: str, parts: list[str], number: str, rng: random.Random) -> str:
    if style == "camel":
        return "".join(part.capitalize() for part in parts) + number
    if style == "spaced":
        return " ".join([*(part.capitalize() for part in parts), number])
    tail = [rng.choice(_SIZES)] if rng.random() < 0.4 else []
    return "_".join([*parts, number, *tail])
