"""Noise is taken out of a real photograph by a network that looks at everything."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import audobon
from audobon.models.registry import Models
from audobon.system.locks import FileLock


def decibels(one: Any, other: Any) -> float:
    return float(10 * np.log10(255**2 / ((one.astype(float) - other) ** 2).mean()))


def test_a_noisy_photograph_comes_nearer_to_the_clean_one(
    lib: audobon.Library, tmp_path: Path, packages: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    with FileLock(packages / ".tests.lock", timeout_s=600):
        Models(downloads=packages).install("waifu2x-denoise2")
    root = tmp_path / "MyAssets"
    with Image.open(root / "china.jpg") as image:
        clean = np.asarray(image.crop((150, 20, 450, 260)))
    grain = np.random.default_rng(1).normal(0, 12, clean.shape)
    noisy = np.rint(clean + grain).clip(0, 255).astype(np.uint8)
    Image.fromarray(noisy).save(root / "noisy.png")
    lib.add([root])
    job = lib.run("denoise", "noisy.png")
    lib.work()
    with Image.open(job.result()["results"][0]["made"]["file"]) as image:
        made = np.asarray(image)
    assert made.shape == clean.shape  # more than one piece, each smaller than what was fed
    gain = decibels(made, clean) - decibels(noisy, clean)
    print(f"{decibels(noisy, clean):.1f} dB, {gain:+.1f} dB")
    assert gain > 0.7
    # No line where pieces meet, every 176 pixels: the change goes on as it does elsewhere.
    change = made.astype(float) - noisy
    for axis in (0, 1):
        steps = np.abs(np.diff(change.mean(axis=(1 - axis, 2))))
        assert steps[160:180].max() <= 1.5 * np.percentile(steps, 98)
