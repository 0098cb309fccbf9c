"""A real Krita on a virtual display: makes paintings, and is measured with the docker in it.

Uses the plugin that the tests of the hosts use: it runs one script inside
Krita, leaves its result and quits.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import evolve

from bench.display import display
from bench.measure import Failed, Sample, run

__all__ = ["Krita"]

_RUNNER = Path(__file__).resolve().parents[2] / "tests" / "hosts" / "krita_runner"
_BENCH = Path(__file__).with_name("krita_plugin")
_KRITARC = "[python]\nenable_audobon_test_runner=true\n"


class Krita:
    """Runs scripts with a home of its own in ``folder``."""

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
        words = json.dumps([str(folder), name, size_mb, first, last])
        script = Path(__file__).with_name("paintings.py")
        self.script(script, {"AUDOBON_BENCH_PAINTING": words})

    def script(self, script: Path, names: Mapping[str, str]) -> tuple[Any, Sample]:
        """What a script's ``main()`` returns inside Krita, and what all of Krita cost.

        ``AUDOBON_BENCH_BEGUN`` tells it when that was started.
        """
        result = self._folder / "krita-result.json"
        result.unlink(missing_ok=True)
        with display() as screen:
            env = {
                **self._home(),
                "DISPLAY": screen,
                "AUDOBON_KRITA_SCRIPT": str(script),
                "AUDOBON_KRITA_RESULT": str(result),
                "AUDOBON_BENCH_BEGUN": str(time.time()),
                **names,
            }
            try:
                cost = run(["krita", "--nosplash"], env=env, cwd=self._folder)
            except Failed as error:
                raise Failed(_told(result) or str(error)) from None
        if (told := _told(result)) or not result.exists():
            raise Failed(told or "Krita ended without running the script")
        return json.loads(result.read_text("utf-8"))["value"], evolve(cost, out="")

    def bring_plugin(self, packed: Path, home: Path) -> None:
        """Put the Audobon plugin there, which ``audobon_bench`` loads instead of Krita itself.

        Its engine is this Python, with the models that are in ``home``.
        """
        self._home()
        share = self._folder / "krita-home" / ".local" / "share"
        shutil.copytree(_BENCH, share / "krita" / "pykrita", dirs_exist_ok=True)
        with zipfile.ZipFile(packed) as opened:
            for name in opened.namelist():
                place = share / "krita" / ("" if name.startswith("actions/") else "pykrita")
                opened.extract(name, place)
        with (self._folder / "krita-home" / ".config" / "kritarc").open("a") as stream:
            stream.write("enable_audobon_bench=true\n")
        data = home / ".local" / "share" / "audobon"
        data.mkdir(parents=True, exist_ok=True)
        (share / "audobon").symlink_to(data, target_is_directory=True)
        engine = json.dumps({"python": sys.executable})
        (data / "worker-environment.json").write_text(engine, "utf-8")

    def memory(self) -> Path:
        """Where the plugin keeps which libraries were open."""
        return self._folder / "krita-home/.local/share/krita/audobon/recent.json"

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
