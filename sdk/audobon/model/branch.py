"""Branches, and what switching to one would do."""

from __future__ import annotations

from attrs import frozen

__all__ = ["Branch", "SwitchPlan"]


@frozen(slots=True)
class Branch:
    """A line of versions. ``id`` is its newest one.

    ``ahead`` counts versions that the current branch does not have,
    ``behind`` those of the current branch that this one does not have.
    """

    name: str
    id: str
    current: bool = False
    ahead: int = 0
    behind: int = 0


@frozen(slots=True)
class SwitchPlan:
    """What a switch would change on the disk, or has changed; paths are ``<root>/<path>``.

    ``edited`` are assets of which only metadata differs. ``blocked`` holds
    uncommitted work in the way; ``rescued`` is the version in which a forced
    switch has kept it.
    """

    name: str
    id: str
    written: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    edited: tuple[str, ...] = ()
    blocked: tuple[str, ...] = ()
    rescued: str = ""
