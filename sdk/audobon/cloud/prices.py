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
    """A price table: what an hour of a machine costs, by the name of the machine.

    ``prediction`` is empty in a table that tells of custom jobs alone.
    """

    as_of: str
    source: str
    currency: str
    training: Mapping[str, float]
    prediction: Mapping[str, float] = {}

    def hour(self, machine: str, *, serving: bool = False) -> float:
        """An hour of ``machine`` in a custom job, or where it answers. Invalid for one that the
        table has not."""
        known = self.prediction if serving else self.training
        if machine not in known:
            raise Invalid(
                f"the price table has no {machine} that {'answers' if serving else 'learns'}; "
                f"it has {', '.join(sorted(known)) or 'none'}",
                subject=machine,
                hint="what has no price cannot be limited; give a table of your own with --prices",
            )
        return known[machine]


def load_rates(path: Path | None = None) -> Rates:
    """The table that is shipped, or the one at ``path``. Raises NotFound, Invalid."""
    where = path or _OWN

    def made(said: Mapping[str, Any]) -> Rates:
        return Rates(
            as_of=str(said["as_of"]),
            source=str(said.get("source", where)),
            currency=str(said["currency"]),
            training={str(name): rate(each) for name, each in said["training"].items()},
            prediction={str(name): rate(each) for name, each in said.get("prediction", {}).items()},
        )

    return read_table(where, made)
