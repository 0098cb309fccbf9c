"""Near-duplicates: how many edits of real pictures are found, and what is found falsely."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont, ImageOps

from audobon.errors import AudobonError
from audobon.formats.render import render
from audobon.formats.render.encode import shrink
from audobon.formats.render.imprint import imprint_of, imprint_of_preview
from audobon.inference.pairing import near_pairs
from audobon.services.finding.neardup import is_near
from quality.pictures import KNOWN, Pictures, jpeg, noisy
from quality.studio import Studio
from quality.table import Table

__all__ = ["EDITS", "finding"]

_OTHERS = (
    Path("/usr/share/krita/patterns"),
    Path("/usr/share/blender/datafiles/studiolights/matcap"),
    Path("/usr/share/blender/datafiles/studiolights/world"),
)
"""Patterns of Krita and lit spheres of Blender, all much alike: measured where they are there."""

_PARTS = 6
_SIZE = 256

Edit = Callable[[Image.Image], Image.Image]
_Met = tuple[str, int, int, int, float, float]
"""An edit, the number of its source, that of what it meets, and what their imprints say."""


def _cut(part: float) -> Edit:
    def cut(image: Image.Image) -> Image.Image:
        x, y = round(image.width * part / 2), round(image.height * part / 2)
        return image.crop((x, y, image.width - x, image.height - y))

    return cut


def _side(image: Image.Image) -> Image.Image:
    return image.crop((0, 0, round(image.width * 0.95), image.height))


def _mark(share: int, where: tuple[float, float]) -> Edit:
    def mark(image: Image.Image) -> Image.Image:
        made = image.copy()
        font = ImageFont.load_default(max(10, image.height // share))
        place = (image.width * where[0], image.height * where[1])
        ImageDraw.Draw(made, "RGBA").text(place, "SAMPLE", fill=(255, 255, 255, 150), font=font)
        return made

    return mark


def _turn(angle: float) -> Edit:
    return lambda image: image.rotate(angle, Image.Resampling.BICUBIC)


def _hue(image: Image.Image) -> Image.Image:
    hue, *rest = image.convert("HSV").split()
    turned = Image.fromarray(np.asarray(hue) + np.uint8(40))
    return Image.merge("HSV", (turned, *rest)).convert("RGB")


EDITS: Mapping[str, Edit] = {
    "half as large": lambda image: image.resize((image.width // 2, image.height // 2)),
    "JPEG of quality 60": lambda image: jpeg(image, 60),
    "JPEG of quality 20": lambda image: jpeg(image, 20),
    "cut by 4 %": _cut(0.04),
    "cut by 10 %": _cut(0.10),
    "cut by 5 % on one side": _side,
    "brighter by 25 %": lambda image: ImageEnhance.Brightness(image).enhance(1.25),
    "darker by 25 %": lambda image: ImageEnhance.Brightness(image).enhance(0.75),
    "more contrast": lambda image: ImageEnhance.Contrast(image).enhance(1.3),
    "grey": lambda image: image.convert("L").convert("RGB"),
    "other hues": _hue,
    "small watermark": _mark(8, (0.25, 0.7)),
    "large watermark": _mark(4, (0.05, 0.35)),
    "noise of 12 levels": lambda image: noisy(image, 12),
    "blurred": lambda image: image.filter(ImageFilter.GaussianBlur(max(image.size) / 256)),
    "mirrored": ImageOps.mirror,
    "mirrored top to bottom": ImageOps.flip,
    "turned by a quarter": lambda image: image.rotate(90, expand=True),
    "upside down": lambda image: image.rotate(180),
    "turned by 2 degrees": _turn(2),
    "turned by 5 degrees": _turn(5),
}


def finding(studio: Studio, pictures: Pictures) -> Table:
    """Every picture in every edit; beside it, what else is taken for the same.

    Others are all the pictures and six parts of each that do not overlap, so that there
    are many pieces of one texture. Each is asked by imprints alone, and with embeddings.
    """
    sources = dict(_sources(pictures))
    prints = {name: imprint_of(shrink(image, _SIZE)) for name, image in sources.items()}
    sources = {name: image for name, image in sources.items() if prints[name]}
    parts = [(name, part) for name, image in sources.items() for part in _parts(image)]
    told = [(name, part, imprint_of(shrink(part, _SIZE))) for name, part in parts]
    others = [(name, part, one) for name, part, one in told if one]
    owners = [*sources, *(name for name, _, _ in others)]
    base = [prints[name] for name in sources] + [one for _, _, one in others]
    shown = [*sources.values(), *(part for _, part, _ in others)]
    images = {_key("", number): image for number, image in enumerate(shown)}
    met: list[_Met] = []
    for title, edit in EDITS.items():
        edited = [edit(image) for image in sources.values()]
        images |= {_key(title, own): shrink(image, 2 * _SIZE) for own, image in enumerate(edited)}
        met += _meetings(base, title, [imprint_of(shrink(image, _SIZE)) for image in edited])
    met += _pairs(base, 0, "")
    vectors = {name: np.asarray(one) for name, one in studio.run("embed", images).items()}
    alone = [each for each in met if is_near(*each[3:])]
    embedded = [each for each in met if is_near(*each[3:], _like(vectors, each))]
    return _table(alone, embedded, owners, len(sources))


def _sources(pictures: Pictures) -> Iterator[tuple[str, Image.Image]]:
    for name in KNOWN:
        yield name, pictures.get(name)
    for folder in _OTHERS:
        for path in sorted((*folder.glob("*.png"), *folder.glob("*.exr"))):
            try:
                data = render(str(path), size=512).data
            except AudobonError:
                continue
            if imprint_of_preview(data):
                yield path.stem, _opened(data)


def _opened(data: bytes) -> Image.Image:
    with Image.open(io.BytesIO(data)) as image:
        return image.convert("RGB")


def _parts(image: Image.Image) -> list[Image.Image]:
    side = min(256, image.width // 2, image.height // 2)
    return [
        image.crop((x, y, x + side, y + side))
        for y in range(0, image.height - side + 1, side)
        for x in range(0, image.width - side + 1, side)
    ][:_PARTS]


def _meetings(base: list[bytes], title: str, edited: list[bytes]) -> list[_Met]:
    """Which edits meet which of ``base``, with what their imprints say."""
    told = [(number, one) for number, one in enumerate(edited) if one]
    rows = [*base, *(one for _, one in told)]
    return [
        (title, told[one - len(base)][0], other, *measures)
        for _, one, other, *measures in _pairs(rows, len(base), title)
        if other < len(base)
    ]


def _pairs(imprints: list[bytes], first: int, title: str) -> list[_Met]:
    data = np.frombuffer(b"".join(imprints), np.uint8).reshape(len(imprints), -1)
    found = near_pairs(data, first, lambda _: None)
    return [(title, one, other, *told[:3]) for one, other, *told in found]


def _key(title: str, number: int) -> str:
    return f"{title} {number}"


def _like(vectors: Mapping[str, Any], met: _Met) -> float:
    title, one, other, *_ = met
    return float(vectors[_key(title, one)] @ vectors[_key("", other)])


def _table(alone: list[_Met], embedded: list[_Met], owners: list[str], count: int) -> Table:
    """``count`` is how many of the owners are pictures, the others are parts."""

    def told(met: list[_Met], half: int | None = None) -> str:
        mine = [each for each in met if each[0] and half in (None, each[1] % 2)]
        right = sum(own == other for _, own, other, *_ in mine)
        of = count if half is None else len(range(half, count, 2))
        return f"{right / (of * len(EDITS)):.1%} found, {right / max(1, len(mine)):.1%} right"

    def cells(met: list[_Met], title: str) -> tuple[str, str]:
        mine = [own == other for name, own, other, *_ in met if name == title]
        return f"{sum(mine)} of {count}", str(len(mine) - sum(mine))

    def unedited(met: list[_Met]) -> tuple[int, int]:
        same = [owners[one] == owners[other] for name, one, other, *_ in met if not name]
        return sum(same), len(same) - sum(same)

    (parts, false), (parts_too, false_too) = unedited(alone), unedited(embedded)
    note = (
        f"{count} pictures and {len(owners) - count} parts of them. Over all edits: by imprints "
        f"alone {told(alone)}; with embeddings {told(embedded)}. The thresholds of embeddings were "
        f"chosen on every other picture ({told(embedded, 0)}, alone {told(alone, 0)}); the rest, "
        f"only looked at: {told(embedded, 1)}, alone {told(alone, 1)}. Of "
        f"{len(owners) * (len(owners) - 1) // 2:,} pairs without any edit {parts} of parts of one "
        f"picture are near, as most of these repeat or mirror themselves, and {false} of different "
        f"ones; with embeddings {parts_too} and {false_too}."
    )
    columns = ("Edit", "Found", "Others", "Found with embeddings", "Others with embeddings")
    rows = tuple((title, *cells(alone, title), *cells(embedded, title)) for title in EDITS)
    return Table(columns, rows, note)
