"""What the chosen asset uses and who uses it, as rows to draw."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from attrs import frozen

from audobon.codec.linkwords import state_words, used_by_short, used_by_words, uses_words

if TYPE_CHECKING:
    from audobon.model.links import Link, Links, UsedBy
    from audobon.session.state import State

__all__ = ["Part", "Row", "note", "parts"]

_ROWS = 8
"""In a panel; all of them are one click away, as a search."""


@frozen
class Row:
    """One file: its ``name``, what is to be known of it, and the asset to go to (or empty).

    ``mark`` is missing, older, outside or empty; ``tip`` is the whole path.
    """

    name: str
    told: str
    ident: str
    kind: str
    mark: str
    tip: str


@frozen
class Part:
    """``head`` says it in a line, ``query`` finds all of them, ``more`` counts those left out.

    ``short`` is the head where there is little room.
    """

    head: str
    short: str
    rows: tuple[Row, ...]
    query: str
    more: int
    alarm: bool


def parts(state: State) -> tuple[Part, ...]:
    """Who uses the chosen asset, and what it uses: what needs a look comes first."""
    chosen, linked = state.chosen, state.linked
    if chosen is None or linked is None or linked.ident != chosen.asset.id:
        return ()
    links, ident = linked.links, chosen.asset.id
    found = []
    if links.used_by:
        users = sorted(links.used_by, key=lambda one: not one.older)
        rows = [_user(one) for one in users]
        heads = used_by_words(links), used_by_short(links)
        found.append(_part(heads, rows, f"uses:{ident}", bool(links.behind)))
    if links.uses:
        rows = [_used(one) for one in sorted(links.uses, key=_order)]
        alarm = bool(links.missing or links.outdated)
        heads = uses_words(links), uses_words(links)
        found.append(_part(heads, rows, f"usedby:{ident}", alarm))
    return tuple(found)


def note(links: Links) -> str:
    """What could not be told; empty where all is known."""
    if links.problem:
        return f"Its file could not be read: {links.problem}"
    if links.unread:
        files = "file is" if links.unread == 1 else "files are"
        return f"{links.unread:,} {files} still being looked into."
    return ""


def _part(heads: tuple[str, str], rows: Iterable[Row], query: str, alarm: bool) -> Part:
    every = tuple(rows)
    head, short = (text[:1].upper() + text[1:] for text in heads)
    return Part(head, short, every[:_ROWS], query, max(0, len(every) - _ROWS), alarm)


def _user(one: UsedBy) -> Row:
    old = one.older.replace("\\", "/").rpartition("/")[2]
    told = f"uses {old}" if old else ""
    mark = "older" if old else ""
    return Row(one.asset.name, told, one.asset.id, one.asset.kind, mark, one.asset.path)


_FIRST = ("missing", "moved", "older", "outside", "asset")


def _order(link: Link) -> int:
    return _FIRST.index("older" if link.newer is not None else link.state)


def _used(link: Link) -> Row:
    mark = {"missing": "missing", "moved": "missing", "outside": "outside"}.get(link.state, "")
    asset = link.newer or link.asset
    if link.newer is not None:
        mark = "older"
    name = link.path.replace("\\", "/").rstrip("/").rpartition("/")[2] or link.path
    ident, kind = (asset.id, asset.kind) if asset is not None else ("", "file")
    return Row(name, state_words(link, short=True), ident, kind, mark, link.file or link.path)
