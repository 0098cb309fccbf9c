"""Tasks that open databases of the library themselves, so where those are encrypted they need keys.

A process that is handed keys knows these tasks and no others: it never opens a file of a stranger,
whose decoder could be made to tell them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audobon.work.child import TaskContext

if TYPE_CHECKING:
    from audobon.storage.vault.library import LibraryKeys

__all__ = ["TASKS"]


def nearest_vectors(payload: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    """What ``services.pipelines.vectortasks`` says of ``nearest``."""
    from audobon.services.pipelines.vectortasks import nearest

    keys = _keys(context)
    return nearest(payload, context.check, key=None if keys is None else keys.database)


def gather_vectors(payload: Mapping[str, Any], context: TaskContext) -> int:
    """What ``services.pipelines.vectortasks`` says of ``gather``."""
    from audobon.services.pipelines.vectortasks import gather

    keys = _keys(context)
    if keys is None:
        return gather(payload, context.check)
    files = keys.files(Path(payload["base"]))
    return gather(payload, context.check, key=keys.database, files=files)


def compare_imprints(payload: Mapping[str, Any], context: TaskContext) -> int:
    """What ``services.previews.imprinttask`` says of its task."""
    from audobon.services.previews.imprinttask import compare

    def check(fraction: float) -> None:
        context.check()
        context.progress(fraction)

    keys = _keys(context)
    return compare(payload, check, key=None if keys is None else keys.database)


def head_scores(payload: Mapping[str, Any], context: TaskContext) -> dict[str, str]:
    """What ``services.taught.lessontask`` says of ``score_task``."""
    from audobon.services.taught.lessontask import score_task

    keys = _keys(context)
    return score_task(payload, context, key=None if keys is None else keys.database)


def stars(payload: Mapping[str, Any], context: TaskContext) -> dict[str, str]:
    """What ``services.taught.lessontask`` says of ``stars_task``."""
    from audobon.services.taught.lessontask import stars_task

    keys = _keys(context)
    return stars_task(payload, context, key=None if keys is None else keys.database)


def likeness_order(payload: Mapping[str, Any], context: TaskContext) -> str:
    """What ``services.taught.lessontask`` says of ``order_task``."""
    from audobon.services.taught.lessontask import order_task

    keys = _keys(context)
    return order_task(payload, context, key=None if keys is None else keys.database)


def _keys(context: TaskContext) -> LibraryKeys | None:
    if context.keys is None:
        return None
    from audobon.storage.vault.library import LibraryKeys

    return LibraryKeys.taken(context.keys)


TASKS: Mapping[str, Callable[[Mapping[str, Any], TaskContext], Any]] = {
    "head.scores": head_scores,
    "likeness.order": likeness_order,
    "rating.stars": stars,
    "imprints.compare": compare_imprints,
    "vectors.near": nearest_vectors,
    "vectors.gather": gather_vectors,
}
