"""What a transfer will move and what that costs, told before it begins."""

from __future__ import annotations

from attrs import frozen

__all__ = ["Cost", "Estimate", "TransferEstimate"]


@frozen
class Cost:
    """One line of a bill: ``amount`` of ``unit``, and what it costs."""

    what: str
    amount: float
    unit: str
    cost: float


@frozen
class Estimate:
    """Bytes of objects, and for a bucket what moving them costs once and keeping them by month.

    ``costs`` is empty for a place that asks no money. ``least_days`` are paid for also where an
    object is deleted before.
    """

    up: int
    down: int
    costs: tuple[Cost, ...] = ()
    monthly: float = 0.0
    least_days: int = 0
    currency: str = ""
    as_of: str = ""

    @property
    def once(self) -> float:
        return sum(each.cost for each in self.costs)


@frozen
class TransferEstimate:
    """What a clone, a recovery or a snapshot would move, told before it begins.

    ``bytes`` are those of all objects, ``files`` is how many contents are among them, and
    ``versions`` how many versions; None where that would have to be fetched to be told.
    ``lacking`` contents (sha256) are nowhere.
    """

    url: str
    versions: int | None
    files: int
    bytes: int
    estimate: Estimate
    lacking: tuple[str, ...] = ()
