"""Pipelines that are cancelled while they compute: the job ends, and nothing of it is left."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import audobon
from audobon.errors import Cancelled
from audobon.models.registry import Models

PIPELINES: dict[str, dict[str, Any]] = {
    "upscale": {"backbone": "span-x2"},  # listens between its pieces and in them
    "seamless": {},  # listens now and then
    "normal": {},  # does not listen: its worker is ended
    "tags": {"threshold": 0.0},  # is at reading the picture
}


@pytest.fixture
def serving(lib: audobon.Library, tmp_path: Path) -> Iterator[audobon.Library]:
    """The library with a large picture, its jobs run in a thread."""
    pixels = np.random.default_rng(3).integers(0, 255, (150, 200, 3), np.uint8)
    with Image.fromarray(pixels) as image:
        image.resize((4000, 3000)).save(tmp_path / "MyAssets" / "large.png", compress_level=1)
    lib.add([tmp_path / "MyAssets"])
    lib.work()
    stop = threading.Event()
    thread = threading.Thread(target=lambda: lib.work(linger_s=600, cancel=stop.is_set))
    thread.start()
    yield lib
    stop.set()
    thread.join()


def cancel_in_the_middle(lib: audobon.Library, job: audobon.Job, seconds: float) -> None:
    while job.state == "queued":
        time.sleep(0.01)
    time.sleep(seconds)
    assert job.state == "running"
    asked = time.perf_counter()
    job.cancel()
    with pytest.raises(Cancelled):
        job.result(timeout=60)
    print(f"{job.kind}: {(time.perf_counter() - asked) * 1000:.0f} ms")


def test_cancelled_pipelines_end_and_the_next_job_is_done(
    serving: audobon.Library, tmp_path: Path
) -> None:
    before = sorted((tmp_path / "MyAssets").iterdir())
    for name, words in PIPELINES.items():
        cancel_in_the_middle(serving, serving.run(name, "large.png", **words), 0.15)
    assert sorted((tmp_path / "MyAssets").iterdir()) == before
    assert not list((serving.state_path / "derived" / "results").rglob("*.json"))
    for name, words in PIPELINES.items():
        assert serving.run(name, "small.png", **words).result(timeout=120)["failed"] == []
    states = {job.state for job in serving.jobs() if job.kind == "run"}
    assert states == {"done", "cancelled"}


@pytest.mark.hosts  # for npm
@pytest.mark.slow
def test_cancelled_cutout_ends(
    serving: audobon.Library,
    tmp_path: Path,
    install: Callable[..., Models],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    install(tmp_path / "data", "isnet-small")
    for seconds in (0.2, 1.0, 2.0):
        cancel_in_the_middle(serving, serving.run("cutout", "large.png"), seconds)
    assert serving.run("cutout", "small.png").result(timeout=120)["failed"] == []
