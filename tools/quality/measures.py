"""One function a table: what is run, and the rows of figures that come of it."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from PIL import Image

from quality.nearness import finding
from quality.pictures import EDITS, KNOWN, Pictures, jpeg, noisy, written
from quality.studio import Studio
from quality.table import Table

__all__ = ["MEASURES", "Table"]

LINES = (
    *("Rusty metal sheet 04", "Oak planks, worn", "Brick wall (tiles)", "roughness 0.35"),
    *("Licence: CC0 1.0", "2048 x 2048 pixels", "Night sky - version 12", "Do not delete!"),
    *("Concrete & plaster", "Path: /textures/wood", "Painted by A. Lovelace", "f/2.8 1/125 s"),
)
"""Twelve lines such as lie on charts, labels and screenshots."""

EXPECTED = {
    "brick": {"stone wall"},
    "camera": {"tripod"},
    "chelsea": {"tabby cat", "tiger cat", "Egyptian Mau", "Egyptian cat", "tabby"},
    "coffee": {"espresso", "cup", "coffee mug"},
    "page": {"web site", "website", "menu", "book jacket", "crossword", "crossword puzzle"},
    "rocket": {"missile", "projectile"},
}
"""What may be called right among ImageNet's 1000 names: the others show nothing that has one."""


def decibels(one: Image.Image, other: Image.Image) -> float:
    """Peak signal to noise over all channels."""
    left, right = (np.asarray(image.convert("RGB"), np.float64) for image in (one, other))
    return float(10 * np.log10(255**2 / max(((left - right) ** 2).mean(), 1e-9)))


def retrieval(studio: Studio, pictures: Pictures) -> Table:
    """Which of all pictures lies nearest to an edited one."""
    images = {name: pictures.get(name) for name in KNOWN}
    vectors = _vectors(studio, images)
    rows = []
    for told, edit in EDITS.items():
        edited = _vectors(studio, {name: edit(image) for name, image in images.items()})
        first, own, next_best = 0, [], []
        for name, vector in edited.items():
            alike = {other: float(vector @ one) for other, one in vectors.items()}
            mine = alike.pop(name)
            first += mine > max(alike.values())
            own.append(mine)
            next_best.append(max(alike.values()))
        rows.append(
            (told, f"{first} of {len(edited)}", f"{np.mean(own):.2f}", f"{np.mean(next_best):.2f}")
        )
    columns = ("Edit", "Found first", "Likeness to its source", "To the nearest other")
    return Table(columns, tuple(rows), f"{len(KNOWN)} pictures; likeness is the vectors' product.")


def _vectors(studio: Studio, images: dict[str, Image.Image]) -> dict[str, Any]:
    found = studio.run("embed", images)
    return {name: np.asarray(vector) for name, vector in found.items()}


def _colourful(pictures: Pictures) -> dict[str, Image.Image]:
    """Parts of 256 pixels of colour photographs."""
    places = {"astronaut": (120, 0), "chelsea": (80, 20), "coffee": (180, 60), "ihc": (0, 0)}
    places |= {"hubble": (100, 100), "rocket": (200, 150)}
    return {
        name: pictures.get(name).crop((x, y, x + 256, y + 256)) for name, (x, y) in places.items()
    }


def denoising(studio: Studio, pictures: Pictures) -> Table:
    """How much nearer to the clean picture the result is."""
    clean = _colourful(pictures)
    harms: dict[str, Callable[[Image.Image], Image.Image]] = {
        **{f"noise of {sigma} levels": partial(noisy, sigma=sigma) for sigma in (5, 10, 20, 40)},
        **{f"JPEG of quality {quality}": partial(jpeg, quality=quality) for quality in (50, 20)},
        "nothing": Image.Image.copy,
    }
    rows = []
    for told, harm in harms.items():
        harmed = {name: harm(image) for name, image in clean.items()}
        made = studio.run("denoise", harmed)
        before = float(np.mean([decibels(harmed[name], clean[name]) for name in clean]))
        after = float(np.mean([decibels(made[name], clean[name]) for name in clean]))
        shown = "exact" if told == "nothing" else f"{before:.1f} dB"
        gain = "" if told == "nothing" else f"{after - before:+.1f} dB"
        rows.append((told, shown, f"{after:.1f} dB", gain))
    columns = ("What was done", "Before", "After", "Gain")
    note = f"Mean over parts of 256 pixels of {', '.join(clean)}."
    return Table(columns, tuple(rows), note)


def reading(studio: Studio, pictures: Pictures) -> Table:
    """Lines that are read letter by letter as they were written."""
    dark = pictures.get("rocket").crop((0, 0, 640, 260))
    ways = {
        "black on white, 28 pixels": written(list(LINES), 28),
        "black on white, 14 pixels": written(list(LINES), 14),
        "the same as JPEG of quality 20": jpeg(written(list(LINES), 14), 20),
        "white on a photograph, 24 pixels": written(list(LINES), 24, ink="white", paper=dark),
        "grey on white, 24 pixels": written(list(LINES), 24, ink="#b0b0b0"),
        "turned by 8 degrees, 28 pixels": written(list(LINES), 28, angle=8),
        "read downwards, 28 pixels": written(list(LINES), 28, angle=-90),
        "read upwards, 28 pixels": written(list(LINES), 28, angle=90),
    }
    found = studio.run("ocr", ways)
    rows = []
    for told, lines in found.items():
        texts = [line["text"] for line in lines]
        exact = sum(line in texts for line in LINES)
        close = sum(any(_bare(line) == _bare(text) for text in texts) for line in LINES)
        wrong = next((_misread(line, texts) for line in LINES if line not in texts), "")
        rows.append((told, f"{exact} of {len(LINES)}", f"{close} of {len(LINES)}", wrong))
    columns = ("Text", "Exact", "But for spaces and case", "The first that is not exact")
    return Table(columns, tuple(rows))


def _misread(line: str, texts: list[str]) -> str:
    near = difflib.get_close_matches(line, texts, 1, 0.3)
    return f"`{line}` as `{near[0]}`" if near else f"`{line}` not at all"


def _bare(text: str) -> str:
    return "".join(text.split()).casefold()


def tagging(studio: Studio, pictures: Pictures) -> Table:
    """The first tag of pictures that show something with a name."""
    images = {name: pictures.get(name) for name in EXPECTED}
    rows: list[tuple[str, ...]] = []
    for name, tags in studio.run("tags", images, threshold=0.01, count=5).items():
        first = tags[0] if tags else {"tag": "nothing", "score": 0.0}
        place = [row["tag"] in EXPECTED[name] for row in tags]
        told = "right" if place[:1] == [True] else "among the five" if any(place) else "wrong"
        rows.append((name, str(first["tag"]), f"{first['score']:.2f}", told))
    return Table(("Picture", "First tag", "Score", ""), tuple(rows))


def enlarging(studio: Studio, pictures: Pictures) -> Table:
    """Shrunk and enlarged again, compared with what it was."""
    names = ("brick", "grass", "gravel", "astronaut", "chelsea", "coffee")
    whole = {name: _even(pictures.get(name)) for name in names}
    rows = []
    sums: dict[int, list[tuple[float, float]]] = {2: [], 4: []}
    for name, image in whole.items():
        row = [name]
        for factor, backbone in ((2, "span-x2"), (4, "span-x4")):
            small = image.resize(
                (image.width // factor, image.height // factor), Image.Resampling.BICUBIC
            )
            plain = decibels(small.resize(image.size, Image.Resampling.BICUBIC), image)
            made = studio.run("upscale", {name: small}, backbone=backbone)[name]
            ours = decibels(made, image)
            sums[factor].append((plain, ours))
            row += [f"{plain:.2f} dB", f"{ours:.2f} dB", f"{ours - plain:+.2f} dB"]
        rows.append(tuple(row))
    mean = ["mean"]
    for pairs in sums.values():
        plain, ours = np.mean(pairs, 0)
        mean += [f"{plain:.2f} dB", f"{ours:.2f} dB", f"{ours - plain:+.2f} dB"]
    columns = ("Picture", "2x bicubic", "span-x2", "Gain", "4x bicubic", "span-x4", "Gain")
    return Table(columns, (*rows, tuple(mean)))


def _even(image: Image.Image) -> Image.Image:
    """The middle 256 pixels, or as much as there is: a multiple of four."""
    wide, high = (min(256, length) // 4 * 4 for length in image.size)
    left, top = (image.width - wide) // 2, (image.height - high) // 2
    return image.crop((left, top, left + wide, top + high))


MEASURES: dict[str, Callable[[Studio, Pictures], Table]] = {
    "near": finding,
    "embed": retrieval,
    "tags": tagging,
    "ocr": reading,
    "denoise": denoising,
    "upscale": enlarging,
}
