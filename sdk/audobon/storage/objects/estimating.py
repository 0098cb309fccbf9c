"""What a transfer will move, and what that costs in a bucket, before it begins."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from attrs import evolve, frozen

from audobon.errors import Invalid
from audobon.model.estimate import Cost, Estimate
from audobon.storage.objects.pricetable import rate, read_table

__all__ = ["Cost", "Estimate", "Prices", "Work", "estimate", "load_prices", "pages", "together"]

SLICE: Final = 16 << 20  # one request fetches as much of an object (storage.objects.gcs)
_PAGE = 1000  # objects that one answer lists
_GB = 1 << 30  # as the provider counts
_OWN = Path(__file__).with_name("prices.toml")
_RATES = (
    "stored_per_gb_month",
    "class_a_per_1000",
    "class_b_per_1000",
    "retrieved_per_gb",
    "least_days",
)


@frozen
class Work:
    """What is going to be done: sizes in bytes of objects to write and to fetch, and requests."""

    puts: Sequence[int] = ()
    adds: Sequence[int] = ()
    """Objects to write where none is: nobody looks before what is there."""
    fetches: Sequence[int] = ()
    gets: Sequence[int] = ()
    """Bytes of small objects and of pieces of objects: a request each."""
    listed: int = 0
    """Objects that listings will tell."""
    stats: int = 0
    lists: int = 0
    """Listings: one request each, and more for each thousand objects."""


@frozen
class Prices:
    """A price table. ``classes`` has the rates of a storage class by its name."""

    as_of: str
    source: str
    currency: str
    leaving_per_gb: float
    classes: dict[str, dict[str, float]]


def load_prices(path: Path | None = None) -> Prices:
    """The price table that is shipped, or the user's own. Raises NotFound, Invalid."""
    where = path or _OWN

    def made(said: Mapping[str, Any]) -> Prices:
        return Prices(
            as_of=str(said["as_of"]),
            source=str(said.get("source", where)),
            currency=str(said["currency"]),
            leaving_per_gb=rate(said["leaving_per_gb"]),
            classes={
                str(name): {each: rate(rates[each]) for each in _RATES}
                for name, rates in said["classes"].items()
            },
        )

    return read_table(where, made)


def estimate(
    url: str, work: Work, prices: Prices | None = None, *, storage_class: str = "standard"
) -> Estimate:
    """What ``work`` moves to and from the place ``url``. Raises Invalid for an unknown class."""
    up, down = sum(work.puts) + sum(work.adds), sum(work.fetches) + sum(work.gets)
    if not url.startswith("gs:"):
        return Estimate(up, down)
    prices = prices or load_prices()
    rates = prices.classes.get(storage_class.lower())
    if rates is None:
        raise Invalid(
            f"{storage_class} is no storage class of the price table: "
            f"{', '.join(sorted(prices.classes))}",
            subject=storage_class,
        )
    writes = len(work.puts) + len(work.adds) + work.lists + math.ceil(work.listed / _PAGE)
    # A write looks what is there, a fetch too; then come the pieces.
    reads = len(work.puts) + work.stats + len(work.fetches) + len(work.gets)
    reads += sum(max(1, math.ceil(size / SLICE)) for size in work.fetches)
    costs = (
        _per_1000("operations of class A", writes, rates["class_a_per_1000"]),
        _per_1000("operations of class B", reads, rates["class_b_per_1000"]),
        _per_gb("retrieval", down, rates["retrieved_per_gb"]),
        _per_gb("leaving the cloud", down, prices.leaving_per_gb),
    )
    return Estimate(
        up,
        down,
        tuple(each for each in costs if each.amount and each.cost),
        monthly=up / _GB * rates["stored_per_gb_month"],
        least_days=int(rates["least_days"]),
        currency=prices.currency,
        as_of=prices.as_of,
    )


def pages(listed: int) -> int:
    """The requests of one listing that tells so many objects."""
    return max(1, math.ceil(listed / _PAGE))


def together(parts: Sequence[Estimate]) -> Estimate:
    """Several transfers as one; those of places that ask no money add their bytes."""
    lines: dict[tuple[str, str], Cost] = {}
    for one in (cost for part in parts for cost in part.costs):
        known = lines.get((one.what, one.unit), Cost(one.what, 0, one.unit, 0.0))
        lines[one.what, one.unit] = evolve(
            known, amount=known.amount + one.amount, cost=known.cost + one.cost
        )
    priced = next((part for part in parts if part.currency), Estimate(0, 0))
    return evolve(
        priced,
        up=sum(part.up for part in parts),
        down=sum(part.down for part in parts),
        costs=tuple(lines.values()),
        monthly=sum(part.monthly for part in parts),
    )


def _per_1000(what: str, count: int, rate: float) -> Cost:
    return Cost(what, count, "requests", count / 1000 * rate)


def _per_gb(what: str, size: int, rate: float) -> Cost:
    return Cost(what, size, "bytes", size / _GB * rate)
