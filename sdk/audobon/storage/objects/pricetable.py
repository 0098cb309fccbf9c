"""Price tables: files in TOML that are shipped, or the user's own."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from audobon.errors import Invalid
from audobon.system.files import translate_os_error

__all__ = ["rate", "read_table"]

_T = TypeVar("_T")


def read_table(where: Path, make: Callable[[Mapping[str, Any]], _T]) -> _T:
    """What ``make`` makes of the table in a file. Raises NotFound, Invalid."""
    try:
        return make(tomllib.loads(where.read_text("utf-8")))
    except OSError as error:
        raise translate_os_error(error, where) from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:  # TOML and UTF-8, too
        raise Invalid(
            f"{where} is no price table: {error}",
            subject=str(where),
            hint="begin with a copy of the one that is shipped",
        ) from error


def rate(value: Any) -> float:
    """A price of a table. Raises ValueError, TypeError."""
    found = float(value)
    if not 0 <= found < math.inf:
        raise ValueError(f"{value} is no price")
    return found
