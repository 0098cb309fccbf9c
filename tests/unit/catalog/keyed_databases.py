"""A plug-in of pytest: every database that a test makes lies under one key.

Loaded before anything else of ours, so that whoever takes ``connect`` takes the one with the key.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Final

from audobon.storage import sqlite
from audobon.storage.sqlite import connecting, derived, replace
from audobon.storage.vault.secret import Secret

KEY: Final = Secret(bytes(range(32)))

sqlite.need_ciphers()


def _keyed(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def with_key(*arguments: Any, **named: Any) -> Any:
        # Callers in between pass on what they were given: no key.
        return function(*arguments, **{**named, "key": named.get("key") or KEY})

    return with_key


for name, home in (("connect", connecting), ("replace_content", replace)):
    keyed = _keyed(getattr(home, name))
    for module in (sqlite, home, derived):
        setattr(module, name, keyed)
