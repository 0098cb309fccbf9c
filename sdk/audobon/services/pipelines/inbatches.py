"""Many pictures through one network: a hundred in a task, each result delivered as it is there.

A worker that dies loses what it had begun and not yet given. Those pictures
are done again one by one, so that only one that kills workers by itself is
blamed, however often workers are killed from outside.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from itertools import chain
from typing import Any

from attrs import evolve

from audobon.errors import AudobonError, Cancelled, LimitExceeded, WorkerDied, error_from_code
from audobon.model.asset import Asset
from audobon.model.job import Limits, Need
from audobon.services.pipelines.results import Wanted
from audobon.work.executor import Executor

__all__ = ["run_batches"]

Deliver = Callable[[int, dict[str, Any] | AudobonError, Sequence[Any]], None]

_MOST = 96
"""Pictures of a task: some 0.8 s. Between two tasks the network waits for the first picture and the
decoder for the last, one of each; what is urgent does not wait for an end, it pauses this."""
_PIXELS = 100_000_000
"""Of a task together, as they may be decoded at once: 48 bytes are needed for one at most."""
_UNTOLD = 1_000_000  # pixels of a picture whose file does not tell
_DEATHS = 2
"""Workers that die over a picture alone before it is blamed: most of a second with other
pictures came before, so three chance kills would have to meet the same 20 milliseconds."""
_BARREN = 10
"""Workers in a row that die before they begin a picture, before the environment is blamed."""
_WINDOW = 2  # tasks on their way: a worker never waits


def run_batches(
    executor: Executor,
    task: Mapping[str, Any],
    items: Iterator[tuple[int, Wanted]],
    *,
    limits: Limits,
    cancel: Callable[[], bool],
    need: Callable[[Asset], Need],
    deliver: Deliver,
) -> None:
    """Compute ``items``, numbers with what is wanted of them, by the task ``model.squares``.

    ``task`` is its payload but for the files. ``deliver`` is called once for
    each number, in this thread, with what was made or why nothing was, and the
    values of what the task computes ``also``. Raises Cancelled after
    ``cancel``, and what ``items`` and ``deliver`` raise.
    """
    run = _Run(task, items, deliver)
    while run.more():
        groups = executor.run_many(
            *("model.squares", run.payloads()),
            limits=limits,
            cancel=cancel,
            part=run.part,
            window=_WINDOW,
            need=run.need(need),
        )
        with closing(groups):
            for number, outcome in groups:
                run.ended(number, outcome)


class _Run:
    def __init__(
        self, task: Mapping[str, Any], items: Iterator[tuple[int, Wanted]], deliver: Deliver
    ) -> None:
        self._task, self._items, self._deliver = task, items, deliver
        self._ahead: tuple[int, Wanted] | None = None
        self._again: deque[tuple[int, Wanted]] = deque()
        self._alone: deque[tuple[int, Wanted]] = deque()
        self._groups: list[list[tuple[int, Wanted]]] = []
        self._begun: set[int] = set()
        self._open: set[int] = set()
        self._deaths: dict[int, int] = {}
        self._barren = 0

    def more(self) -> bool:
        """Whether anything is left to be sent."""
        if self._ahead is None and not self._again:
            self._ahead = next(self._items, None)
        return bool(self._alone or self._again or self._ahead)

    def need(self, of: Callable[[Asset], Need]) -> Need | None:
        """What a picture of those to come needs; many are decoded one after the other."""
        item = next(chain(self._alone, self._again, (self._ahead,)))
        if item is None:
            return None
        found = of(item[1].asset)
        return evolve(found, name=f"{found.name} many")

    def payloads(self) -> Iterator[Mapping[str, Any]]:
        """The next tasks; one call's numbers begin with 0."""
        self._groups = []
        while self.more():
            group = [self._alone.popleft()] if self._alone else self._group()
            self._groups.append(group)
            self._open.update(number for number, _ in group)
            yield {**self._task, "paths": [want.asset.file for _, want in group]}

    def _group(self) -> list[tuple[int, Wanted]]:
        group: list[tuple[int, Wanted]] = []
        room = _PIXELS
        while len(group) < _MOST and (item := self._next()) is not None:
            asset = item[1].asset
            room -= (asset.width or 0) * (asset.height or 0) or _UNTOLD
            if group and room < 0:
                self._again.appendleft(item)
                break
            group.append(item)
        return group

    def _next(self) -> tuple[int, Wanted] | None:
        if self._again:
            return self._again.popleft()
        item, self._ahead = self._ahead, None
        return item or next(self._items, None)

    def part(self, group: int, part: Any) -> None:
        """What a worker gives: that it begins with a picture, or what became of it."""
        place, outcome = part
        item = self._groups[group][place]
        if outcome is None:
            self._begun.add(item[0])
            return
        if "error" not in outcome:
            values, *also = outcome["ok"]
            made = {"values": values}
            if "device" in outcome:
                made["device"] = outcome["device"]
            self._finish(item[0], made, also)
            return
        told = outcome["error"]
        error = error_from_code(
            told["code"], told["message"], subject=told["subject"], hint=told["hint"]
        )
        if isinstance(error, LimitExceeded) and len(self._groups[group]) > 1:
            self._open.discard(item[0])
            self._alone.append(item)  # the others had their share of the memory
        else:
            self._finish(item[0], error)

    def ended(self, group: int, outcome: Any) -> None:
        """A task is over: blame what has to be, and do the rest again."""
        left = [item for item in self._groups[group] if item[0] in self._open]
        self._open.difference_update(number for number, _ in left)
        if not left:
            self._barren = 0
        elif isinstance(outcome, LimitExceeded):  # WorkerDied is one
            self._died(left, outcome, alone=len(self._groups[group]) == 1)
        else:
            if not isinstance(outcome, AudobonError):
                outcome = AudobonError("the worker has left pictures out")
            for number, _ in left:
                self._finish(number, outcome)

    def _died(self, left: list[tuple[int, Wanted]], error: AudobonError, *, alone: bool) -> None:
        begun = [item for item in left if item[0] in self._begun]
        self._barren = 0 if begun else self._barren + 1
        if self._barren >= _BARREN:
            raise error
        self._begun.difference_update(number for number, _ in begun)
        for item in begun:
            deaths = self._deaths[item[0]] = self._deaths.get(item[0], 0) + alone
            if alone and (deaths >= _DEATHS or not isinstance(error, WorkerDied)):
                self._finish(item[0], error)
            else:
                self._alone.append(item)
        rest = [item for item in left if item not in begun]
        (self._alone if alone else self._again).extendleft(reversed(rest))

    def _finish(
        self, number: int, outcome: dict[str, Any] | AudobonError, also: Sequence[Any] = ()
    ) -> None:
        self._open.discard(number)
        self._begun.discard(number)
        if isinstance(outcome, Cancelled):
            raise outcome
        self._deliver(number, outcome, also)
