"""Who is let in: a request begins when the machine has the memory that it is expected to take."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from audobon.errors import Cancelled, LimitExceeded
from audobon.model.job import Need
from audobon.system.memory import Memory, machine_memory
from audobon.work.executor import Executor
from audobon.work.needs import Needs
from audobon.work.tokens import device_turn

__all__ = ["Admission"]

_POLL_S = 0.05
_PATIENCE_S = 30.0
# Of somebody who waits for a click while other programs hold the memory.
_LEAST_FREE = 512 << 20  # bytes that stay free for everybody else, or the share:
_FREE_SHARE = 16
_KEPT_SHARE = 4
# Of the memory: what one idle worker may hold, so that a network is not loaded for each picture.
_KEPT = 512 << 20  # the same where memory is short
_SMALL = 64 << 20  # less than this is not worth ending a worker for
_GIB = 1 << 30


class Admission:
    """Admits the requests of one runner.

    ``folder`` is where all processes of a user remember what requests took and
    take turns at devices; with None nothing is remembered and no turns are
    taken. ``machine`` reads the machine's memory.
    """

    def __init__(
        self, folder: Path | None = None, *, machine: Callable[[], Memory] = machine_memory
    ) -> None:
        self.executors: tuple[Executor, ...] = ()
        """All that may be asked to let go of memory."""
        self._folder = folder
        self._machine = machine
        self._needs = Needs(None if folder is None else folder / "needs.json")
        self._admitted: dict[Executor, int] = {}
        # Which process of an executor has run what, and so holds its networks.
        self._ran: dict[Executor, tuple[int | None, set[str]]] = {}
        self._lock = threading.Lock()

    def may_keep(self) -> int:
        """Bytes that an idle worker may hold beyond what it needs at rest."""
        memory = self._machine()
        short = memory.free < 2 * _reserve(memory)
        return _KEPT if short else max(memory.total // _KEPT_SHARE, _KEPT)

    @contextlib.contextmanager
    def admitted(
        self, executor: Executor, need: Need, cancel: Callable[[], bool], *, urgent: bool
    ) -> Iterator[None]:
        """Wait until a request may begin, and remember what it took.

        LimitExceeded when it can never fit into this machine, or when an
        ``urgent`` one has waited in vain; Cancelled when ``cancel`` says so.
        """
        expected = self._needs.expected(need)
        self._wait(executor, need, expected, cancel, urgent=urgent)
        try:
            with contextlib.ExitStack() as stack:
                # An urgent one holds the others instead (see work.lanes).
                if need.device and not urgent and self._folder is not None:
                    stack.enter_context(device_turn(self._folder, need.device, cancel))
                first, before = not self._has_run(executor, need), executor.grown
                try:
                    yield
                finally:  # also when the caller leaves its batch
                    if executor.peak > before:
                        self._note(executor, need)
                        self._needs.took(need, executor.peak - before, first=first)
        finally:
            with self._lock:
                del self._admitted[executor]

    def _wait(
        self,
        executor: Executor,
        need: Need,
        expected: int,
        cancel: Callable[[], bool],
        *,
        urgent: bool,
    ) -> None:
        memory = self._machine()
        if memory.total and expected > memory.total - _reserve(memory):
            raise LimitExceeded(
                f"{need.what} needs about {_shown(expected)} of memory; this machine has "
                f"{_shown(memory.total)}, of which {_shown(_reserve(memory))} stay free",
                subject=need.what,
                hint="take a smaller picture, or a machine with more memory",
            )
        begun = time.monotonic()
        while not self._admit(executor, need, expected):
            if cancel():
                raise Cancelled("the task is cancelled")
            if urgent and not self._admitted and time.monotonic() - begun > _PATIENCE_S:
                raise LimitExceeded(
                    f"{need.what} needs about {_shown(expected)} of memory, and "
                    f"{_shown(self._machine().free)} are free",
                    subject=need.what,
                    hint="close other programs, or take a smaller picture",
                )
            time.sleep(_POLL_S)

    def _admit(self, executor: Executor, need: Need, expected: int) -> bool:
        with self._lock:
            idle = [each for each in self.executors if each not in self._admitted]
            # One after the other lets go of what it holds, the one that is to do it last.
            for each in (None, *sorted(idle, key=lambda each: each is executor)):
                if each is not None and not (each.grown > _SMALL and each.let_go()):
                    continue
                if self._fits(executor, need, expected):
                    self._admitted[executor] = expected
                    return True
        return False

    def _fits(self, executor: Executor, need: Need, expected: int) -> bool:
        memory = self._machine()
        if not memory.total:
            return True  # nothing is known here: the limits of the worker remain
        promised = sum(max(most - each.grown, 0) for each, most in self._admitted.items())
        held = executor.grown if self._has_run(executor, need) else 0
        missing = max(expected - held, 0)
        return missing == 0 or memory.free - promised - _reserve(memory) >= missing

    def _has_run(self, executor: Executor, need: Need) -> bool:
        """Whether the worker still holds what such a request loads."""
        pid, names = self._ran.get(executor, (None, set()))
        return pid is not None and pid == executor.pid and need.name in names

    def _note(self, executor: Executor, need: Need) -> None:
        pid, names = self._ran.get(executor, (None, set()))
        self._ran[executor] = (executor.pid, {*(names if pid == executor.pid else ()), need.name})


def _reserve(memory: Memory) -> int:
    """Bytes that stay free for everybody else."""
    return max(_LEAST_FREE, memory.total // _FREE_SHARE)


def _shown(size: int) -> str:
    return f"{size / _GIB:.1f} GiB"
