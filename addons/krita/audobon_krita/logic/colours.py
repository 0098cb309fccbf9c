# SPDX-License-Identifier: GPL-3.0-or-later
"""The colours of a picture: found by the engine, or here where there is none; as a palette file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from audobon.library import Library
    from audobon.model.asset import Asset
    from audobon.session import Session
    from audobon.session.doing import Report

__all__ = ["COUNT", "Colour", "Palette", "find", "gimp_palette", "keep", "of_pixels", "palette_of"]

COUNT = 8
"""Colours of a palette: what fits in one row of a narrow docker."""
Pixels = Sequence[tuple[int, int, int]]


@dataclass(frozen=True)
class Colour:
    """``red``, ``green`` and ``blue`` are sRGB from 0 to 255; ``share`` is how much is so, to 1."""

    red: int
    green: int
    blue: int
    share: float = 0.0

    @property
    def hex(self) -> str:
        return f"#{self.red:02x}{self.green:02x}{self.blue:02x}"


@dataclass(frozen=True)
class Palette:
    """The colours of an asset, the most frequent first."""

    name: str
    colours: tuple[Colour, ...]


def find(
    session: Session, asset: Asset, read: Callable[[str], Pixels], then: Callable[[Palette], None]
) -> None:
    """Have the colours of a picture found on a thread; ``then`` is called in Krita's own.

    ``read`` gives some pixels of a file, none for one that it cannot read. It
    is asked where the engine cannot, and runs on that thread.
    """
    found: list[Palette] = []
    name = asset.name.rpartition(".")[0] or asset.name

    def work(library: Library, report: Report) -> str | None:
        from audobon.errors import AudobonError, Cancelled, Unavailable

        engine = session.state.engine
        try:
            if engine.state == "absent" or not engine.pictures:
                hint = "pip install audobon[images], then audobon worker --register"
                raise Unavailable(f"nothing here can read {asset.name}", hint=hint)
            colours = _by_engine(library, report, asset.id)
        except Cancelled:
            raise
        except AudobonError:
            colours = of_pixels(read(asset.file))
            if not colours:
                raise
        found.append(Palette(name, colours))
        return None if colours else f"{asset.name} has no colours: nothing of it is seen"

    session.compute(f"Colours of {asset.name}", work, lambda: then(found[0]))


def _by_engine(library: Library, report: Report, ident: str) -> tuple[Colour, ...]:
    def tell(fraction: float) -> None:
        report.progress(round(fraction * 1000), 1000, "")

    told = library.run("palette", ident, count=COUNT).follow(tell, report.cancelled)
    rows = told["results"][0]["values"]
    return tuple(_colour(row["color"], row["share"]) for row in rows)


def _colour(text: str, share: float) -> Colour:
    red, green, blue = bytes.fromhex(text.lstrip("#"))
    return Colour(red, green, blue, share)


def palette_of(name: str, colors: Sequence[tuple[str, float]]) -> Palette:
    """``#rrggbb`` with their shares as a palette, in this order."""
    return Palette(name, tuple(_colour(text, share) for text, share in colors))


def of_pixels(pixels: Pixels, count: int = COUNT) -> tuple[Colour, ...]:
    """Up to ``count`` colours of these pixels, the most frequent first.

    The box of colours with the widest side, counted by how many are in it, is
    cut where its mean is, again and again (Heckbert 1982). Empty for no pixels.
    """
    boxes = [list(pixels)] if pixels else []
    while boxes and len(boxes) < count:
        wide, axis, number = max(_side(box, number) for number, box in enumerate(boxes))
        if not wide:
            break
        box = boxes.pop(number)
        middle = sum(one[axis] for one in box) / len(box)
        boxes += [[one for one in box if one[axis] <= middle]]
        boxes += [[one for one in box if one[axis] > middle]]
    colours = [Colour(*_mean(box), len(box) / len(pixels)) for box in boxes]
    return tuple(sorted(colours, key=lambda one: -one.share))


def _side(box: Pixels, number: int) -> tuple[float, int, int]:
    """How wide the widest side is, weighed, which that is, and the number of the box."""
    spans = [max(one[axis] for one in box) - min(one[axis] for one in box) for axis in range(3)]
    axis = max(range(3), key=spans.__getitem__)
    # Many pixels that differ little are no reason for a colour of their own.
    return spans[axis] * len(box) ** 0.5, axis, number


def _mean(box: Pixels) -> tuple[int, int, int]:
    red, green, blue = (round(sum(one[axis] for one in box) / len(box)) for axis in range(3))
    return red, green, blue


def gimp_palette(palette: Palette) -> str:
    """A palette as a file that Krita, GIMP and others read."""
    name = " ".join(palette.name.split())
    rows = [f"{one.red:3} {one.green:3} {one.blue:3}\t{one.hex}" for one in palette.colours]
    head = ["GIMP Palette", f"Name: {name}", f"Columns: {COUNT}", "#"]
    return "\n".join([*head, *rows]) + "\n"


def keep(session: Session, palette: Palette, folder: Path) -> None:
    """Put a palette where Krita looks for palettes when it starts; nothing is written over."""

    def work(_library: Library, _report: Report) -> str:
        from audobon.panel.saving import file_name, free_path
        from audobon.system.files import translate_os_error, write_atomic

        text = gimp_palette(palette).encode()
        name = file_name(palette.name)
        there = folder / f"{name}.gpl"
        try:
            if not (there.is_file() and there.read_bytes() == text):
                folder.mkdir(parents=True, exist_ok=True)
                there = free_path(folder, name, ".gpl")
                write_atomic(there, text, mode=0o644)
        except OSError as error:
            raise translate_os_error(error, there) from error
        return f"Krita shows {there.stem} among its palettes from its next start on"

    session.do("Adding a palette", work)
