"""How values are said to people: sizes, times, counts, and names that may hold anything."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime

__all__ = ["columns", "counted", "human_size", "json_safe", "one_line", "printable", "when"]

# Control characters, C1 included (U+009B begins a terminal command as ESC [ does), directions
# that reorder what stands beside them, and bytes that are no text (PEP 383).
_HIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def _escaped(match: re.Match[str]) -> str:
    code = ord(match[0])
    if 0xDC80 <= code <= 0xDCFF:  # a byte of a name that is not UTF-8
        code -= 0xDC00
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def one_line(text: str) -> str:
    """No name may move the cursor, change colours or begin a line: escapes are shown, not sent."""
    return text if text.isprintable() else _HIDDEN.sub(_escaped, text)


def printable(text: str) -> str:
    """Like :func:`one_line` for text of several lines."""
    return text if text.isprintable() else "\n".join(map(one_line, text.split("\n")))


def json_safe(text: str) -> str:
    """The same JSON with escapes for all that a terminal obeys or UTF-8 cannot hold."""
    return _HIDDEN.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def columns(text: str) -> int:
    """How many columns of a terminal ``text`` takes: two for a wide character, none for a mark."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
    )


def human_size(count: float) -> str:
    """Bytes as people read them, in powers of 1024."""
    for unit in ("B", "KB", "MB", "GB"):
        if abs(count) < 1024:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1024
    return f"{count:.1f} TB"


def when(moment: datetime) -> str:
    """A time on the clock of this machine, to the second. JSON has it in UTC."""
    return moment.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def counted(count: int, noun: str) -> str:
    """``1 asset``, ``2 assets``."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
