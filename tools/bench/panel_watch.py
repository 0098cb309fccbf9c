"""Times the calls of an add-on in its host's main thread.

Knows no host: classes, functions and lists of functions are given to it.
"""

from __future__ import annotations

import functools
import inspect
import threading
import time
from collections.abc import Callable, Iterable, MutableSequence
from typing import Any

__all__ = ["Watch"]

Function = Callable[..., Any]


class Watch:
    """``calls`` has, by kind of call, pairs of milliseconds: by the clock, and of the own CPU time.

    A call inside another one counts as a part of that. What other threads
    call is not counted.
    """

    def __init__(self) -> None:
        self.calls: dict[str, list[tuple[float, float]]] = {}
        self._inside = False
        self._main = threading.get_ident()

    def wrap(self, kind: str, function: Function) -> Function:
        """The same function, timed."""

        @functools.wraps(function)
        def timed(*words: Any, **how: Any) -> Any:
            if self._inside or threading.get_ident() != self._main:
                return function(*words, **how)
            self._inside = True
            clock, own = time.perf_counter(), time.thread_time()
            try:
                return function(*words, **how)
            finally:
                took = (time.perf_counter() - clock, time.thread_time() - own)
                self.calls.setdefault(kind, []).append((took[0] * 1000, took[1] * 1000))
                self._inside = False

        return timed

    def methods(self, kind: str, owner: Any, names: Iterable[str], *, package: str = "") -> None:
        """Time these methods of a class or of an object, as far as it has them.

        With ``package`` only those whose code is in it: others are the host's own.
        """
        for name in names:
            try:
                found = inspect.getattr_static(owner, name)
            except AttributeError:
                continue
            plain = getattr(found, "__func__", found)
            if not callable(plain) or not getattr(plain, "__module__", "").startswith(package):
                continue
            timed: Any = _shaped(self.wrap(kind, plain), plain)
            if isinstance(found, classmethod | staticmethod):
                timed = type(found)(timed)
            setattr(owner, name, timed)

    def listed(self, kind: str, functions: MutableSequence[Any], package: str) -> int:
        """Time the functions of a package in a list that a host calls; how many."""
        ours = [
            at
            for at, one in enumerate(functions)
            if str(getattr(one, "__module__", "")).startswith(package)
        ]
        for at in ours:
            functions[at] = self.wrap(kind, functions[at])
        return len(ours)

    def take(self) -> dict[str, list[tuple[float, float]]]:
        """What was noted since the last time."""
        found, self.calls = self.calls, {}
        return found


def _shaped(timed: Function, plain: Function) -> Function:
    """``timed`` with as many arguments as ``plain``: Blender counts those of the code itself."""
    names = ", ".join(f"_{number}" for number in range(plain.__code__.co_argcount))
    made: Function = eval(f"lambda {names}: timed({names})", {"timed": timed})
    return made
