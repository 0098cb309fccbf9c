"""How values are said to people: sizes, times, counts, and names that may hold anything."""

from __future__ import annotations

import unicodedata
from datetime import datetime

from audobon.codec.words import HIDDEN, counted, human_size, one_line, percent

__all__ = [
    "columns",
    "counted",
    "human_size",
    "json_safe",
    "one_line",
    "percent",
    "printable",
    "when",
]


def printable(text: str) -> str:
    """Like :func:`one_line` for text of several lines."""
    return text if text.isprintable() else "\n".join(map(one_line, text.split("\n")))


def json_safe(text: str) -> str:
    """The same JSON with escapes for all that a terminal obeys or UTF-8 cannot hold."""
    return HIDDEN.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def columns(text: str) -> int:
    """How many columns of a terminal ``text`` takes: two for a wide character, none for a mark."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
    )


def when(moment: datetime) -> str:
    """A time on the clock of this machine, to the second. JSON has it in UTC."""
    return moment.astimezone().strftime("%Y-%m-%d %H:%M:%S")
