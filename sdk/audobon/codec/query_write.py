"""A query's tree as text again, so that saved sets and links stay readable."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

from audobon.codec.query_values import COMPARED, FIELDS
from audobon.errors import Invalid
from audobon.model.query import (
    And,
    Compare,
    Everything,
    Keys,
    Node,
    Not,
    Or,
    Phrase,
    Signal,
    Term,
    Word,
)

__all__ = ["MAX_DEPTH", "bare_word", "quoted", "to_text"]

MAX_DEPTH = 64
"""How deep a query may nest. Nobody writes ten levels; Python's stack bears a thousand."""

# One level of text (a parenthesis, a minus) can make three of the tree: NOT, OR, AND.
_MAX_TREE_DEPTH = 3 * MAX_DEPTH + 3

_BARE = re.compile(r'[^\s()"*\-“”][^\s()"*“”]*')
_FIELD_LIKE = re.compile(r"(?!\d)\w+:")
_BARE_VALUE = re.compile(r'[^\s()"*<>=“”][^\s()"*“”]*')
# Largest first, so that an age is written in the unit that a person would choose.
_AGE_UNITS = (("y", 31_536_000), ("w", 604_800), ("d", 86_400), ("h", 3_600), ("s", 1))
_OR, _AND, _UNARY = range(3)


def bare_word(text: str) -> bool:
    """Whether ``text`` can stand in a query as a word, without quotes."""
    return text == "-" or (
        text not in ("AND", "OR", "NOT")
        and _BARE.fullmatch(text) is not None
        and _FIELD_LIKE.match(text) is None
        and COMPARED.match(text) is None
    )


def to_text(node: Node) -> str:
    """The text whose :func:`~audobon.codec.query_text.parse` is ``node``, but for positions.

    Raises Invalid for a tree that no text means: nested deeper than
    the parser can give, a word that holds spaces or is an operator, a
    conjunction directly inside a conjunction.
    """
    if isinstance(node, Everything):
        return ""
    return _write(node, _OR, 0)


def _write(node: Node, level: int, depth: int) -> str:
    if depth > _MAX_TREE_DEPTH:
        raise Invalid(f"a query nested more than {_MAX_TREE_DEPTH} deep cannot be written")
    if isinstance(node, And | Or):
        own, glue = (_AND, " ") if isinstance(node, And) else (_OR, " OR ")
        if len(node.parts) < 2 or any(type(part) is type(node) for part in node.parts):
            raise Invalid("a query with a one-part or directly nested AND or OR cannot be written")
        text = glue.join(_write(part, own + 1, depth + 1) for part in node.parts)
        return text if level <= own else f"({text})"
    if isinstance(node, Not):
        return "-" + _write(node.part, _UNARY, depth + 1)
    if isinstance(node, Keys):
        raise Invalid("assets by their keys cannot be written in a query")
    return _LEAVES[type(node)](node)


def _word(node: Word) -> str:
    if not bare_word(node.text):
        raise Invalid(f"the word {node.text!r} cannot be written without quotes")
    return node.text + "*" * node.prefix


def _quote(text: str) -> str:
    if not text.strip():
        raise Invalid("a query cannot hold an empty text")
    return '"' + text.replace('"', '""') + '"'


def quoted(text: str) -> str:
    """``text`` as the value of a field, in quotes where it needs them. Invalid when it is empty."""
    return text if _BARE_VALUE.fullmatch(text) else _quote(text)


def _term(node: Term) -> str:
    if node.prefix and not node.value:
        return f"{node.field}:*"
    return f"{node.field}:{quoted(node.value)}{'*' * node.prefix}"


def _number(value: float) -> str:
    if value < 0 or value != value or value >= 1e18:
        raise Invalid(f"the number {value!r} cannot be written in a query")
    if float(value).is_integer():
        return str(int(value))
    text = repr(float(value))
    if "e" in text:
        raise Invalid(f"the number {value!r} cannot be written in a query")
    return text


def _compare(node: Compare) -> str:
    op = "" if node.op == "=" else node.op
    if node.absolute:
        return f"{node.field}:{op}{_moment(node.value, node.op)}"
    if FIELDS[node.field].kind != "age":
        return f"{node.field}:{op}{_number(node.value)}"
    for unit, seconds in _AGE_UNITS:
        if node.value % seconds == 0 and node.value:
            return f"{node.field}:{op}{int(node.value // seconds)}{unit}"
    return f"{node.field}:{op}{_number(node.value)}s"


def _moment(value: float, op: str) -> str:
    if value % 1:
        raise Invalid("a moment in a query is exact to the second")
    moment = datetime.fromtimestamp(value, UTC)
    day = f"{moment.year:04d}-{moment.month:02d}-{moment.day:02d}"
    if value % 86_400 == 0 and op in (">=", "<"):
        return day
    return f"{day}T{moment.hour:02d}:{moment.minute:02d}:{moment.second:02d}"


_LEAVES: dict[type, Callable[..., str]] = {
    Everything: lambda _node: "*",
    Word: _word,
    Phrase: lambda node: _quote(node.text),
    Term: _term,
    Compare: _compare,
    Signal: lambda node: f"{node.kind}:{quoted(node.value)}",
}
