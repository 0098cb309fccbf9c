"""Calls of the facade, timed: how often, how long, and how many fail."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Concatenate, ParamSpec, Protocol, TypeVar

if TYPE_CHECKING:
    from audobon.services.core.stores import Stores

__all__ = ["measured"]


class _Open(Protocol):
    @property
    def _stores(self) -> Stores: ...


O = TypeVar("O", bound=_Open)  # noqa: E741
P = ParamSpec("P")
T = TypeVar("T")


def measured(
    call: str,
) -> Callable[[Callable[Concatenate[O, P], T]], Callable[Concatenate[O, P], T]]:
    """Note under the name ``call`` how long the method takes, and its errors. Some microseconds."""

    def decorate(method: Callable[Concatenate[O, P], T]) -> Callable[Concatenate[O, P], T]:
        @functools.wraps(method)
        def timed(self: O, /, *args: P.args, **named: P.kwargs) -> T:
            with self._stores.meter.call(call):
                return method(self, *args, **named)

        return timed

    return decorate
