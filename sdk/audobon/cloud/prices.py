"""What machines cost an hour: a file that is shipped, or the user's own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import frozen

from audobon.errors import Invalid
from audobon.storage.objects.pricetable import rate, read_table

__all__ = ["Rates", "load_rates"]

_OWN = Path(__file__).with_name("prices.toml")


@frozen(slots=True)
class Rates:
    """A price table: what an hour of a machine costs, by the name of the machine."""

    as_of: str
    source: str
    currency: str
    training: Mapping[str, float]

    def hour(self, machine: str) -> float:
        """An hour of ``machine`` in a custom job. Invalid for one that the table has not."""
        if machine not in self.training:
            raise Invalid(
                f"the price table has no {machine}; it has {', '.join(sorted(self.training))}",
                subject=machine,
                hint="what has no price cannot be limited; give a table of your own with --prices",
            )
        return self.training[machine]


def load_rates(path: Path | None = None) -> Rates:
    """The table that is shipped, or the one at ``path``. Raises NotFound, Invalid."""
    where = path or _OWN

    def made(said: Mapping[str, Any]) -> Rates:
        return Rates(
            as_of=str(said["as_of"]),
            source=str(said.get("source", where)),
            currency=str(said["currency"]),
            training={str(name): rate(each) for name, each in said["training"].items()},
        )

    return read_table(where, made)
