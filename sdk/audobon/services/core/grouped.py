"""Many small files in one message to a worker, with each file's outcome its own.

A message costs about as much as reading a small header. Files are grouped
up to a number and a weight; when a worker dies or hits a limit over a group,
its files are sent again one by one, so that only the culprit is blamed.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Any

from audobon.codec.plain import error_data
from audobon.errors import AudobonError, Cancelled, error_from_code

if TYPE_CHECKING:
    from audobon.model.job import Limits
    from audobon.work.child import TaskContext
    from audobon.work.executor import Executor

__all__ = ["each_of", "run_grouped"]

Item = Mapping[str, Any]
Task = Callable[[Item, "TaskContext"], Any]

_MOST = 16
_HEAVIEST = 8 << 20
# Sixteen small pictures are decoded in some 50 ms, which is how long a cancel
# may have to wait; a file over the weight goes alone, with limits of its own.


def each_of(task: Task) -> Task:
    """The task over ``{items}``: a list of ``{ok}`` or ``{error}``, one for each item."""

    def run(payload: Item, context: TaskContext) -> Any:
        return [_one(task, item, context) for item in payload["items"]]

    return run


def _one(task: Task, item: Item, context: TaskContext) -> dict[str, Any]:
    try:
        return {"ok": task(item, context)}
    except Cancelled:
        raise
    except AudobonError as error:
        return {"error": error_data(error)}


def run_grouped(
    executor: Executor,
    name: str,
    items: Sequence[Item],
    *,
    weights: Sequence[int],
    limits: Limits | None = None,
    cancel: Callable[[], bool] | None = None,
) -> Generator[tuple[int, Any], None, None]:
    """Run ``name`` (made by :func:`each_of`) over items; ``(index, result or AudobonError)``.

    ``weights`` are the sizes of the files in bytes. Every index comes once,
    those of a group that failed as a whole after all others. Who may leave the
    loop early closes it: an error's traceback would keep it, and the executor
    taken with it.
    """
    groups = _groups(weights)
    alone: list[list[int]] = []
    with closing(_answers(executor, name, items, groups, limits, cancel)) as answers:
        for group, answer in answers:
            if isinstance(answer, AudobonError) and len(group) > 1:
                alone.extend([index] for index in group)
            else:
                yield from _split(group, answer)
    with closing(_answers(executor, name, items, alone, limits, cancel)) as answers:
        for group, answer in answers:
            yield from _split(group, answer)


def _groups(weights: Sequence[int]) -> list[list[int]]:
    groups: list[list[int]] = []
    room, weight = 0, 0
    for index, size in enumerate(weights):
        if room == 0 or weight + size > _HEAVIEST:
            groups.append([])
            room, weight = _MOST, 0
        groups[-1].append(index)
        room, weight = room - 1, weight + size
    return groups


def _answers(
    executor: Executor,
    name: str,
    items: Sequence[Item],
    groups: Sequence[list[int]],
    limits: Limits | None,
    cancel: Callable[[], bool] | None,
) -> Generator[tuple[list[int], Any], None, None]:
    payloads = ({"items": [items[index] for index in group]} for group in groups)
    batch = executor.run_many(name, payloads, limits=limits, cancel=cancel)
    with closing(batch):
        for number, answer in batch:
            yield groups[number], answer


def _split(group: list[int], answer: Any) -> Iterator[tuple[int, Any]]:
    if isinstance(answer, AudobonError):
        yield group[0], answer
        return
    for index, part in zip(group, answer, strict=True):
        error = part.get("error")
        if error is None:
            yield index, part["ok"]
        else:
            yield (
                index,
                error_from_code(
                    error["code"], error["message"], subject=error["subject"], hint=error["hint"]
                ),
            )
