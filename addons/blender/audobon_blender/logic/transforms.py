# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be made of a picture, what a picture is, and whether it can be taken at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = [
    "BESIDE",
    "PACKED",
    "TRANSFORMS",
    "Facts",
    "Transform",
    "parameters",
    "raw_form",
    "refusal",
    "result_name",
    "suffix_of",
    "way",
]

PACKED, BESIDE = "packed", "beside"
"""Where a result is kept: in the open file, or as a file beside the source."""

_MOST = 2 << 30
# Bytes of pixels that pipelines take; a picture of 11,000 x 11,000 with alpha.
_SUFFIXES = {
    "PNG": ".png",
    "JPEG": ".jpg",
    "JPEG2000": ".jp2",
    "OPEN_EXR": ".exr",
    "OPEN_EXR_MULTILAYER": ".exr",
    "HDR": ".hdr",
    "TIFF": ".tif",
    "TARGA": ".tga",
    "TARGA_RAW": ".tga",
    "BMP": ".bmp",
    "WEBP": ".webp",
    "DPX": ".dpx",
    "CINEON": ".cin",
    "IRIS": ".rgb",
}


@dataclass(frozen=True)
class Transform:
    """A pipeline as a button.

    ``colors`` says that its result has the source's colour space, ``data``
    that it holds no colours at all, ``clears`` that it has an alpha of its own.
    """

    pipeline: str
    label: str
    done: str
    tip: str
    colors: bool = True
    data: bool = False
    clears: bool = False


TRANSFORMS = (
    Transform("upscale", "Upscale", "upscaled", "Four times as large, with more detail"),
    Transform("denoise", "Denoise", "denoised", "Without noise and traces of JPEG"),
    Transform(
        "cutout", "Cut Out", "cut out", "The thing that the picture is of, on nothing",
        clears=True,
    ),
    Transform(
        "normal", "Normals", "normals", "A normal map; what is dark is taken for deep",
        colors=False, data=True,
    ),
    Transform("seamless", "Tile", "tiling", "A texture whose edges meet"),
    Transform(
        "lineart", "Line Art", "lines", "The lines that somebody would draw", colors=False
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Facts:
    """What is known of a picture of the host without decoding it.

    ``kind`` and ``source`` are Blender's words. ``path`` is its file, empty
    where there is none; ``there`` whether that can be read. ``size`` is (0, 0)
    where it was not asked for.
    """

    name: str
    kind: str = "IMAGE"
    source: str = "FILE"
    path: str = ""
    there: bool = False
    packed: bool = False
    changed: bool = False
    alpha: str = "STRAIGHT"
    size: tuple[int, int] = (0, 0)
    channels: int = 4


def way(facts: Facts) -> str:
    """How the picture is had: as its ``file``, its ``packed`` bytes, or its ``pixels``."""
    if facts.changed or facts.source == "GENERATED":
        return "pixels"
    return "packed" if facts.packed else "file"


def refusal(facts: Facts) -> str:
    """Why nothing can be made of a picture, with what helps; empty where something can."""
    if facts.kind in ("RENDER_RESULT", "COMPOSITING"):
        return f"{facts.name} is no picture yet; save it as an image first"
    if facts.kind == "MULTILAYER":
        return f"{facts.name} has several layers; save the one that you mean as an image first"
    if facts.source == "TILED":
        return f"{facts.name} consists of tiles; open the one that you mean as an image"
    if facts.source in ("SEQUENCE", "MOVIE"):
        return f"{facts.name} moves; open the frame that you mean as an image"
    if facts.alpha == "CHANNEL_PACKED":
        return (
            f"the alpha of {facts.name} is packed data, which would be taken for transparency; "
            "set its alpha to Straight or None first"
        )
    if way(facts) == "file" and not facts.there:
        return f"the file of {facts.name} is gone: {facts.path or 'it has none'}"
    width, height = facts.size
    if way(facts) == "pixels" and width * height == 0:
        return f"{facts.name} has no pixels"
    if width * height * facts.channels * 4 > _MOST:
        return f"{facts.name} is too large: {width} x {height} pixels"
    return ""


def raw_form(facts: Facts, *, light: bool, opaque: bool) -> dict[str, Any]:
    """What bare pixels of the picture are, as ``Library.run_on_file`` wants it."""
    width, height = facts.size
    return {
        "width": width,
        "height": height,
        "channels": facts.channels,
        "alpha": not opaque,
        "kind": "f32" if light else "u8",
    }


def suffix_of(file_format: str) -> str:
    """The ending of a file in a format of Blender's."""
    return _SUFFIXES.get(file_format, ".png")


def result_name(source: str, done: str) -> str:
    """How the new picture is called: ``bricks.png`` becomes ``bricks upscaled``.

    Numbers that Blender puts behind names that are taken stay.
    """
    stem, dot, ending = source.rpartition(".")
    known = ending.lower() in {each[1:] for each in _SUFFIXES.values()} | {"jpeg", "tiff"}
    return f"{stem if dot and known else source} {done}"[:60]


def parameters(
    pipeline: str, *, wrap: bool, strength: float, directx: bool, paper: str, twice: bool
) -> dict[str, Any]:
    """What the fields of the panel mean for a pipeline."""
    said: dict[str, Any] = {}
    if pipeline in ("upscale", "denoise", "normal"):
        said["wrap"] = wrap
    if pipeline == "upscale" and twice:
        said["backbone"] = "span-x2"
    if pipeline == "normal":
        said |= {"strength": strength, "style": "directx" if directx else "opengl"}
    if pipeline == "lineart":
        said["paper"] = paper
    return said
