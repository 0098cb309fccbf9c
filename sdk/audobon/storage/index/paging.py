"""Order and page borders: the same on every machine, whatever segments there are.

Every order is total: the sort value first, the key second, and a leading
``-`` turns both round. A page ends behind a (value, key) pair, and the next
one starts right behind it, even when an asset moved from the tail to the
main index in between.
"""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from datetime import UTC, datetime

from attrs import frozen

from audobon.errors import Invalid
from audobon.model.query import SORTS, And, Keys, Node, Not, Or, Phrase, Signal, Word

__all__ = ["Border", "Order", "has_words", "order_of", "query_mark", "read_border", "write_border"]


@frozen(slots=True)
class Order:
    """``sort`` is one of SORTS; ``rising`` puts the smallest value first."""

    sort: str
    rising: bool

    @property
    def field(self) -> str | None:
        """The engine's field; None for relevance."""
        if self.sort == "relevance":
            return None
        return "sort_name" if self.sort == "name" else self.sort


@frozen(slots=True)
class Border:
    """Where the last page ended: behind ``(value, key)``, after ``seen`` hits.

    ``mark`` tells the query it belongs to; ``now`` is the moment the first
    page was made, so that ages do not shift between pages. ``near`` says that
    the page showed corrected words.
    """

    mark: int
    value: float | int | str
    key: int
    seen: int
    now: float
    near: bool

    @property
    def moment(self) -> datetime:
        return datetime.fromtimestamp(self.now, UTC)


def has_words(node: Node) -> bool:
    """Whether anything in ``node`` can be more or less relevant."""
    if isinstance(node, And | Or):
        return any(map(has_words, node.parts))
    return isinstance(node, Word | Phrase | Signal)


def order_of(sort: str | None, node: Node) -> Order:
    """The order that ``sort`` names; by default best first with words or a likeness, else newest.

    Relevance is the one order whose plain name means the largest first.
    """
    if sort is None:
        sort = "relevance" if has_words(node) else "-added"
    name = sort.removeprefix("-")
    if name not in SORTS or sort.count("-") > 1:
        raise Invalid(
            f"{sort!r} is not a sort order; allowed are {', '.join(SORTS)}, each also with a"
            " leading -",
            subject=sort,
        )
    return Order(name, rising=(name == "relevance") == (name != sort))


def _plain(node: Node) -> list[object]:
    if isinstance(node, And | Or):
        return [type(node).__name__, *map(_plain, node.parts)]
    if isinstance(node, Not):
        return ["Not", _plain(node.part)]
    # What stands for a part of a query changes while pages are turned, as all that matches does.
    left = "keys" if isinstance(node, Keys) else ""
    names = [name for name in node.__slots__ if name not in ("position", left, "__weakref__")]
    return [type(node).__name__, *(getattr(node, name) for name in names)]


def query_mark(node: Node, order: Order) -> int:
    """A number that tells queries and orders apart; positions in the text do not count."""
    return zlib.crc32(json.dumps([_plain(node), order.sort, order.rising]).encode())


def write_border(border: Border) -> str:
    data = [border.mark, border.value, border.key, border.seen, border.now, int(border.near)]
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=False)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_border(token: str, mark: int, order: Order) -> Border:
    """Inverse of :func:`write_border`; Invalid for a foreign or damaged token."""
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        given, value, key, seen, now, near = json.loads(raw)
        wanted = str if order.sort == "name" else (int, float)
        if not isinstance(value, wanted):
            raise ValueError("value of another type")
        border = Border(int(given), value, int(key), int(seen), float(now), bool(near))
        _ = border.moment
    except (ValueError, TypeError, OverflowError, OSError, binascii.Error) as exc:
        raise Invalid(
            "the page token is damaged; start from the first page", subject=token
        ) from exc
    if border.mark != mark or border.seen < 0:
        raise Invalid(
            "the page token belongs to another query or order; start from the first page",
            subject=token,
        )
    return border
