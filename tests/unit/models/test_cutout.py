"""The cut-out, end to end: a model in pieces out of an npm package, on a real photograph."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from model_files import worker_processes
from PIL import Image

import audobon
from audobon.models.installed import Installed
from audobon.models.registry import Models


@pytest.fixture
def isnet(tmp_path: Path, install: Callable[..., Models], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    made = install(tmp_path / "data", "isnet-small").get("isnet-small")
    assert isinstance(made, Installed)
    assert made.size < 60 << 20  # packed weights stay packed


@pytest.mark.hosts  # for npm
@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for workers in /proc")
def test_network_of_a_cutout_stays_for_the_next_picture(lib: audobon.Library, isnet: None) -> None:
    lib.work()  # previews, in other workers
    before, seen = set(worker_processes()), set[int]()
    job = lib.run("cutout", ["flower.jpg", "small.png", "china.jpg"])
    working = threading.Thread(target=lib.work)
    working.start()
    while working.is_alive():
        seen.update(worker_processes())
        time.sleep(0.02)
    assert len(job.result()["results"]) == 3
    assert len(seen - before) == 1


@pytest.mark.hosts  # for npm
@pytest.mark.slow
def test_cutout_of_a_flower(lib: audobon.Library, tmp_path: Path, isnet: None) -> None:
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
