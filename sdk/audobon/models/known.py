"""What is told of a component, and what is asked before it is installed."""

from __future__ import annotations

from attrs import frozen

from audobon.errors import Invalid
from audobon.model.component import Component
from audobon.models.installed import Installed
from audobon.models.ranges import version_key

__all__ = ["Known", "ask", "known"]


@frozen(slots=True)
class Known:
    """A component as ``list`` tells of it.

    ``state`` is installed, outdated (a newer recipe is known), available, or
    ready (nothing to install). ``installed`` is the version that is there.
    """

    component: Component
    state: str
    installed: str = ""
    size: int = 0


def known(recipe: Component | None, there: Installed | None) -> Known:
    """A component of which there is a recipe, or which is installed, or both."""
    if there is None:
        assert recipe is not None
        return Known(recipe, "available" if recipe.has_weights else "ready")
    have = there.component.version
    newer = recipe is not None and version_key(recipe.version) > version_key(have)
    state = "outdated" if newer else "installed"
    return Known(recipe if newer and recipe else there.component, state, have, there.size)


def ask(component: Component, *, accept: bool) -> None:
    """Raise Invalid with what its recipe asks, unless that is accepted."""
    if component.ask and not accept:
        raise Invalid(
            f"{component.name} is not installed before its licence is accepted: {component.ask}",
            subject=component.name,
            hint="say so with --accept",
        )
