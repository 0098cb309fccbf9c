"""Noise and traces of JPEG are taken out of a photograph by networks that look at everything."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import audobon
from audobon.models.registry import Models


def decibels(one: Any, other: Any) -> float:
    return float(10 * np.log10(255**2 / ((one.astype(float) - other) ** 2).mean()))


@pytest.fixture
def denoises(
    lib: audobon.Library,
    tmp_path: Path,
    install: Callable[..., Models],
    monkeypatch: pytest.MonkeyPatch,
) -> audobon.Library:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    install(tmp_path / "data", "waifu2x-denoise2", "waifu2x-denoise3")
    return lib


def _run(lib: audobon.Library, name: str, backbone: str) -> Any:
    job = lib.run("denoise", name, backbone=backbone)
    lib.work()
    with Image.open(job.result()["results"][0]["made"]["file"]) as image:
        return np.asarray(image)


def test_a_photograph_comes_nearer_to_the_clean_one(
    denoises: audobon.Library, tmp_path: Path
) -> None:
    """What each network is good for: both take JPEG's traces out, the third noise as well."""
    root = tmp_path / "MyAssets"
    with Image.open(root / "china.jpg") as image:
        clean = np.asarray(image.crop((150, 20, 450, 260)))
    grain = np.random.default_rng(1).normal(0, 12, clean.shape)
    noisy = np.rint(clean + grain).clip(0, 255).astype(np.uint8)
    Image.fromarray(noisy).save(root / "noisy.png")
    Image.fromarray(clean).save(root / "packed.jpg", quality=20)
    denoises.add([root])
    with Image.open(root / "packed.jpg") as image:
        packed = np.asarray(image)
    gains = {}
    for name, given in (("noisy.png", noisy), ("packed.jpg", packed)):
        for level in ("2", "3"):
            made = _run(denoises, name, f"waifu2x-denoise{level}")
            assert made.shape == clean.shape  # of pieces, each smaller than what was fed
            gains[name, level] = decibels(made, clean) - decibels(given, clean)
            if name == "noisy.png":
                _no_seam(made.astype(float) - noisy)
    print(gains)
    assert gains["noisy.png", "3"] > 3.0
    assert 0.7 < gains["noisy.png", "2"] < 1.5
    assert min(gains["packed.jpg", "2"], gains["packed.jpg", "3"]) > 0.7


def _no_seam(change: Any) -> None:
    """No line where pieces meet, every 176 pixels: the change goes on as it does elsewhere."""
    for axis in (0, 1):
        steps = np.abs(np.diff(change.mean(axis=(1 - axis, 2))))
        assert steps[160:180].max() <= 1.5 * np.percentile(steps, 98)
