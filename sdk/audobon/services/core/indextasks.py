"""The worker's side of a search index that is built anew: documents of the ranges that are given.

A registry of its own: its process opens the library's databases and no file of a stranger, and
loads nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audobon.errors import Conflict
from audobon.work.child import TaskContext

if TYPE_CHECKING:
    from audobon.services.core.feed import CatalogFeed
    from audobon.storage.catalog import Catalog
    from audobon.storage.index.parts import Part
    from audobon.storage.writing import WritingStore

__all__ = ["TASKS"]


class _Making:
    """The one part that this process makes."""

    def __init__(self, payload: Mapping[str, Any]) -> None:
        from audobon.services.core.feed import CatalogFeed
        from audobon.storage.catalog import Catalog
        from audobon.storage.index.parts import Part
        from audobon.storage.writing import WritingStore

        self.catalog: Catalog = Catalog.open(Path(payload["catalog"]), read_only=True)
        self.writing: WritingStore = WritingStore(
            *(Path(payload["writing"]),), base=Path(payload["base"]), read_only=True
        )
        self.feed: CatalogFeed = CatalogFeed(self.catalog, self.writing.of)
        self.part: Part = Part(Path(payload["folder"]))


_making: list[_Making] = []


def begin(payload: Mapping[str, Any], context: TaskContext) -> None:
    """An empty index in ``folder``, of what lies in ``catalog`` and ``writing``."""
    context.check()
    _making[:] = [_Making(payload)]


def take(payload: Mapping[str, Any], context: TaskContext) -> None:
    """Add the documents of the keys above ``after`` up to ``to``."""
    context.check()
    made = _made()
    made.part.take(made.feed, payload["after"], payload["to"])


def end(payload: Mapping[str, Any], context: TaskContext) -> int:
    """Write the part; how many documents it has."""
    del payload
    context.check()
    made = _made()
    _making.clear()
    try:
        return made.part.end()
    finally:
        made.writing.close()
        made.catalog.close()


def _made() -> _Making:
    if not _making:
        raise Conflict(
            "this process has begun no part of an index"
        )  # it is another one than before
    return _making[0]


TASKS: Mapping[str, Callable[[Mapping[str, Any], TaskContext], Any]] = {
    "part.begin": begin,
    "part.take": take,
    "part.end": end,
}
