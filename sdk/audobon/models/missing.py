"""What has to be fetched before a pipeline runs, and the one command that gets it."""

from __future__ import annotations

from attrs import frozen

from audobon.codec.words import human_size
from audobon.model.component import Component
from audobon.models.registry import Models

__all__ = ["Missing", "missing_for"]


@frozen(slots=True)
class Missing:
    """Components that are not installed; ``size`` is in bytes, each package counted once."""

    components: tuple[Component, ...] = ()
    size: int = 0

    @property
    def asks(self) -> bool:
        """Whether a licence has to be accepted."""
        return any(each.ask for each in self.components)

    def hint(self, name: str) -> str:
        """How ``name``, a pipeline or a component, is got; empty when nothing is missing."""
        if not self.components:
            return ""
        asked = "; it asks about a licence first" if self.asks else ""
        return f"'audobon models install {name}' gets it ({human_size(self.size)} to fetch{asked})"


def missing_for(models: Models, name: str) -> Missing:
    """What a pipeline or a component lacks. NotFound when nobody knows the name."""
    lacking = models.missing(name)
    sources = {
        (each.source.registry, each.source.package, each.source.version): each.source.size
        for each in lacking
        if each.source is not None
    }
    return Missing(lacking, sum(sources.values()))
