"""Texts that were read in pictures come back from kept results, where they were lost."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from audobon.errors import AudobonError
from audobon.model.job import PRIORITIES, JobRow
from audobon.services.core.stores import Stores
from audobon.services.pipelines.results import note_at
from audobon.services.pipelines.written import WRITTEN, keep_writing, written

if TYPE_CHECKING:
    from audobon.work.executor import Executor

__all__ = ["ask_for_writing", "gather_writing"]

_AT_ONCE = 500
_ASKED = "writing asked"


def ask_for_writing(stores: Stores) -> None:
    """Have kept results looked through where texts were lost; once while the library is open."""
    if stores.read_only or _ASKED in stores.remembered:
        return
    stores.remembered[_ASKED] = True
    if not stores.place.results.is_dir() or stores.writing.gathered():
        return
    # Not above: hosts need not load it to search.
    from audobon.services.pipelines.nearness import current_recipe

    with contextlib.suppress(AudobonError):  # without the models nothing tells which results
        current_recipe(stores, WRITTEN)
        stores.jobs.submit("writing", {}, key="writing", priority=PRIORITIES["background"])
        stores.start_worker()


def gather_writing(
    stores: Stores,
    job: JobRow,
    executor: Executor,
    report: Callable[[float], None],
    cancel: Callable[[], bool],
) -> Any:
    """The job that takes texts out of results that are kept, where they are not known."""
    from audobon.services.pipelines.nearness import current_recipe

    del job, executor
    recipe = current_recipe(stores, WRITTEN)
    digests = sorted({digest for _, digest in stores.catalog.contents("image") if digest})
    found = 0
    for first in range(0, len(digests), _AT_ONCE):
        if cancel():
            return {"found": found}
        part = digests[first : first + _AT_ONCE]
        known = stores.writing.of(part)
        texts = {each: _kept(stores, each, recipe) for each in part if each not in known}
        new = {each: text for each, text in texts.items() if text is not None}
        keep_writing(stores, new)
        found += len(new)
        report((first + len(part)) / len(digests))
    stores.writing.note_gathered()
    return {"found": found}


def _kept(stores: Stores, digest: str, recipe: str) -> str | None:
    from audobon.services.pipelines.nearness import result_key

    place = stores.place
    path = note_at(place.results, result_key(digest, recipe), place.files)
    try:
        note = json.loads(place.files.read(path))
        return written(note["values"])
    except (OSError, ValueError, KeyError, TypeError, AudobonError):
        return None
