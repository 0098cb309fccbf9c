"""Real pictures out of scikit-image's wheel: public domain or CC0, as its sources say of each."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFont, ImageOps

from demo import photos

__all__ = ["EDITS", "KNOWN", "PHOTOS", "TEXTURES", "Pictures", "jpeg", "noisy", "written"]

KNOWN = (
    *("astronaut", "brick", "camera", "cell", "chelsea", "coffee", "coins", "color", "grass"),
    *("gravel", "hubble_deep_field", "ihc", "moon", "page", "retina", "rocket", "text"),
)
"""All that are photographs or scans and no smaller than 150 pixels, but for the stereo pair."""
PHOTOS = ("astronaut", "camera", "chelsea", "coffee", "hubble", "rocket")
TEXTURES = ("brick", "grass", "gravel", "ihc", "moon", "wood")

_ENDINGS = (".png", ".jpg")


class Pictures:
    """The pictures by their names, RGB."""

    def __init__(self) -> None:
        folder = photos()
        if folder is None:
            raise SystemExit("without scikit-image's pictures nothing can be measured")
        self._folder = folder

    def get(self, name: str) -> Image.Image:
        """``wood`` and ``hubble`` are parts of larger ones."""
        if name == "wood":
            return self.get("coffee").crop((0, 200, 200, 400))
        if name == "hubble":
            return self.get("hubble_deep_field").crop((240, 180, 760, 700))
        path = next(self._folder / f"{name}{end}" for end in _ENDINGS if self._there(name, end))
        with Image.open(path) as image:
            return image.convert("RGB")

    def _there(self, name: str, end: str) -> bool:
        return Path(self._folder / f"{name}{end}").is_file()


def jpeg(image: Image.Image, quality: int) -> Image.Image:
    """Through a JPEG and back."""
    data = io.BytesIO()
    image.save(data, "JPEG", quality=quality)
    return Image.open(data).convert("RGB")


def noisy(image: Image.Image, sigma: float) -> Image.Image:
    """With normal noise, the same for the same picture."""
    values = np.asarray(image).astype(np.float64)
    values += np.random.default_rng(1).normal(0, sigma, values.shape)
    return Image.fromarray(np.rint(values).clip(0, 255).astype(np.uint8))


def _part(image: Image.Image) -> Image.Image:
    wide, high = image.size
    return image.crop((wide // 10, high // 10, wide - wide // 10, high - high // 10))


def _turned(image: Image.Image) -> Image.Image:
    return image.rotate(10, Image.Resampling.BICUBIC, fillcolor=(127, 127, 127))


EDITS: dict[str, Callable[[Image.Image], Image.Image]] = {
    "JPEG of quality 20": lambda image: jpeg(image, 20),
    "cut to 64 % of its area": _part,
    "flipped": ImageOps.mirror,
    "grey": lambda image: image.convert("L").convert("RGB"),
    "half as bright": lambda image: ImageEnhance.Brightness(image).enhance(0.5),
    "half as large": lambda image: image.resize((image.width // 2, image.height // 2)),
    "turned by 10 degrees": _turned,
}


def written(
    lines: list[str],
    size: int,
    *,
    ink: str = "black",
    paper: str | Image.Image = "white",
    angle: float = 0.0,
) -> Image.Image:
    """Lines of text in the font that comes with Pillow (Aileron, CC0)."""
    font = ImageFont.load_default(size)
    wide = max(round(font.getlength(line)) for line in lines) + 4 * size
    area = wide, len(lines) * size * 2 + 2 * size
    image = Image.new("RGB", area, paper) if isinstance(paper, str) else paper.resize(area)
    draw = ImageDraw.Draw(image)
    for number, line in enumerate(lines):
        draw.text((2 * size, size + number * 2 * size), line, fill=ink, font=font)
    fill = (255, 255, 255)
    return image.rotate(angle, Image.Resampling.BICUBIC, expand=True, fillcolor=fill)
