# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be made of a layer or a document, in which numbers, and whether it can be at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

__all__ = [
    "DOCUMENT",
    "LAYER",
    "LIGHT",
    "MASK",
    "OPERATIONS",
    "SRGB",
    "Operation",
    "Options",
    "Source",
    "Space",
    "bare_form",
    "layer_name",
    "parameters",
    "pipeline_of",
    "place_of",
    "raw_form",
    "refusal",
    "result_space",
    "room_needed",
    "strips",
    "work_space",
]

LAYER, MASK, DOCUMENT = "layer", "mask", "document"
"""What a result becomes: a new layer, a transparency mask, a document of its own."""
SRGB, LIGHT = "sRGB-elle-V2-srgbtrc.icc", "sRGB-elle-V2-g10.icc"
"""Krita's own profiles of display values and of light; every Krita has them."""
_MOST = 2 << 30
# Bytes of pixels that pipelines take, and twice as much that they give.
_STORED = {"U8": "u8", "U16": "u16", "F16": "f16", "F32": "f32"}
_BYTES = {"U8": 1, "U16": 2, "F16": 2, "F32": 4}
_KEPT = {"U8": 1, "U16": 2, "F16": 4, "F32": 4}
# Of a number in Krita and in a pipeline, which computes with whole floats.
_STRIP = 1 << 20
# Bytes that are read from Krita or written to it at a time: one to six milliseconds.


@dataclass(frozen=True)
class Operation:
    """A pipeline as an entry of the page.

    ``gives`` is ``color``, the source's own kind of picture; ``display``,
    values for a screen also where the source is light; ``data``, numbers that
    are no colours; ``mask`` or ``values``. ``strength`` is what the slider
    means: the ``opacity`` of what is made, a parameter (its name with the
    largest value), or nothing.
    """

    pipeline: str
    label: str
    tip: str
    gives: str = "color"
    strength: str = "opacity"
    most: float = 1.0


OPERATIONS = (
    Operation(
        "cutout", "Cut Out", "Hides all but the thing that the picture is of, by a mask",
        gives="mask", strength="",
    ),
    Operation("upscale", "Upscale", "Larger, with more detail", strength=""),
    Operation("denoise", "Denoise", "Without noise and traces of JPEG"),
    Operation(
        "lineart", "Line Art", "The lines that somebody would draw", gives="display",
        strength="strength", most=4.0,
    ),
    Operation("style", "Style", "Painted in another style", gives="display"),
    Operation(
        "normal", "Normal Map", "What is dark is taken for deep", gives="data",
        strength="strength", most=4.0,
    ),
    Operation("seamless", "Seamless Tile", "A texture whose edges meet", strength=""),
    Operation("palette", "Palette", "The colours that are in it", gives="values", strength=""),
)  # fmt: skip


@dataclass(frozen=True)
class Space:
    """How Krita keeps colours. ``curve`` is ``display``, ``light`` or ``other``, as measured."""

    model: str = "RGBA"
    depth: str = "U8"
    profile: str = SRGB
    curve: str = "display"

    @property
    def floats(self) -> bool:
        return self.depth in ("F16", "F32")

    @property
    def bytes(self) -> int:
        """Of a pixel with four channels."""
        return 4 * _BYTES.get(self.depth, 4)


@dataclass(frozen=True)
class Source:
    """What something is made of: a part of a document, in its pixels.

    ``of`` is ``layer`` or ``document``. ``space`` is that of the pixels,
    ``target`` that of the document, ``canvas`` its size. ``chosen`` says that
    it is limited to the selection.
    """

    of: str
    name: str
    x: int
    y: int
    width: int
    height: int
    canvas: tuple[int, int]
    space: Space = Space()
    target: Space = Space()
    chosen: bool = False


@dataclass(frozen=True)
class Options:
    """What the fields of the page say."""

    strength: float = 1.0
    factor: int = 2
    style: int = 0
    like: str = ""
    paper: str = "none"
    directx: bool = False
    wrap: bool = False
    colors: int = 6


def work_space(space: Space) -> Space:
    """In which colours the pixels are handed over: their own where a pipeline understands them.

    Everything else is converted by Krita: light to linear sRGB, all others to sRGB.
    """
    known = space.model == "RGBA" and space.depth in _BYTES
    if known and space.curve == ("light" if space.floats else "display"):
        return space
    if space.floats:
        return Space("RGBA", "F32", LIGHT, "light")
    return Space("RGBA", "U8" if space.depth == "U8" else "U16", SRGB, "display")


def result_space(operation: Operation, work: Space, target: Space) -> Space:
    """In which colours a result comes back; those of the document are not converted any more."""
    if operation.gives == "data":
        # Numbers that no conversion may touch: they are written as the document's own.
        return target if target.model == "RGBA" else Space("RGBA", "U8")
    if operation.gives == "display" and work.floats:
        return Space("RGBA", "U16", SRGB, "display")
    return work


def raw_form(source: Source) -> dict[str, Any]:
    """What the bare pixels are, as ``Library.run_on_file`` wants it."""
    work = work_space(source.space)
    return {
        "width": source.width,
        "height": source.height,
        "channels": 4,
        "alpha": True,
        "kind": "f32" if work.floats else _STORED[work.depth],
        "stored": _STORED[work.depth],
        "downwards": True,
        "swapped": not work.floats,
        "straight": True,
    }


def bare_form(operation: Operation, source: Source, place: str, mask: str = "") -> dict[str, Any]:
    """Which bare pixels the result is to be; ``mask`` is a file of the selection's pixels."""
    space = result_space(operation, work_space(source.space), source.target)
    form: dict[str, Any] = {
        "stored": _STORED[space.depth],
        "swapped": not space.floats,
        "straight": True,
    }
    if place == MASK:
        form |= {"stored": "u8", "alone": True}
    if operation.pipeline == "style":  # it is painted at no more than 1024 pixels
        form |= {"width": source.width, "height": source.height}
    if mask:
        form |= {"mask": mask, "mask_width": source.width, "mask_height": source.height}
    return form


def place_of(operation: Operation, source: Source, factor: int) -> str:
    """What the result becomes."""
    if operation.gives == "mask":
        return MASK if source.of == "layer" else LAYER
    if operation.gives == "data" and source.target.model != "RGBA":
        return DOCUMENT  # colours of print cannot hold a map
    if operation.pipeline == "upscale":
        fits = (
            source.width * factor <= source.canvas[0] and source.height * factor <= source.canvas[1]
        )
        return LAYER if source.of == "layer" and fits else DOCUMENT
    return LAYER


def result_bytes(operation: Operation, source: Source, place: str) -> int:
    """Of a pixel of the bare result."""
    if place == MASK:
        return 1
    return result_space(operation, work_space(source.space), source.target).bytes


def put(source: Source, size: tuple[int, int]) -> tuple[int, int]:
    """Where a result of this size goes: over its source, as far as the canvas has room for it."""
    place = []
    for begin, length, made, room in (
        (source.x, source.width, size[0], source.canvas[0]),
        (source.y, source.height, size[1], source.canvas[1]),
    ):
        middle = begin - (made - length) // 2
        place.append(max(0, min(middle, room - made)) if made <= room else middle)
    return place[0], place[1]


def pipeline_of(operation: Operation, options: Options) -> str:
    """The pipeline that is run, which for a style may be that of an asset."""
    return "style-like" if operation.pipeline == "style" and options.like else operation.pipeline


def offer_of(operation: Operation, options: Options) -> str:
    """The name under which the engine tells whether it can be run."""
    if operation.pipeline == "upscale" and options.factor == 2:
        return "span-x2"
    return pipeline_of(operation, options)


def parameters(operation: Operation, options: Options) -> dict[str, Any]:
    """What the fields of the page mean for a pipeline."""
    said: dict[str, Any] = {}
    name = pipeline_of(operation, options)
    if name in ("upscale", "denoise", "normal"):
        said["wrap"] = options.wrap
    if name == "upscale" and options.factor == 2:
        said["backbone"] = "span-x2"
    if name == "style":
        said["style"] = str(options.style)
    elif name == "style-like":
        said["like"] = options.like
    elif name == "lineart":
        said |= {"paper": options.paper, "strength": max(0.1, options.strength)}
    elif name == "normal":
        said |= {
            "strength": options.strength,
            "style": "directx" if options.directx else "opengl",
        }
    elif name == "palette":
        said["count"] = options.colors
    return said


def layer_name(operation: Operation, source: str, options: Options) -> str:
    """How a result is called: what was done, and to what. ``denoise: Layer 1``."""
    done = operation.pipeline
    if done == "upscale":
        done = f"upscale {options.factor}x"
    elif done == "style" and not options.like:
        done = f"style {options.style}"
    return f"{done}: {source}"[:120]


def refusal(operation: Operation, source: Source, options: Options) -> str:
    """Why nothing can be made of it, with what helps; empty where something can."""
    if source.width < 1 or source.height < 1:
        where = " inside the selection" if source.chosen else ""
        return f"{source.name} has no pixels{where}; choose another layer, or the whole document"
    work = work_space(source.space)
    kept = 4 * _KEPT[work.depth]
    factor = options.factor if operation.pipeline == "upscale" else 1
    area = source.width * source.height
    most = min(_MOST // kept, 2 * _MOST // kept // (factor * factor))
    if area > most:
        side = int(most**0.5)
        return (
            f"{source.name} is too large for that: {source.width} x {source.height} pixels of"
            f" {_depth(work)}, of which {side} x {side} can be taken. Select a part of it"
        )
    return ""


def room_needed(operation: Operation, source: Source, options: Options) -> int:
    """Bytes of the disk for temporary files that are needed meanwhile."""
    factor = options.factor if operation.pipeline == "upscale" else 1
    area = source.width * source.height
    return area * 2 * work_space(source.space).bytes * (1 + factor * factor)


def _depth(space: Space) -> str:
    return {"U8": "8 bits", "U16": "16 bits"}.get(space.depth, "floats")


def strips(
    x: int, y: int, width: int, height: int, pixel: int, most: int = _STRIP
) -> Iterator[tuple[int, int, int, int]]:
    """Rectangles from top to bottom that together are the whole, each of at most so many bytes."""
    rows = max(1, most // max(1, width * pixel))
    for top in range(0, height, rows):
        yield x, y + top, width, min(rows, height - top)


def within(
    source: Source, x: int, y: int, width: int, height: int, *, chosen: bool = False
) -> Source:
    """The part of a source that lies in a rectangle."""
    left, top = max(source.x, x), max(source.y, y)
    right = min(source.x + source.width, x + width)
    bottom = min(source.y + source.height, y + height)
    wide, high = max(0, right - left), max(0, bottom - top)
    return replace(source, x=left, y=top, width=wide, height=high, chosen=chosen)
