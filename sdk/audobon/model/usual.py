"""What signatures of the facade take for granted, apart from the classes that it is about."""

from __future__ import annotations

__all__ = ["BOUND", "TARGET"]

TARGET = 0.8
"""The precision that a lesson promises if nothing else is said: one wrong in five is still quick
to review."""

BOUND = 0.01
"""The loss that is allowed unless another is said: a cosine of 0.99, one class in a hundred that
is another, or pictures with 40 dB."""
