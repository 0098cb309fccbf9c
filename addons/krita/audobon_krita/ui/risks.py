# SPDX-License-Identifier: GPL-3.0-or-later
"""What may write open documents: never over unsaved work, unless the person says so."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ..host import opened
from ..host.documents import Refused
from ..logic import history as logic

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..logic.app import App
    from .asking import Ask

    Touches = Callable[[str], bool]
    Then = Callable[[bool], None]
    Do = Callable[[Then, logic.Choice], None]

__all__ = ["Risks"]


class Risks:
    """Asks what becomes of unsaved work, does what was said, and loads again what was written.

    ``touches`` says of the path of an open document whether its file may be
    written. ``do`` begins it, and is given what the session is to call at its
    end. ``file`` is the one that will be written, where that is known before.
    """

    def __init__(self, app: App, say: Callable[[str], None]) -> None:
        self._app = app
        self._say = say

    @staticmethod
    def dirty(touches: Touches) -> tuple[opened.Opened, ...]:
        """The open documents with unsaved changes that it is about."""
        return tuple(each for each in opened.opened() if each.changed and touches(each.path))

    def answers(
        self, verb: str, touches: Touches, do: Do, *, blocked: bool = False, file: str = ""
    ) -> list[tuple[str, Callable[[], object]]]:
        """The buttons of a question."""
        found = logic.choices(verb, dirty=bool(self.dirty(touches)), blocked=blocked)
        return [(one.text, partial(self.go, one, touches, do, file=file)) for one in found]

    def ask(
        self, question: Ask, text: str, verb: str, touches: Touches, do: Do, *, file: str = ""
    ) -> None:
        """Ask, with the unsaved documents named."""
        names = ", ".join(each.name for each in self.dirty(touches))
        if names:
            text += f"\nNot saved yet: {names}."
        question.ask(text, self.answers(verb, touches, do, file=file))

    def go(self, choice: logic.Choice, touches: Touches, do: Do, *, file: str = "") -> None:
        """Do it, if nothing is lost by it that nobody said may be lost."""
        dirty = self.dirty(touches)
        if dirty and choice.unsaved == "refuse":
            self._say(f"{dirty[0].name} has changes that are not saved: save them first")
            return
        if choice.unsaved == "save":
            try:
                for each in dirty:
                    each.save()
            except Refused as refused:
                self._say(str(refused))
                return
        path = file or opened.active().path
        lost = choice.unsaved == "discard" and path in {each.path for each in dirty}

        def came(changed: bool) -> None:
            # Of others it is not known whether they were written: one is told when one turns
            # to them.
            document = opened.at(path)
            if (changed or file) and document.there and (lost or not document.changed):
                self.load_again(path)

        do(came, choice)

    def load_again(self, path: str) -> None:
        """Read the file of an open document again; what is not saved in it is lost."""
        try:
            opened.at(path).reload()
        except Refused as refused:
            self._say(str(refused))
            return
        if self._app.session is not None:
            self._app.session.history.linked_read(path)
