"""A test-only Krita plugin: runs one script inside Krita, leaves a JSON result, quits.

The script named by AUDOBON_KRITA_SCRIPT defines ``main()``, which returns what
JSON can hold; that (or the traceback) goes to AUDOBON_KRITA_RESULT. Without
the variable the plugin does nothing.
"""

from __future__ import annotations

import json
import os
import runpy
import traceback

from krita import Krita
from PyQt5.QtCore import QThread, QTimer

_POLL_MS = 100  # unnoticed beside the three seconds that Krita takes to start
_QUIT_MS = 10_000  # Krita ends within a second; longer means that a dialog is in the way


def _finish(status: int) -> None:
    if status:
        os._exit(status)
    Krita.instance().action("file_quit").trigger()
    QTimer.singleShot(_QUIT_MS, lambda: os._exit(4))


def _ready() -> bool:
    # While Krita starts, it handles events before its main loop runs: the
    # window is half built then, and a quit closes it without ending Krita.
    in_main_loop = QThread.currentThread().loopLevel() > 0
    window = Krita.instance().activeWindow()
    return in_main_loop and window is not None and window.qwindow().isVisible()


def _run() -> None:
    if not _ready():
        QTimer.singleShot(_POLL_MS, _run)
        return
    status = 0
    try:
        result = {"value": runpy.run_path(os.environ["AUDOBON_KRITA_SCRIPT"])["main"]()}
        text = json.dumps(result)
    except BaseException:  # noqa: BLE001 - whatever it was, the test must be told
        text = json.dumps({"error": traceback.format_exc()})
        status = 3
    with open(os.environ["AUDOBON_KRITA_RESULT"], "w", encoding="utf-8") as stream:
        stream.write(text)
    _finish(status)


if "AUDOBON_KRITA_SCRIPT" in os.environ:
    QTimer.singleShot(_POLL_MS, _run)
