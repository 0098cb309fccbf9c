"""The order of layers in one group, of three versions of it."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["merge_order"]


def merge_order(
    base: Sequence[str], ours: Sequence[str], theirs: Sequence[str], leader: str = ""
) -> list[str] | None:
    """What lies in the group, from the top; None when both sides ordered it differently.

    Layers on both sides keep the order of the side that changed it; with a
    ``leader``, ours or theirs, that side's. Whatever one side has alone lies on
    what it lay on there. Where both put something on one layer, one side's
    comes above the other's, whichever of the two sides is called ours.
    """
    both = set(ours) & set(theirs)
    here, there = ([one for one in side if one in both] for side in (ours, theirs))
    before = [one for one in base if one in both]
    if leader:
        order = here if leader == "ours" else there
    elif here == there:
        order = here
    elif set(before) == both and before in (here, there):
        order = there if before == here else here
    else:
        return None
    above = [_runs(side, both) for side in (ours, theirs)]
    found: list[str] = []
    for ground in (*order, ""):
        for run in sorted(side.get(ground, []) for side in above):
            found += run
        if ground:
            found.append(ground)
    return found


def _runs(side: Sequence[str], both: set[str]) -> dict[str, list[str]]:
    """What one side has alone, by the layer that it lies on; empty for the bottom."""
    runs: dict[str, list[str]] = {}
    run: list[str] = []
    for one in side:
        if one in both:
            runs[one], run = run, []
        else:
            run.append(one)
    runs[""] = run
    return runs
