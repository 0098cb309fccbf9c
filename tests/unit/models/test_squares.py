"""What networks of squares are fed with: the quick reader against the whole picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from audobon.formats.render.squares import read_square
from audobon.formats.render.whole import read_whole
from audobon.inference import steps
from audobon.inference.session import Choice, open_session
from audobon.models.recipes import builtin_components

SIZE = 224


def whole_square(path: Path) -> Any:
    whole = read_whole(str(path))
    return steps.square_of(whole.pixels, whole.kind, alpha=whole.alpha, size=SIZE)[0]


def difference(path: Path) -> float:
    """The mean over all pixels, in steps of 8 bits."""
    quick = read_square(str(path), SIZE)
    assert quick is not None
    assert (quick.shape, quick.dtype) == ((SIZE, SIZE, 3), np.uint8)
    return float(np.abs(quick.astype(int) - whole_square(path)).mean())


def photo(photos: Path, width: int = 0) -> Image.Image:
    with Image.open(photos / "china.jpg") as image:
        image.load()
    high = round(width * image.height / image.width)
    return image.resize((width, high), Image.Resampling.BICUBIC) if width else image


@pytest.mark.parametrize("mode", ["RGB", "L", "P", "RGBA", "LA", "1"])
def test_every_kind_of_png(photos: Path, tmp_path: Path, mode: str) -> None:
    image = photo(photos)
    if mode in ("RGBA", "LA"):
        image = image.convert(mode)
        image.putalpha(Image.linear_gradient("L").resize(image.size))
    path = tmp_path / "x.png"
    image.convert(mode).save(path)
    assert difference(path) < 0.6


@pytest.mark.parametrize("orientation", range(1, 9))
def test_jpeg_is_upright(photos: Path, tmp_path: Path, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / "x.jpg"
    photo(photos).save(path, exif=exif, quality=92)
    assert difference(path) < 0.6


def test_small_ones_are_enlarged_alike(photos: Path, tmp_path: Path) -> None:
    path = tmp_path / "x.png"
    photo(photos, 120).save(path)
    assert difference(path) < 0.6


def test_reduced_jpeg_means_the_same_to_a_network(
    shared: Path, photos: Path, tmp_path: Path
) -> None:
    component = builtin_components()["efficientnet-lite0"]
    network = shared / "audobon" / "models" / "efficientnet-lite0" / "1.0.0" / "model.xml"
    session = open_session(
        network, component.inputs, component.outputs, choice=Choice("CPU", "f32")
    )

    def vector(square: Any) -> Any:
        return np.array(steps.vector_of(session.run({"picture": square[None]})["features"]))

    path = tmp_path / "x.jpg"
    for width in (1400, 2800, 5600):
        photo(photos, width).save(path, quality=92)
        quick = read_square(str(path), SIZE)
        assert quick is not None
        assert not np.array_equal(quick, whole_square(path))  # it is decoded in another size
        assert vector(quick) @ vector(whole_square(path)) > 0.998


def test_what_it_leaves_to_others(photos: Path, tmp_path: Path) -> None:
    image = photo(photos)
    path = tmp_path / "x"
    image.convert("CMYK").save(path, "JPEG")
    assert read_square(str(path), SIZE) is None
    deep = np.full((30, 30), 40000, np.uint16)
    Image.fromarray(deep).save(path, "PNG")
    assert read_square(str(path), SIZE) is None
    image.save(path, "TIFF")
    assert read_square(str(path), SIZE) is None
    assert read_square(str(tmp_path / "absent"), SIZE) is None
    for kind in ("PNG", "JPEG"):
        image.save(path, kind)
        path.write_bytes(path.read_bytes()[:5000])
        assert read_square(str(path), SIZE) is None
    path.write_bytes(b"\xff\xd8\xffno picture")
    assert read_square(str(path), SIZE) is None
