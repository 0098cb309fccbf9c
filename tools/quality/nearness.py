"""Near-duplicates: how many edits of real pictures are found, and what is found falsely."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont, ImageOps

from audobon.errors import AudobonError
from audobon.formats.render import render
from audobon.formats.render.encode import shrink
from audobon.formats.render.imprint import imprint_of, imprint_of_preview
from audobon.inference.pairing import near_pairs
from audobon.services.neardup import is_near
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


def finding(_studio: Studio, pictures: Pictures) -> Table:
    """Every picture in every edit; beside it, what else is taken for the same.

    Others are all the pictures and six parts of each that do not overlap, so that there
    are many pieces of one texture.
    """
    sources = dict(_sources(pictures))
    prints = {name: imprint_of(shrink(image, _SIZE)) for name, image in sources.items()}
    sources = {name: image for name, image in sources.items() if prints[name]}
    parts = [(name, part) for name, image in sources.items() for part in _parts(image)]
    told = [(name, imprint_of(shrink(part, _SIZE))) for name, part in parts]
    others = [one for _, one in told if one]
    owners = [*sources, *(name for name, one in told if one)]
    base = [prints[name] for name in sources] + others
    rows = []
    found_all = wrong_all = 0
    for title, edit in EDITS.items():
        edited = [imprint_of(shrink(edit(image), _SIZE)) for image in sources.values()]
        found, wrong = _counted(base, edited)
        rows.append((title, f"{found} of {len(sources)}", str(wrong)))
        found_all, wrong_all = found_all + found, wrong_all + wrong
    alone = _near(base, 0)
    false = sum(owners[one] != owners[other] for one, other in alone)
    pairs = len(base) * (len(base) - 1) // 2
    precision = found_all / max(1, found_all + wrong_all)
    note = (
        f"{len(sources)} pictures and {len(others)} parts of them. Over all edits "
        f"{found_all / (len(sources) * len(EDITS)):.1%} are found, and {precision:.2%} of what is "
        f"found is right. Of {pairs:,} pairs without any edit {len(alone) - false} of parts of "
        "one picture "
        f"are near, as most of these repeat or mirror themselves, and {false} of different ones."
    )
    return Table(("Edit", "Found", "Others"), tuple(rows), note)


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


def _near(imprints: list[bytes], first: int) -> list[tuple[int, int]]:
    data = np.frombuffer(b"".join(imprints), np.uint8).reshape(len(imprints), -1)
    found = near_pairs(data, first, lambda _: None)
    return [(one, other) for one, other, *told in found if is_near(*told[:3])]


def _counted(base: list[bytes], edited: list[bytes]) -> tuple[int, int]:
    """How many edits meet their sources, and how many meet something else."""
    told = [(number, one) for number, one in enumerate(edited) if one]
    near = _near([*base, *(one for _, one in told)], len(base))
    pairs = [(told[one - len(base)][0], other) for one, other in near if other < len(base)]
    right = sum(one == other for one, other in pairs)
    return right, len(pairs) - right
