# SPDX-License-Identifier: GPL-3.0-or-later
"""Sentences, problems and stars, as they are drawn everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..host import kit
from ..logic.words import sentence, short, wrap

if TYPE_CHECKING:
    from audobon.session.state import Doing, Problem, State

    from ..logic.app import Broken

__all__ = ["chip", "computing", "letters", "paragraph", "problem", "snapshotting", "stars"]
__all__ += ["transferring"]

_LETTER = 6.7
# Pixels of an average letter at a scale of 1; lines a little short look better than cut ones.
_MARGIN = 40
_BOX, _BESIDE = 2, 6
# Letters that the frame of a box takes, and the frame with a button beside.


def letters(context: Any) -> int:
    """How many letters fit into a line of the region."""
    scale = context.preferences.system.ui_scale
    return max(16, int((context.region.width / scale - _MARGIN) / _LETTER))


def paragraph(layout: Any, context: Any, text: str, icon: str = "NONE", *, less: int = 0) -> None:
    """A sentence, in as many lines as it needs; ``less`` letters fit beside something else."""
    column = layout.column(align=True)
    column.scale_y = 0.8
    room = max(10, letters(context) - less - (3 if icon != "NONE" else 0))
    for number, line in enumerate(wrap(text, room)):
        blank = "BLANK1" if icon != "NONE" else "NONE"
        column.label(text=line, icon=blank if number else icon)


def problem(layout: Any, context: Any, found: Problem | Broken, *, title: str = "") -> None:
    """What went wrong, what helps, and a button that copies the details."""
    box = layout.box()
    row = box.row()
    words = row.column()
    text = sentence(f"{title}: {found.message}" if title else found.message)
    paragraph(words, context, text, "ERROR", less=_BESIDE)
    row.operator(
        "audobon.copy_text", text="", icon="COPYDOWN"
    ).text = f"{text}\n{found.hint}\ncode {found.code}\n{found.details}"
    if found.hint:
        paragraph(box, context, sentence(found.hint), less=_BOX)


def stars(layout: Any, rating: int) -> None:
    """Five buttons; the one of the rating that is set takes it back."""
    row = layout.row(align=True)
    for value in range(1, 6):
        icon = "SOLO_ON" if value <= rating else "SOLO_OFF"
        button = row.operator("audobon.rate", text="", icon=icon, emboss=False)
        button.rating = 0 if value == rating else value


def chip(layout: Any, context: Any, state: State) -> None:
    """Says that the grid shows what looks like something, with a cross that ends it."""
    if state.like is None:
        return
    row = layout.row(align=True)
    text = short(f"Similar to {state.like.label}", letters(context) - 4)
    row.operator("audobon.leave_alike", text=text, icon="X", depress=True)


def computing(layout: Any, state: State) -> None:
    """What is being computed or fetched, with a button that stops it."""
    _work(layout, state.computing, "audobon.cancel_computing")


def transferring(layout: Any, state: State) -> None:
    """What goes to another place or comes from there, with a button that stops it."""
    _work(layout, state.transfer, "audobon.cancel_transfer")


def snapshotting(layout: Any, state: State) -> None:
    """What is done about snapshots, with a button that stops it."""
    _work(layout, state.snapshotting, "audobon.cancel_snapshot")


def _work(layout: Any, doing: Doing | None, cancel: str) -> None:
    if doing is None:
        return
    row = layout.row(align=True)
    text = f"{doing.name}, stopping" if doing.cancelling else doing.name
    text += f" (+{doing.waiting})" if doing.waiting else ""
    kit.progress(row, text, doing.fraction)
    row.operator(cancel, text="", icon="X")
