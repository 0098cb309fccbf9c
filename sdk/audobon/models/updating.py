"""What an update of installed components has done, and whom it would leave without its needs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from attrs import frozen

from audobon.errors import AudobonError, Cancelled, Conflict
from audobon.model.component import Component
from audobon.models.installed import Installed
from audobon.models.ranges import fits, version_key

__all__ = ["Updated", "refuse_to_break", "renew"]


@frozen(slots=True)
class Updated:
    """What is new, and what failed: that stays as it was, by name with its error."""

    installed: tuple[Installed, ...] = ()
    failed: tuple[tuple[str, AudobonError], ...] = ()


def renew(
    newer: Iterable[Component],
    there: Callable[[], Mapping[str, Installed]],
    known: Mapping[str, Component],
    install: Callable[[str, bool], Iterable[Installed]],
) -> Updated:
    """Have each recipe of ``newer`` installed; what fails is told, and the rest goes on.

    ``there`` says what is installed, ``install`` takes a name and whether the
    licence is accepted: it is where the same one was. Cancelled ends it.
    """
    made: list[Installed] = []
    failed: list[tuple[str, AudobonError]] = []
    for component in newer:
        now = there()
        try:
            refuse_to_break(component, now.values(), known)
            same = now[component.name].accepted == component.ask
            made += install(component.name, same)
        except Cancelled:
            raise
        except AudobonError as error:
            failed.append((component.name, error))
    return Updated(tuple(made), tuple(failed))


def refuse_to_break(
    new: Component, there: Iterable[Installed], known: Mapping[str, Component]
) -> None:
    """Raise Conflict when an installed component, and its newest recipe too, needs an older one."""
    for item in there:
        newest = item.component
        recipe = known.get(newest.name)
        if recipe is not None and version_key(recipe.version) > version_key(newest.version):
            newest = recipe
        for need in newest.requires:
            if need.name == new.name and not fits(new.version, need.versions):
                raise Conflict(
                    f"{newest.name} requires {need.name} {need.versions}; "
                    f"{new.version} would not do",
                    subject=new.name,
                    hint=f"'audobon models remove {newest.name}' lets it go",
                )
