"""One sheet a pipeline: six sources above, what became of them below."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from quality.pictures import EDITS, PHOTOS, TEXTURES, Pictures, noisy, written
from quality.studio import Studio

__all__ = ["SHEETS", "save"]

CELL = 200
"""Pixels: six of them are as wide as a page of documentation."""
_GAP = 6
_CHECKER = ("#d8d8d8", "#f4f4f4")
_STYLES = ("0", "5", "9", "13", "17", "21")
_MOST = 150_000
"""Bytes of a sheet: twelve of them are quickly loaded."""

Pair = tuple[Image.Image, Image.Image, str]


def _fit(image: Image.Image, *, large: bool = False) -> Image.Image:
    """In a cell, on a checkerboard where it is clear."""
    image = image if image.mode in ("RGB", "RGBA", "L", "LA") else _eight(image)
    shown = image.convert("RGBA")
    scale = CELL / max(shown.size)
    how = Image.Resampling.NEAREST if large else Image.Resampling.LANCZOS
    size = max(1, round(shown.width * scale)), max(1, round(shown.height * scale))
    shown = shown.resize(size, how)
    board = Image.new("RGB", size, _CHECKER[0])
    draw = ImageDraw.Draw(board)
    for y in range(0, size[1], 10):
        for x in range(y // 10 % 2 * 10, size[0], 20):
            draw.rectangle((x, y, x + 9, y + 9), _CHECKER[1])
    board.paste(shown, (0, 0), shown)
    return board


def _eight(image: Image.Image) -> Image.Image:
    """16-bit grey as 8 bits: Pillow cuts it off instead of scaling it."""
    return image.point(lambda level: level / 257, "L") if image.mode[0] == "I" else image


def save(pairs: list[Pair], path: Path) -> None:
    """Write a sheet, as good as its limit allows."""
    wide = len(pairs) * (CELL + _GAP) + _GAP
    cells = [(_fit(one), _fit(two), text) for one, two, text in pairs]
    top = max(one.height for one, _, _ in cells)
    low = max(two.height for _, two, _ in cells)
    words = 40 if any(text for _, _, text in cells) else 0
    sheet = Image.new("RGB", (wide, top + low + 3 * _GAP + words), "white")
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(13)
    for number, (one, two, text) in enumerate(cells):
        x = _GAP + number * (CELL + _GAP)
        sheet.paste(one, (x + (CELL - one.width) // 2, _GAP + top - one.height))
        sheet.paste(two, (x + (CELL - two.width) // 2, 2 * _GAP + top))
        draw.multiline_text((x, 3 * _GAP + top + low), _wrapped(text), fill="black", font=font)
    path.parent.mkdir(parents=True, exist_ok=True)
    for quality in range(88, 40, -4):
        sheet.save(path, quality=quality, optimize=True, progressive=True)
        if path.stat().st_size <= _MOST:
            return


def _wrapped(text: str) -> str:
    lines, line = [], ""
    for word in text.split():
        if len(line) + len(word) > 27:
            lines.append(line)
            line = ""
        line += f"{word} "
    return "\n".join([*lines, line][:2])


def _plain(pipeline: str, names: tuple[str, ...], **parameters: Any) -> Callable[..., list[Pair]]:
    def made(studio: Studio, pictures: Pictures) -> list[Pair]:
        images = {name: pictures.get(name) for name in names}
        found = studio.run(pipeline, images, **parameters)
        return [(images[name], found[name], "") for name in names]

    return made


def _painted(studio: Studio, pictures: Pictures) -> list[Pair]:
    """Each picture in another style, whose number stands below."""
    pairs = []
    for name, style in zip(PHOTOS, _STYLES, strict=True):
        image = pictures.get(name)
        pairs.append((image, studio.run("style", {name: image}, style=style)[name], style))
    return pairs


def _palette(studio: Studio, pictures: Pictures) -> list[Pair]:
    images = {name: pictures.get(name) for name in PHOTOS}
    pairs = []
    for name, colors in studio.run("palette", images).items():
        bar = Image.new("RGB", (CELL, 60))
        draw, x = ImageDraw.Draw(bar), 0.0
        for row in colors:
            draw.rectangle((x, 0, x + row["share"] * CELL, 60), row["color"])
            x += row["share"] * CELL
        pairs.append((images[name], bar, ""))
    return pairs


def _tiled(studio: Studio, pictures: Pictures) -> list[Pair]:
    """Both laid out two by two: only below they continue."""
    images = {name: pictures.get(name) for name in TEXTURES}
    found = studio.run("seamless", images)
    return [(_four(images[name]), _four(found[name]), "") for name in TEXTURES]


def _four(image: Image.Image) -> Image.Image:
    small = image.convert("RGB").resize((CELL // 2, CELL // 2), Image.Resampling.LANCZOS)
    sheet = Image.new("RGB", (CELL, CELL))
    for place in ((0, 0), (1, 0), (0, 1), (1, 1)):
        sheet.paste(small, (place[0] * CELL // 2, place[1] * CELL // 2))
    return sheet


def _parts(pictures: Pictures, side: int) -> dict[str, Image.Image]:
    places = {"astronaut": (180, 60), "brick": (150, 150), "camera": (170, 60)}
    places |= {"chelsea": (110, 60), "coffee": (230, 130), "rocket": (270, 230)}
    return {
        name: pictures.get(name).crop((x, y, x + side, y + side)) for name, (x, y) in places.items()
    }


def _upscaled(studio: Studio, pictures: Pictures) -> list[Pair]:
    """Parts of 50 pixels, each pixel a square above."""
    images = _parts(pictures, 50)
    found = studio.run("upscale", images)
    large = {
        name: image.resize((CELL, CELL), Image.Resampling.NEAREST) for name, image in images.items()
    }
    return [(large[name], found[name], "") for name in images]


def _denoised(studio: Studio, pictures: Pictures) -> list[Pair]:
    images = {name: noisy(image, 20) for name, image in _parts(pictures, 100).items()}
    found = studio.run("denoise", images)
    return [(images[name], found[name], "") for name in images]


def _tagged(studio: Studio, pictures: Pictures) -> list[Pair]:
    images = {name: pictures.get(name) for name in PHOTOS}
    found = studio.run("tags", images, threshold=0.05, count=3)
    blank = Image.new("RGB", (CELL, 1), "white")
    return [
        (images[name], blank, ", ".join(f"{row['tag']} {row['score']:.2f}" for row in found[name]))
        for name in images
    ]


def _alike(studio: Studio, pictures: Pictures) -> list[Pair]:
    """Edited pictures above, what is found first among all sources below."""
    names = (*PHOTOS, *TEXTURES[:4])
    sources = studio.run("embed", {name: pictures.get(name) for name in names})
    edits = [name for name in EDITS if "large" not in name][: len(PHOTOS)]
    asked = {
        name: EDITS[edit](pictures.get(name)) for name, edit in zip(PHOTOS, edits, strict=True)
    }
    pairs = []
    for name, vector in studio.run("embed", asked).items():
        alike = {
            other: sum(one * two for one, two in zip(vector, vectors, strict=True))
            for other, vectors in sources.items()
        }
        first = max(alike, key=lambda other: alike[other])
        pairs.append((asked[name], pictures.get(first), f"{alike[first]:.2f}"))
    return pairs


def _read(studio: Studio, pictures: Pictures) -> list[Pair]:
    """Places of lines are framed; what is read stands below."""
    images = {name: pictures.get(name) for name in ("page", "text", "camera")}
    dark = pictures.get("rocket").crop((0, 0, 640, 260))
    images["sign"] = written(["Rusty metal 04", "Licence: CC0"], 30, ink="white", paper=dark)
    images["turned"] = written(["Oak planks, worn"], 30, angle=12)
    images["astronaut"] = pictures.get("astronaut")
    pairs = []
    for name, lines in studio.run("ocr", images).items():
        framed = images[name].copy()
        draw = ImageDraw.Draw(framed)
        for line in lines:
            corners = [tuple(corner) for corner in line["box"]]
            draw.line([*corners, corners[0]], fill="red", width=max(1, framed.width // 200))
        text = " / ".join(line["text"] for line in lines) or "nothing"
        pairs.append((images[name], framed, text))
    return pairs


SHEETS: dict[str, Callable[[Studio, Pictures], list[Pair]]] = {
    "palette": _palette,
    "normal": _plain("normal", TEXTURES, strength=2.0),
    "height": _plain("height", TEXTURES),
    "seamless": _tiled,
    "tags": _tagged,
    "embed": _alike,
    "ocr": _read,
    "cutout": _plain("cutout", PHOTOS),
    "lineart": _plain("lineart", PHOTOS),
    "style": _painted,
    "denoise": _denoised,
    "upscale": _upscaled,
}
