"""Pictures of two kinds that a network tells apart, made with the standard library only."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

from audobon.testing.pictures import png_of

__all__ = ["write_patterns"]

_SIDE = 64


def write_patterns(folder: Path, each: int) -> tuple[list[Path], list[Path]]:
    """Write so many pictures of stripes and as many of discs, in all colours, into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    kinds: tuple[list[Path], list[Path]] = ([], [])
    for number in range(2 * each):
        chance = random.Random(number)
        ground, ink = chance.randbytes(3), chance.randbytes(3)
        inside = (_stripes, _discs)[number % 2](chance)
        rows = b"".join(
            b"\0" + b"".join(ink if inside(x, y) else ground for x in range(_SIDE))
            for y in range(_SIDE)
        )
        path = folder / f"{('stripes', 'discs')[number % 2]} {number // 2:02}.png"
        path.write_bytes(png_of(_SIDE, _SIDE, rows))
        kinds[number % 2].append(path)
    return kinds


Inside = Callable[[int, int], bool]


def _stripes(chance: random.Random) -> Inside:
    wide, lean = chance.randrange(6, 14), chance.uniform(-0.4, 0.4)
    return lambda x, y: (x + lean * y) % wide < wide / 2


def _discs(chance: random.Random) -> Inside:
    discs = [
        (chance.randrange(_SIDE), chance.randrange(_SIDE), chance.randrange(4, 10) ** 2)
        for _ in range(9)
    ]
    return lambda x, y: any((x - a) ** 2 + (y - b) ** 2 < size for a, b, size in discs)
