"""Questions that one process asks and another answers, as files in a folder of both.

For a worker that may write a few folders and use no network: who asks the network for it opens no
file of a stranger, and reads nothing here but these texts.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable
from pathlib import Path

__all__ = ["Letterbox"]

_ASKED, _TOLD, _PART = ".asked", ".told", ".part"
_BROKEN, _END = "broken", "end"
_TICK_S = 0.01  # between two looks: a hundredth of what an answer over a network takes


class Letterbox:
    """The folder ``folder``, which is there. One process asks at a time, and one answers.

    What fails of the file system is an OSError.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def ask(self, question: bytes, check: Callable[[], None]) -> bytes:
        """The answer to a question, waited for. ``check`` is called meanwhile and may raise.

        Where nobody answers any more, that is what :meth:`give_up` said.
        """
        name = f"{time.monotonic_ns():020d}"
        told = self.folder / (name + _TOLD)
        self._put(name + _ASKED, question)
        while True:
            with contextlib.suppress(FileNotFoundError):
                answer = told.read_bytes()
                told.unlink()
                return answer
            with contextlib.suppress(FileNotFoundError):
                return (self.folder / _BROKEN).read_bytes()
            check()
            time.sleep(_TICK_S)

    def take(self) -> tuple[str, bytes] | None:
        """The oldest question with its name, which is then no longer there; None for none."""
        names = sorted(each for each in os.listdir(self.folder) if each.endswith(_ASKED))
        if not names:
            return None
        path = self.folder / names[0]
        question = path.read_bytes()
        path.unlink()
        return names[0].removesuffix(_ASKED), question

    def tell(self, name: str, answer: bytes) -> None:
        """Answer the question of that name."""
        self._put(name + _TOLD, answer)

    def give_up(self, answer: bytes) -> None:
        """Nobody answers any more: ``answer`` is what every question gets."""
        self._put(_BROKEN, answer)

    def end(self) -> None:
        """Nobody asks any more."""
        self._put(_END, b"")

    @property
    def ended(self) -> bool:
        """Whether nobody asks any more."""
        return (self.folder / _END).exists()

    @staticmethod
    def rest() -> None:
        """Wait until it is worth looking again."""
        time.sleep(_TICK_S)

    def _put(self, name: str, data: bytes) -> None:
        part = self.folder / (name + _PART)
        part.write_bytes(data)
        os.replace(part, self.folder / name)
