"""How values are said to people: sizes, times, counts, and names that may hold anything."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from datetime import datetime

from audobon.codec.words import HIDDEN, counted, human_size, one_line, percent

__all__ = [
    "columns",
    "counted",
    "failed_line",
    "human_size",
    "json_safe",
    "one_line",
    "percent",
    "printable",
    "unread_lines",
    "when",
]

_SHOWN = 20  # more than this scroll the summary away; --json lists all


def printable(text: str) -> str:
    """Like :func:`one_line` for text of several lines."""
    return text if text.isprintable() else "\n".join(map(one_line, text.split("\n")))


def unread_lines(paths: Sequence[str]) -> Iterator[str]:
    """Each file that was saved with a header that cannot be read: what became of it."""
    for path in paths[:_SHOWN]:
        yield f"kept as saved, but its header cannot be read: {one_line(path)}"
    if len(paths) > _SHOWN:
        yield f"and {len(paths) - _SHOWN} more; --json lists all"


def failed_line(path: str, error: Exception) -> str:
    """Which file failed and why; its path once, where the reason begins with it."""
    why = str(error)
    return one_line(why if why.startswith(path) else f"{path}: {why}")


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
