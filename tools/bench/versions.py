"""Five versions of a small production: one large scene, one of many objects, two paintings."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from bench.measure import run
from bench.ours import drive
from bench.scales import Scale
from bench.tools import Place

__all__ = ["Versions"]

SEED = 7
_EDITS = {
    1: {"hero": 1, "props": 1, "paint": 1, "sketch": 1},
    2: {"hero": 2},
    3: {"props": 2},
    4: {"paint": 2},
    5: {"hero": 3, "sketch": 2},
}
"""Version -> the state of each file that is new in it. Version 2 edits the large file alone."""

_BLENDER = ("blender", "-b", "--factory-startup", "--python-exit-code", "1")
_SUFFIX = {"hero": "blend", "props": "blend", "paint": "kra", "sketch": "kra"}


class Versions:
    """Makes the files once a run and puts them where the tools look.

    Scenes are made and edited by Blender where it is installed and the scale
    asks for it (``made_by`` says so), each state in a session of its own.
    """

    def __init__(self, place: Place, scale: Scale, say: Callable[[str], None]) -> None:
        self.place, self.scale, self.say = place, scale, say
        self.real = scale.real_files and shutil.which("blender") is not None
        self._states = place.folder / "states"
        self._states.mkdir()

    @property
    def made_by(self) -> str:
        return "Blender" if self.real else "the generator"

    def state(self, name: str, number: int) -> Path:
        """The file ``name`` in its state ``number`` from 1, made at the first need."""
        path = self._states / f"{name}_{number}.{_SUFFIX[name]}"
        if not path.exists():
            self.say(f"making {path.name}")
            size_mb = getattr(self.scale, f"{name}_mb")
            if self.real and _SUFFIX[name] == "blend":
                if number > 1:
                    self.state(name, number - 1)
                self._by_blender(name, size_mb, number)
            else:
                kind = "painting" if _SUFFIX[name] == "kra" else f"{name}_blend"
                extra = {"seed": SEED, "edit": number - 1, "size": int(size_mb * 1e6)}
                drive(self.place, "make_corpus", kind=kind, path=path, **extra)
        return path

    def _by_blender(self, name: str, size_mb: float, number: int) -> None:
        script = Path(__file__).with_name("scenes.py")
        words = [str(self._states), name, str(size_mb), str(number)]
        env = {k: v for k, v in self.place.env.items() if k != "PYTHONPATH"}
        run(
            [*_BLENDER, "--python", str(script), "--", *words],
            env=env,
            cwd=self.place.folder,
        )

    def put(self, name: str, number: int, source: Path) -> None:
        """Save a state over the working file, as a host does: with a new time stamp."""
        target = source / f"{name}.{_SUFFIX[name]}"
        shutil.copyfile(self.state(name, number), target)
        os.utime(target)

    def advance(self, version: int, source: Path) -> None:
        """Edit the working files from version ``version - 1`` to ``version``."""
        for name, number in _EDITS[version].items():
            self.put(name, number, source)

    def expected(self, version: int, folder: Path) -> None:
        """What a restore of ``version`` must give."""
        folder.mkdir(parents=True, exist_ok=True)
        for number in range(1, version + 1):
            self.advance(number, folder)
