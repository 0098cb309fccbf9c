"""Runs a script with PyQt6 and the krita module beside this: ``qt6_runner.py SCRIPT RESULT``.

What its ``main()`` returns, or the traceback, is left as JSON.
"""

from __future__ import annotations

import json
import runpy
import sys
import traceback
from pathlib import Path


def main() -> None:
    script, result = sys.argv[1:3]
    here = Path(__file__).resolve().parent
    sys.path[:0] = [str(here / "fake_krita"), str(here.parents[1] / "addons" / "krita")]
    from PyQt6 import QtCore, QtWidgets

    app = QtWidgets.QApplication(sys.argv[:1])
    app.setStyle("fusion")

    def work() -> None:
        try:
            found = {"value": runpy.run_path(script)["main"]()}
            assert "PyQt5" not in sys.modules
        except BaseException:  # noqa: BLE001 - whatever it was, the test must be told
            found = {"error": traceback.format_exc()}
        Path(result).write_text(json.dumps(found), "utf-8")
        app.quit()

    from krita import Krita

    import audobon_krita
    from audobon_krita.host import qt

    assert not audobon_krita.trouble, audobon_krita.trouble
    assert qt.MAJOR == 6
    Krita.instance().begin()
    QtCore.QTimer.singleShot(0, work)
    app.exec()


if __name__ == "__main__":
    main()
