"""Values whose axes are turned only where an operation needs it.

TensorFlow's pictures have their channels last, OpenVINO's convolutions want
them first. To turn them before and after each convolution would take as long
as the network; so what a value's axes are is remembered, and simple
operations are done in whatever order the numbers lie.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from attrs import frozen

from audobon.errors import Unsupported

__all__ = ["FIRST", "LAST", "Value", "Values", "fixed"]

Array = np.ndarray[Any, Any]
FIRST, LAST = (0, 3, 1, 2), (0, 2, 3, 1)
"""Channels last turned to channels first, and back."""


@frozen(slots=True, eq=False)
class Value:
    """What an operation gives: the output ``node`` of the network being built.

    Axis i of the value is axis ``order[i]`` of the node; without an order they are the same.
    """

    node: Any
    order: tuple[int, ...] | None = None


def fixed(given: Value | Array) -> Array:
    """A constant's numbers. Unsupported where the value is only known when the network runs."""
    if isinstance(given, Value):
        raise Unsupported("the graph computes a shape or an axis while it runs, which is not read")
    return given


class Values:
    """Values, and how they are brought to what an operation takes."""

    def __init__(self, ops: Any) -> None:
        self.ops = ops

    def plain(self, given: Value | Array) -> Any:
        """The value as a node with its axes in their own order."""
        if not isinstance(given, Value):
            return self.ops.constant(np.ascontiguousarray(given)).output(0)
        return self.turned(given, range(len(given.order))) if given.order else given.node

    def turned(self, given: Value | Array, order: Sequence[int]) -> Any:
        """A node whose axis i is axis ``order[i]`` of the value."""
        if not isinstance(given, Value):
            return self.plain(given.transpose(order))
        held = given.order or tuple(range(len(order)))
        wanted = [held[axis] for axis in order]
        if wanted == sorted(wanted):
            return given.node
        return self.ops.transpose(given.node, np.array(wanted, np.int64)).output(0)

    def turn(self, given: Value | Array, order: Sequence[int]) -> Value | Array:
        """The value with its axes in another order: nothing is computed yet."""
        if not isinstance(given, Value):
            return given.transpose(order)
        held = given.order or tuple(range(len(order)))
        return Value(given.node, tuple(held[axis] for axis in order))

    def each(self, given: Value | Array, build: Callable[[Any], Any]) -> Value:
        """What ``build`` makes of each number alone."""
        value = given if isinstance(given, Value) else Value(self.plain(given))
        return Value(build(value.node).output(0), value.order)

    def joined(
        self, one: Value | Array, other: Value | Array, build: Callable[[Any, Any], Any]
    ) -> Value:
        """What ``build`` makes of two values, number by number."""
        order = next((each.order for each in (one, other) if isinstance(each, Value)), None)
        both = [self._like(each, order) for each in (one, other)]
        if order is None or None in both:
            return Value(build(self.plain(one), self.plain(other)).output(0))
        return Value(build(*both).output(0), order)

    def _like(self, given: Value | Array, order: tuple[int, ...] | None) -> Any:
        """The value as a node of ``order``, None where it is not without turning it."""
        if isinstance(given, Value):
            return given.node if given.order == order else None
        if order is None or given.ndim > len(order):
            return None
        wide = given.reshape((1,) * (len(order) - given.ndim) + given.shape)
        return self.plain(wide.transpose([order.index(axis) for axis in range(len(order))]))

    def alike(self, given: Sequence[Value | Array]) -> tuple[list[Any], tuple[int, ...] | None]:
        """All values as nodes of one order, and that order."""
        orders = {each.order for each in given if isinstance(each, Value)}
        order = orders.pop() if len(orders) == 1 else None
        nodes = [self._like(each, order) if order else None for each in given]
        if order is None or None in nodes:
            return [self.plain(each) for each in given], None
        return nodes, order
