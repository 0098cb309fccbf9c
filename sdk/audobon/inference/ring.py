"""Many pictures through one network: threads fill its inputs while others are computed.

Each request of the ring has an input of its own that stays bound to it, so
nothing is copied on the way in. The results are taken in the order in which
inputs were filled, in the thread that asked.
"""

from __future__ import annotations

import contextlib
import itertools
import queue
import threading
from collections.abc import Callable, Generator, Mapping
from typing import Any

import numpy as np

from audobon.errors import AudobonError, Invalid
from audobon.inference import door
from audobon.inference.convert.wrapping import TYPES
from audobon.inference.session import Session, collected

__all__ = ["Ring", "ring_of"]

Array = np.ndarray[Any, Any]
Fill = Callable[[int, Array], None]
Outcome = Mapping[str, Array] | Exception
_TICK_S = 0.02  # between two looks whether to stop, while nothing is there to be taken
_AHEAD = 2  # requests for each stream: one is computed while the next one waits


class _Slot:
    def __init__(self, compiled: Any, openvino: Any) -> None:
        port = compiled.inputs[0]
        self.request = compiled.create_infer_request()
        self.array = np.zeros(list(port.shape), port.get_element_type().to_dtype())
        self.request.set_input_tensor(openvino.Tensor(self.array, shared_memory=True))


class Ring:
    """The requests of a session whose network takes one input of a fixed shape.

    Best with a session for many pictures (``Choice.streams``). One call of
    :meth:`run` at a time.
    """

    def __init__(self, session: Session, threads: int) -> None:
        if len(session.inputs) != 1 or session.compiled.inputs[0].get_partial_shape().is_dynamic:
            raise Invalid("only networks with one input of a fixed shape take many pictures")
        kind = TYPES.get(session.inputs[0].dtype)
        if kind is not None and session.compiled.inputs[0].get_element_type().to_dtype() != kind:
            raise Invalid(f"the network does not take {session.inputs[0]}")
        self.session, self.threads = session, threads
        with door.translated(f"the network cannot be fed on {session.device}"):
            streams = int(session.compiled.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS"))
            count = streams * _AHEAD + threads
            self._slots = [_Slot(session.compiled, door.load()) for _ in range(count)]

    def run(
        self, fill: Fill, count: int, check: Callable[[], None] = lambda: None
    ) -> Generator[tuple[int, Outcome], None, None]:
        """``(number, outcome)`` for each number below ``count``, as they are done.

        ``fill(number, array)`` writes one picture, in one of ``threads``
        threads. An outcome is what the network gave, by the names of the
        contract, or what ``fill`` raised, or Corrupt. ``check`` is called at
        least for each picture and every 20 ms, and may raise to stop. However
        the loop ends, nothing runs on after it.
        """
        work = _Work(self._slots, fill, count)
        threads = [
            threading.Thread(target=work.feed, name="audobon-decode", daemon=True)
            for _ in range(min(self.threads, count))
        ]
        for thread in threads:
            thread.start()
        try:
            for _ in range(count):
                number, slot, failed = work.take(check)
                outcome = failed or self._outcome(slot, check)
                work.free.put(slot)
                yield number, outcome
        finally:
            work.end(threads)

    def _outcome(self, slot: _Slot, check: Callable[[], None]) -> Outcome:
        try:
            return collected(slot.request, self.session.outputs, self.session.device, _ignored)
        except AudobonError as error:
            check()  # a cancel is no failure of the picture
            return error


def _ignored() -> None:
    """A network of this kind takes milliseconds: nothing is worth stopping inside it."""


class _Work:
    """One call of run: inputs that are free, and those that are on their way."""

    def __init__(self, slots: list[_Slot], fill: Fill, count: int) -> None:
        self.free: queue.SimpleQueue[_Slot | None] = queue.SimpleQueue()
        for slot in slots:
            self.free.put(slot)
        self._flying: queue.SimpleQueue[tuple[int, _Slot, Exception | None]] = queue.SimpleQueue()
        self._fill, self._count = fill, count
        self._numbers = itertools.count()
        self._stopped = threading.Event()

    def feed(self) -> None:
        while (slot := self.free.get()) is not None and not self._stopped.is_set():
            number = next(self._numbers)
            if number >= self._count:
                return
            failed: Exception | None = None
            try:
                self._fill(number, slot.array[0])
                slot.request.start_async()
            except Exception as error:  # noqa: BLE001  # of this picture alone
                failed = error
            self._flying.put((number, slot, failed))

    def take(self, check: Callable[[], None]) -> tuple[int, _Slot, Exception | None]:
        check()
        while True:
            try:
                return self._flying.get(timeout=_TICK_S)
            except queue.Empty:
                check()

    def end(self, threads: list[threading.Thread]) -> None:
        """Wait until nothing is decoded or computed any more."""
        self._stopped.set()
        for _ in threads:
            self.free.put(None)
        for thread in threads:
            thread.join()
        while not self._flying.empty():
            _, slot, failed = self._flying.get()
            if failed is None:
                slot.request.cancel()
                with contextlib.suppress(RuntimeError):  # it was cancelled
                    slot.request.wait()


def ring_of(session: Session, threads: int) -> Ring:
    """The session's ring, made at its first use and as warm as the session."""
    ring = session.ring
    if not isinstance(ring, Ring) or ring.threads != threads:
        ring = session.ring = Ring(session, threads)
    return ring
