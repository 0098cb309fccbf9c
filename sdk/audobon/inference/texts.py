"""What a network that reads texts is fed with, and the vector of what it gives."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from audobon.inference.atwork import Running
from audobon.inference.steps import vector_of

__all__ = ["text_vector"]


def text_vector(session: Running, ids: Sequence[int], check: Callable[[], None]) -> list[float]:
    """The mean of the features of all tokens, as a vector of length 1."""
    fed = np.array([ids], np.int64)
    feed = {"ids": fed, "seen": np.ones_like(fed), "kinds": np.zeros_like(fed)}
    return vector_of(session.run(feed, check)["features"].mean(1))
