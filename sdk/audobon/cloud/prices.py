"""What machines cost an hour: a file that is shipped, or the user's own."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import frozen

from audobon.errors import Invalid
from audobon.system.files import translate_os_error

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
    try:
        said = tomllib.loads(where.read_text("utf-8"))
        return Rates(
            as_of=str(said["as_of"]),
            source=str(said.get("source", where)),
            currency=str(said["currency"]),
            training={str(name): _rate(rate) for name, rate in said["training"].items()},
        )
    except OSError as error:
        raise translate_os_error(error, where) from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Invalid(
            f"{where} is no price table: {error}",
            subject=str(where),
            hint="begin with a copy of the one that is shipped",
        ) from error


def _rate(value: Any) -> float:
    rate = float(value)
    if not 0 <= rate < math.inf:
        raise ValueError(f"{value} is no price")
    return rate
