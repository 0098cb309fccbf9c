"""Loads the Audobon plugin in Krita's stead and takes the time of its calls in the main thread.

``AUDOBON_BENCH_BEGUN`` is when Krita was started, in seconds of the system's clock. With
``AUDOBON_BENCH_PLUGIN`` the plugin is imported, otherwise this is a Krita without it. ``TOLD``
has milliseconds; ``TIMES`` the calls by their name: by the clock, and by the thread's own time.
"""

from __future__ import annotations

import functools
import os
import time
from collections.abc import Callable
from typing import Any

from krita import Krita
from PyQt5.QtCore import QThread, QTimer

TOLD: dict[str, float] = {}
TIMES: dict[str, list[tuple[float, float]]] = {}
_POLL_MS = 2


def timed(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
    """The same call, which notes what it took."""
    taken = TIMES.setdefault(name, [])

    @functools.wraps(call)
    def wrapped(*words: Any) -> Any:
        clock, own = time.perf_counter(), time.thread_time()
        try:
            return call(*words)
        finally:
            taken.append(((time.perf_counter() - clock) * 1000, (time.thread_time() - own) * 1000))

    return wrapped


def _load() -> None:
    clock, own = time.perf_counter(), time.thread_time()
    import audobon_krita

    TOLD["import and register"] = (time.perf_counter() - clock) * 1000
    TOLD["import and register, own"] = (time.thread_time() - own) * 1000
    if audobon_krita.trouble:
        raise RuntimeError(audobon_krita.trouble)
    from audobon_krita.ui import closer, panel, registering, tiles

    registering.Docker.__init__ = timed("docker made", registering.Docker.__init__)
    # Looked up at each step, unlike the docker's own method, which the timer holds.
    panel.Panel.step = timed("step", panel.Panel.step)
    tiles.Tiles.paintEvent = timed("paint", tiles.Tiles.paintEvent)
    closer.Closer.step = timed("large picture", closer.Closer.step)


def _look() -> None:
    window = Krita.instance().activeWindow()
    in_main_loop = QThread.currentThread().loopLevel() > 0
    if in_main_loop and window is not None and window.qwindow().isVisible():
        TOLD["ready"] = (time.time() - float(os.environ["AUDOBON_BENCH_BEGUN"])) * 1000
    else:
        QTimer.singleShot(_POLL_MS, _look)


if os.environ.get("AUDOBON_BENCH_PLUGIN"):
    _load()
if "AUDOBON_BENCH_BEGUN" in os.environ:
    QTimer.singleShot(_POLL_MS, _look)
