"""Five versions of a small production: one large scene, one of many objects, two paintings."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.krita import Krita
from bench.measure import run
from bench.ours import drive
from bench.scales import Scale
from bench.tools import Place

__all__ = ["Versions"]

SEED = 7
_EDITS = {
    1: {"hero": 1, "props": 1, "paint": 1, "sketch": 1},
    2: {"hero": 2},
    3: {"hero": 3, "props": 2, "paint": 2},
    4: {"hero": 4, "props": 3, "sketch": 2},
    5: {"hero": 5, "props": 4, "paint": 3, "sketch": 3},
}
"""Version -> the state of each file that is new in it. Version 2 edits the large file alone."""

_BLENDER = ("blender", "-b", "--factory-startup", "--python-exit-code", "1")
_SUFFIX = {"hero": "blend", "props": "blend", "paint": "kra", "sketch": "kra"}
_SESSIONS = {"paint": ((1, 2), (3, 3)), "sketch": ((1, 1), (2, 3))}
"""First and last state of each session of Krita: a painting goes on, or is opened anew."""


class Versions:
    """Makes the files once a run and puts them where the tools look.

    Scenes and paintings are made and edited by Blender and Krita where they
    are installed and the scale asks for it (``made_by`` says so). Each state of a
    scene comes from a session of its own. ``form`` is ``plain``, or ``zstd`` for
    scenes in Blender's compression; the paintings are then those of ``others``.
    """

    def __init__(
        self,
        place: Place,
        scale: Scale,
        say: Callable[[str], None],
        *,
        form: str = "plain",
        others: Versions | None = None,
    ) -> None:
        self.place, self.scale, self.say, self.form = place, scale, say, form
        self._others = others
        self.real = scale.real_files and shutil.which("blender") is not None
        self.painted = scale.real_files and Krita.is_here()
        self._states = place.folder / f"states-{form}"
        self._states.mkdir()

    @property
    def made_by(self) -> str:
        """Who wrote the scenes and the paintings, as a sentence goes on."""
        scenes = "Blender" if self.real else "the generator"
        paintings = "Krita" if self.painted else "the generator"
        return f"scenes are written by {scenes}, paintings by {paintings}"

    def state(self, name: str, number: int) -> Path:
        """The file ``name`` in its state ``number`` from 1, made at the first need."""
        if self._others is not None and _SUFFIX[name] == "kra":
            return self._others.state(name, number)
        path = self._states / f"{name}_{number}.{_SUFFIX[name]}"
        if not path.exists():
            self.say(f"making {path.name}")
            if self.real and _SUFFIX[name] == "blend":
                if number > 1:
                    self.state(name, number - 1)
                self._by_blender(name, number)
            elif self.painted and _SUFFIX[name] == "kra":
                self._by_krita(name, number)
            else:
                self._generated(name, number, path)
        return path

    def _size_mb(self, name: str) -> float:
        return float(getattr(self.scale, f"{name}_mb"))

    def _generated(self, name: str, number: int, path: Path) -> None:
        kind = "painting" if _SUFFIX[name] == "kra" else f"{name}_blend"
        extra: dict[str, Any] = {
            "seed": SEED,
            "edit": number - 1,
            "size": int(self._size_mb(name) * 1e6),
        }
        if kind != "painting":
            extra["form"] = self.form
        drive(self.place, "make_corpus", kind=kind, path=path, **extra)

    def _by_blender(self, name: str, number: int) -> None:
        script = Path(__file__).with_name("scenes.py")
        words = [str(self._states), name, str(self._size_mb(name)), str(number), self.form]
        env = {k: v for k, v in self.place.env.items() if k != "PYTHONPATH"}
        run(
            [*_BLENDER, "--python", str(script), "--", *words],
            env=env,
            cwd=self.place.folder,
        )

    def _by_krita(self, name: str, number: int) -> None:
        first, last = next(one for one in _SESSIONS[name] if one[0] <= number <= one[1])
        if first > 1:
            self.state(name, first - 1)
        Krita(self.place.folder).paint(self._states, name, self._size_mb(name), first, last)

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
