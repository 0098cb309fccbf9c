"""What a network in 8 bits loses and saves, as it was measured on pictures that it did not see."""

from __future__ import annotations

from attrs import frozen

from audobon.model.usual import BOUND

__all__ = ["BOUND", "LEAST", "MOST", "Loss", "Quantized"]

LEAST, MOST = 16, 300
"""Pictures that are needed, and that are looked at, for calibrating and judging together."""


@frozen(slots=True)
class Loss:
    """One output beside that of the network as it was.

    ``kind`` is vector, classes, picture or numbers. ``mean`` and ``worst`` are over the held-out
    pictures: 1 - cosine for vectors and classes, for the others the root of the mean square as
    a share of their range. ``changed`` is the share of pictures whose first class is another, and
    ``decibels`` the PSNR of ``mean`` for a picture; None for other kinds.
    """

    output: str
    kind: str
    mean: float
    worst: float
    changed: float | None = None
    decibels: float | None = None

    @property
    def bounded(self) -> float:
        """What is compared with the bound."""
        return max(self.mean, self.changed or 0.0)


@frozen(slots=True)
class Quantized:
    """A component in 8 bits: what became of it, and the recipe's path where it was written.

    Sizes are bytes of the network, times seconds for a picture on the CPU of this machine, the
    median. ``maker`` is what made it.
    """

    component: str
    version: str
    source: str
    bound: float
    losses: tuple[Loss, ...]
    calibrated: int
    held_out: int
    size_before: int
    size: int
    seconds_before: float
    seconds: float
    maker: str = ""
    recipe: str = ""

    @property
    def loss(self) -> float:
        """The largest of its outputs."""
        return max(each.bounded for each in self.losses)

    @property
    def accepted(self) -> bool:
        """Whether it loses no more than was allowed."""
        return self.loss <= self.bound
