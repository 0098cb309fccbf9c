"""A lesson as plain data, with a truth that can be learnt, and a clock that pauses move."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import numpy as np

from audobon.cloud.calling import Patience

__all__ = ["Time", "plain_lesson"]


class Time:
    """A clock that only moves when somebody pauses."""

    def __init__(self) -> None:
        self.now = 0.0

    def pause(self, seconds: float) -> None:
        self.now += seconds

    def patience(self, timeout_s: float = 10.0) -> Patience:
        return Patience(timeout_s=timeout_s, pause=self.pause, clock=lambda: self.now)


def plain_lesson(count: int = 24, *, seed: int = 3) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    rows = np.maximum(rng.standard_normal((count, 12)), 0)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    line = rows @ rng.standard_normal(12)
    names = [hashlib.sha256(f"{seed}-{each}".encode()).hexdigest() for each in range(count)]
    halves = [base64.b64encode(row.astype("<f2").tobytes()).decode() for row in rows]
    yes = (line > np.median(line)).tolist()
    return {
        **{"contents": names, "vectors": halves, "yes": yes, "near": [[names[0], names[1]]]},
        **{"target": 0.8, "seed": 0, "zero_shot": None, "previous": None},
    }
