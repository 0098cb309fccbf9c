"""Names of a package that are imported when they are first asked for.

A package's ``__init__`` that imports all its modules makes whoever wants one name pay for all of
them, in every process that starts. What types are checked by stays an ordinary import::

    if TYPE_CHECKING:
        from audobon.room.heavy import Heavy, heavily

    if not TYPE_CHECKING:
        __getattr__ = late(__name__, {"heavy": "Heavy heavily"})
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["late"]


def late(package: str, homes: Mapping[str, str]) -> Callable[[str], Any]:
    """A ``__getattr__`` for ``package``: by each of its modules, the names that come from there.

    No name may be that of a module of the package: whoever imports that module would be given it.
    """
    home = {name: module for module, names in homes.items() for name in names.split()}

    def find(name: str) -> Any:
        module = home.get(name)
        if module is None:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(importlib.import_module(f"{package}.{module}"), name)
        setattr(sys.modules[package], name, value)
        return value

    return find
