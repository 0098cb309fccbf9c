"""Pictures are painted by a real network of styles; mixtures are read and checked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import audobon
from audobon.errors import Invalid
from audobon.inference.painting import mixture, paintable, painted
from audobon.models.registry import Models


def test_mixtures() -> None:
    assert mixture("7", 26)[7] == 1
    both = mixture("3:0.5, 12:1.5", 26)
    assert (both[3], both[12], both.sum()) == (0.25, 0.75, 1)
    for wrong in ("26", "x", "3:", "3:1:2", "-1", "", "3:0", "3:0.1.2"):
        with pytest.raises(Invalid):
            mixture(wrong, 26)


def test_what_is_fed_and_given_back() -> None:
    pixels = np.random.default_rng(1).integers(0, 255, (70, 131, 4), np.uint8)
    fed = paintable(pixels, "u8", alpha=True, size=100)
    assert (fed.shape, fed.dtype) == ((1, 56, 100, 3), np.float32)
    made, kind = painted(1 - fed, fed, pixels, "u8", alpha=True, size=100, strength=0.0)
    assert (made.shape, kind) == ((53, 100, 4), "u8")
    assert np.abs(made[..., :3] / 255 - fed[0, :53, :100]).max() < 0.003
    turned, _ = painted(1 - fed, fed, pixels, "u8", alpha=True, size=100, strength=1.0)
    assert np.abs(turned[..., :3].astype(int) + made[..., :3] - 255).max() <= 1
    assert np.array_equal(turned[..., 3], made[..., 3])
    with pytest.raises(Invalid, match="too small"):
        paintable(pixels[:20], "u8", alpha=True, size=100)


def test_a_photograph_is_painted(
    lib: audobon.Library,
    tmp_path: Path,
    install: Callable[..., Models],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    install(tmp_path / "data", "multistyle26")
    (trial,) = Models().try_devices()[:1]  # a network with two inputs, one of them no picture
    assert (trial.reason, trial.cosine > 0.99) == ("", True)

    def paint(**params: object) -> np.ndarray:  # type: ignore[type-arg]
        job = lib.run("style", "china.jpg", size=256, **params)
        lib.work()
        with Image.open(job.result()["results"][0]["made"]["file"]) as image:
            return np.asarray(image).astype(float)

    first, second, blend = paint(style="0"), paint(style="19"), paint(style="0:0.5,19:0.5")
    assert first.shape == (171, 256, 3)
    assert np.abs(first - second).mean() > 10
    assert np.abs(first - blend).mean() < np.abs(first - second).mean()
    with Image.open(tmp_path / "MyAssets" / "china.jpg") as image:
        small = np.asarray(image.resize((256, 171), Image.Resampling.BOX)).astype(float)
    # It is the same scene: where the photograph is bright the painting is.
    assert np.corrcoef(first.mean(-1).ravel(), small.mean(-1).ravel())[0, 1] > 0.5
    assert np.abs(first - small).mean() > 10
