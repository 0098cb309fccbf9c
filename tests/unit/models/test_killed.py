"""Workers that are killed while pipelines run cost what they had at hand, and nothing twice."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from model_files import worker_processes
from PIL import Image

import audobon

PICTURES = 240
KILLS = 8


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for workers in /proc")
def test_embedding_survives_kills_and_computes_nothing_twice(
    lib: audobon.Library, tmp_path: Path
) -> None:
    root = tmp_path / "MyAssets"
    chance = np.random.default_rng(1)
    for number in range(PICTURES):
        pixels = chance.integers(0, 255, (96, 96, 3), np.uint8)
        Image.fromarray(pixels).save(root / f"p{number:03}.png")
    lib.add([root])
    names = [f"p{number:03}.png" for number in range(PICTURES)]
    results = lib.state_path / "derived" / "results"
    job = lib.run("embed", names)
    working = threading.Thread(target=lib.work)
    working.start()
    stamps: dict[Path, int] = {}
    kills = 0
    while working.is_alive():
        there = {note: note.stat().st_ino for note in results.rglob("*.json")}
        assert all(there[note] == stamp for note, stamp in stamps.items())  # none written again
        stamps = there
        if kills < KILLS and len(there) > kills * 2 * PICTURES // KILLS + 6:
            for pid in worker_processes():
                os.kill(pid, signal.SIGKILL)
            kills += 1
        time.sleep(0.01)
    working.join()
    result = job.result()
    assert kills == KILLS
    assert [row["path"] for row in result["results"]] == names
    assert result["failed"] == []
    assert len(stamps) == 2 * PICTURES  # with the tags, which fall off
