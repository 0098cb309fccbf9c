"""The calls of a session about what a library shows and says: bundles, tags as a file, sets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from audobon.session import sharing
from audobon.session.doing import Work
from audobon.session.state import State

__all__ = ["Sharing"]


class Sharing:
    """Bundles, tags that go from library to library, and saved queries."""

    @property
    def state(self) -> State:
        """See ``Session.state``."""
        raise NotImplementedError

    def do(self, name: str, work: Work, then: Callable[[], None] | None = None) -> None:
        """See ``Session.do``."""
        raise NotImplementedError

    def note(self, text: str, details: str = "") -> None:
        """See ``Session.note``."""
        raise NotImplementedError

    def take_apart(self, ident: str, *, alone: bool = False) -> None:
        """As ``Library.take_apart``, in the background."""
        self.do("Taking a bundle apart", sharing.taking_apart(ident, alone=alone))

    def put_together(self, idents: Sequence[str], name: str | None = None) -> None:
        """As ``Library.put_together``, in the background."""
        self.do("Making a bundle", sharing.putting_together(idents, name))

    def export_tags(self, path: str) -> None:
        """As ``Library.export_tags``, in the background."""
        self.do("Writing tags", sharing.exporting(path))

    def import_tags(self, path: str) -> None:
        """As ``Library.import_tags``, in the background. The log tells what stayed as it was."""
        self.do("Taking tags over", sharing.importing(path, self.note))

    def save_set(self, name: str, query: str | None = None) -> None:
        """Keep a query under a name, that of the present search without one."""
        text = self.state.found.wanted.query if query is None else query

        def work(library: Any, _report: Any) -> str:
            library.sets.add(name, text)
            return f"Set saved: {name}"

        self.do("Saving a set", work)

    def remove_set(self, name: str) -> None:
        """Forget a saved query; no asset changes."""

        def work(library: Any, _report: Any) -> str:
            library.sets.remove(name)
            return f"Set removed: {name}"

        self.do("Removing a set", work)
