"""What panels show of locks: a line for each, until when it holds, and what a click would do."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from attrs import frozen

from audobon.panel.words import short

if TYPE_CHECKING:
    from audobon.session import Session
    from audobon.session.locked import LockSeen
    from audobon.session.state import State

__all__ = ["NOTHING", "SEVERAL", "LockRow", "LockView", "break_lines", "idents", "view"]

NOTHING = (
    "Nothing is locked. A lock tells others that somebody is at work on an asset; it is advice, "
    "and keeps nobody from writing a file."
)
"""To be said in place of an empty list."""
SEVERAL = 2
"""Selected assets from which on a click is about these, and not about the chosen one."""
_LETTERS = 60
# Of a name that others gave: a program, a machine, a person.


@frozen(slots=True)
class LockRow:
    """A lock as a panel shows it.

    ``text`` says who has it, where and since when, ``until`` when it is over, each as a sentence
    without its full stop. ``mine`` can be let go of, any other can be broken. ``known`` says that
    its asset can be shown. ``seen`` is what ``Session.locks.break_lock`` wants.
    """

    ident: str
    name: str
    text: str
    until: str
    mine: bool
    known: bool
    seen: LockSeen


@frozen(slots=True)
class LockView:
    """All of it. ``nothing`` is said where no lock is, ``more`` where not all are told."""

    rows: tuple[LockRow, ...] = ()
    nothing: str = ""
    more: str = ""

    def row(self, ident: str) -> LockRow | None:
        """That of the asset with this id."""
        return next((one for one in self.rows if one.ident == ident), None)


def idents(session: Session, state: State) -> tuple[str, ...]:
    """What a click on Lock or Unlock is about: what is selected, of one asset the chosen one."""
    if state.chosen is not None and state.selection.count < SEVERAL:
        return (state.chosen.asset.id,)
    return tuple(session.selection.ids)


def view(state: State) -> LockView:
    """What a list of locks shows of a state; one's own come first."""
    seen = state.locks
    if not seen.known:
        return LockView()
    ordered = sorted(seen.locks, key=lambda one: not one.mine)
    rows = tuple(_row(one, open_here=one.ident in state.past.holding) for one in ordered)
    more = f"and {seen.more:,} more" if seen.more else ""
    return LockView(rows, "" if rows or seen.problem else NOTHING, more)


def _row(one: LockSeen, *, open_here: bool) -> LockRow:
    text = f"{one.text[:1].upper()}{one.text[1:]}"
    if not one.known:
        text += "; not in this library"
    until = _until(one, open_here=open_here)
    return LockRow(one.ident, one.name, text, until, one.mine, one.known, one)


def _until(one: LockSeen, *, open_here: bool) -> str:
    """When it is over, and what of it cannot be known here."""
    end = _moment(one.until)
    if one.mine and not one.kept:
        return "Yours, until the file is closed here" if open_here else "Yours, until this ends"
    if one.mine:
        also = "; the file is open here" if open_here else ""
        return f"Yours, until {end}{also}"
    if one.here and not one.kept:
        return "On this machine, until that program closes it or ends"
    if one.carried:
        return f"A remote brought it; until {end}, as far as was known then"
    if one.kept:
        return f"Until {end}"
    return f"Until {end}, unless it is renewed; stale if that machine is off"


def break_lines(one: LockSeen) -> tuple[str, ...]:
    """What is to be said before somebody else's lock is broken, a sentence a line."""
    who, machine = short(one.author, _LETTERS), short(one.machine, _LETTERS)
    program = f" in {short(one.program, _LETTERS)}" if one.program else ""
    where = "on this machine" if one.here else f"on {machine}"
    told = "not told" if one.carried else "told who broke it"
    lines = [
        f"{one.name} is {one.text}.",
        f"{who} may have work{program} {where} that is not saved. Whoever saves last writes over "
        "the other's file.",
        f"Ask them first. They are {told}, and can lock it again.",
    ]
    if one.carried:
        lines.append(
            "A remote brought this lock: it is broken here alone, and the next push or pull brings "
            "it again unless you have locked the asset by then."
        )
    return tuple(lines)


def _moment(moment: datetime) -> str:
    """Time on this machine's clock, with the day where that is not within 20 hours."""
    local = moment.astimezone()
    soon = abs(local - datetime.now(local.tzinfo)) < timedelta(hours=20)
    return local.strftime("%H:%M" if soon else "%Y-%m-%d %H:%M")
