"""A real Krita on a virtual display, to make paintings with.

Uses the plugin that the tests of the hosts use: it runs one script inside
Krita, leaves its result and quits.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

from bench.display import display
from bench.measure import Failed, run

__all__ = ["Krita"]

_RUNNER = Path(__file__).resolve().parents[2] / "tests" / "hosts" / "krita_runner"
_KRITARC = "[python]\nenable_audobon_test_runner=true\n"


class Krita:
    """Runs ``paintings`` with a home of its own in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @staticmethod
    def is_here() -> bool:
        """Whether Krita and the display can be started."""
        return all(shutil.which(name) for name in ("krita", "Xvfb")) and _RUNNER.is_dir()

    def paint(self, folder: Path, name: str, size_mb: float, first: int, last: int) -> None:
        """Save the states ``first`` to ``last`` of a painting to ``folder`` in one session.

        Failed, with what went wrong inside Krita.
        """
        result = self._folder / "krita-result.json"
        result.unlink(missing_ok=True)
        with display() as screen:
            env = {
                **self._home(),
                "DISPLAY": screen,
                "AUDOBON_KRITA_SCRIPT": str(Path(__file__).with_name("paintings.py")),
                "AUDOBON_KRITA_RESULT": str(result),
                "AUDOBON_BENCH_PAINTING": json.dumps([str(folder), name, size_mb, first, last]),
            }
            try:
                run(["krita", "--nosplash"], env=env, cwd=self._folder)
            except Failed as error:
                raise Failed(_told(result) or str(error)) from None
        if (told := _told(result)) or not result.exists():
            raise Failed(told or "Krita ended without running the script")

    def _home(self) -> dict[str, str]:
        """Nothing of ours: Krita's Python looks for its library beside the first ``python3``."""
        home = self._folder / "krita-home"
        if not home.exists():
            plugins = home / ".local" / "share" / "krita" / "pykrita"
            shutil.copytree(_RUNNER, plugins, ignore=shutil.ignore_patterns("__pycache__"))
            (home / ".config").mkdir(parents=True)
            (home / ".config" / "kritarc").write_text(_KRITARC, "utf-8")
            (home / "runtime").mkdir(mode=0o700)
        return {
            "HOME": str(home),
            "XDG_RUNTIME_DIR": str(home / "runtime"),
            "PATH": os.defpath,
            "LC_ALL": "C.UTF-8",
        }


def _told(result: Path) -> str:
    """The traceback that the runner left, or empty."""
    if not result.exists():
        return ""
    return str(json.loads(result.read_text("utf-8")).get("error", ""))
