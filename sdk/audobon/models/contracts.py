"""Whether what one component gives is what the next one takes."""

from __future__ import annotations

from audobon.errors import Invalid
from audobon.model.component import Component, Tensor

__all__ = ["check_fit", "describe", "misfit"]


def misfit(given: Tensor, taken: Tensor) -> str:
    """Why ``given`` cannot be fed as ``taken``; empty when it can. Only what both say counts."""
    if len(given.shape) != len(taken.shape):
        return f"{len(given.shape)} dimensions, not {len(taken.shape)}"
    for ours, theirs in zip(given.shape, taken.shape, strict=True):
        if ours.isdecimal() and theirs.isdecimal() and ours != theirs:
            return f"shape [{', '.join(given.shape)}], not [{', '.join(taken.shape)}]"
    pairs = (
        ("type", given.dtype or None, taken.dtype or None),
        ("channels", given.color or None, taken.color or None),
        ("lowest value", given.low, taken.low),
        ("highest value", given.high, taken.high),
    )
    for what, mine, yours in pairs:
        if mine is not None and yours is not None and mine != yours:
            return f"{what} {mine}, not {yours}"
    return ""


def check_fit(first: Component, second: Component) -> None:
    """Raise Invalid, with both contracts side by side, when ``second`` cannot follow ``first``."""
    given = {tensor.name: tensor for tensor in first.outputs}
    for taken in second.inputs:
        # By name where both say one; a component that gives one thing gives that.
        found = given.get(taken.name) or (first.outputs[0] if len(first.outputs) == 1 else None)
        why = misfit(found, taken) if found is not None else f"nothing called {taken.name}"
        if why:
            raise Invalid(
                f"{second.name} cannot follow {first.name}: {why}\n{side_by_side(first, second)}",
                subject=second.name,
            )


def side_by_side(first: Component, second: Component) -> str:
    """What one gives and the other takes, in two columns of lines."""
    left = [f"{first.name} {first.version} gives", *map(str, first.outputs)]
    right = [f"{second.name} {second.version} takes", *map(str, second.inputs)]
    width = max(map(len, left))
    rows = max(len(left), len(right))
    left += [""] * (rows - len(left))
    right += [""] * (rows - len(right))
    lines = (f"  {a:<{width}} | {b}".rstrip() for a, b in zip(left, right, strict=True))
    return "\n".join(lines)


def describe(component: Component) -> str:
    """The contract of a component in one line."""
    takes = "; ".join(map(str, component.inputs)) or "nothing"
    gives = "; ".join(map(str, component.outputs)) or "nothing"
    return f"takes {takes}; gives {gives}"
