# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said of the files that the chosen asset uses, and of who uses it, line by line."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from audobon.panel.linked import Row
    from audobon.session import State

__all__ = ["Line", "lines"]


class Line(NamedTuple):
    """A heading with the ``query`` that finds all of it, or a file with its asset, if it is one."""

    text: str
    tip: str
    ident: str = ""
    query: str = ""
    head: bool = False
    mark: str = ""


def lines(state: State) -> tuple[Line, ...]:
    """Who uses it, then what it uses; empty for as long as nobody has looked."""
    if state.linked is None or state.chosen is None:
        return ()
    from audobon.panel import linked

    found = []
    for part in linked.parts(state):
        found.append(Line(part.short, f"{part.head}: a click shows all", "", part.query, True))
        found += [
            Line(
                f"{row.name}: {row.told}" if row.told else row.name,
                _tip(row),
                row.ident,
                "",
                False,
                row.mark,
            )
            for row in part.rows
        ]
        if part.more:
            found.append(Line(f"   and {part.more:,} more", "A click shows all", "", part.query))
    note = linked.note(state.linked.links) if state.linked.ident == state.chosen.asset.id else ""
    return (*found, Line(note, note)) if note else tuple(found)


def _tip(row: Row) -> str:
    return f"{row.tip}\n{row.told}" if row.told else row.tip
