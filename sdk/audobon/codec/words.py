"""How values are said to people wherever they read: sizes, counts, shares, names of any kind."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

__all__ = ["HIDDEN", "counted", "duration", "human_size", "kept_unread", "one_line", "percent"]

HIDDEN = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\uf780-\uf7ff]"
)
"""Control characters, C1 included (U+009B begins a terminal command as ESC [ does), directions
that reorder what stands beside them, and bytes that are no text: as Python has them (PEP 383),
and as paths in the catalog do (``system/names.py``)."""

_NAMED = 3
# Names in one sentence; whoever wants all of them asks where they are listed.


def _escaped(match: re.Match[str]) -> str:
    code = ord(match[0])
    for base in (0xDC00, 0xF700):  # a byte of a name that is not UTF-8
        if base + 0x80 <= code <= base + 0xFF:
            code -= base
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def one_line(text: str) -> str:
    """No name may move a cursor, change colours, turn or begin a line: escapes are shown."""
    return text if text.isprintable() else HIDDEN.sub(_escaped, text)


def human_size(count: float) -> str:
    """Bytes as people read them, in powers of 1024."""
    for unit in ("B", "KB", "MB", "GB"):
        if abs(count) < 1024:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1024
    return f"{count:.1f} TB"


def counted(count: int, noun: str) -> str:
    """``1 asset``, ``2 assets``."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def kept_unread(paths: Sequence[str]) -> str:
    """Of files that were saved with a header that cannot be read: that they are kept, and which.

    One sentence for people, without its full stop; the first ones are named.
    """
    names = "; ".join(os.path.basename(path) for path in paths[:_NAMED])
    if len(paths) == 1:
        return f"kept as saved, but its header cannot be read: {names}"
    more = " ..." if len(paths) > _NAMED else ""
    return f"{len(paths)} files kept as saved, but their headers cannot be read: {names}{more}"


def duration(seconds: float) -> str:
    """How long something took, with two or three digits: ``0.3 ms``, ``12 ms``, ``1.4 s``."""
    if seconds < 0.01:
        return f"{seconds * 1000:.1f} ms"
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    if seconds < 3600:
        return f"{int(seconds) // 60} min {int(seconds) % 60} s"
    return f"{int(seconds) // 3600} h {int(seconds) // 60 % 60} min"


def percent(share: float) -> str:
    """A share from 0 to 1 with two places; what is not nothing is not called nothing, nor all."""
    if 0 < share < 0.0001:
        return "under 0.01 %"
    if 0.9999 < share < 1:
        return "over 99.99 %"
    return f"{100 * share:.2f} %"
