# SPDX-License-Identifier: GPL-3.0-or-later
"""How things are said in the panel."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from audobon.model.asset import Asset
    from audobon.model.job import JobRow
    from audobon.session.state import Found, Notice, Queue, State

__all__ = [
    "age",
    "bytes_text",
    "facts",
    "job_text",
    "notice_text",
    "page_text",
    "queue_text",
    "sentence",
    "short",
    "stem",
    "why",
    "with_color",
    "wrap",
]


def bytes_text(size: int) -> str:
    """A size as people say it: ``4.2 MB``."""
    from audobon.panel import words

    return words.bytes_text(size)


def why(state: State, ident: str) -> str:
    """By what the question that is shown found an asset, in one line."""
    from audobon.panel.reasons import reason

    return reason(state, ident)


def with_color(text: str, color: Sequence[float]) -> str:
    """A question that asks for this colour too; red, green and blue from 0 to 1."""
    from audobon.panel.reasons import hex_color, with_color

    return with_color(text, hex_color(color))


def facts(asset: Asset) -> str:
    """What an asset is, in one line."""
    from audobon.panel import words

    return words.facts(asset)


def page_text(found: Found) -> str:
    """Which of how many assets are shown."""
    from audobon.panel import words

    return words.page_text(found)


def age(moment: datetime, now: datetime | None = None) -> str:
    """How long ago something was: ``3 h ago``."""
    from audobon.panel import words

    return words.age(moment, now)


def job_text(row: JobRow) -> str:
    """A job in one line."""
    from audobon.panel import words

    return words.job_text(row)


def queue_text(queue: Queue) -> str:
    """How many suggested tags wait for a decision."""
    from audobon.panel import engine

    return engine.queue_text(queue)


def sentence(text: str) -> str:
    """The text as a sentence: a capital first, unless it begins with a path, and a full stop."""
    from audobon.panel import words

    return words.sentence(text)


def notice_text(notice: Notice) -> str:
    """How something ended, as a sentence."""
    from audobon.panel import words

    return words.notice_text(notice)


def short(text: str, length: int) -> str:
    """The text, with its middle left out where it is longer than ``length``."""
    if len(text) <= length:
        return text
    head = (length - 1) // 2
    return f"{text[:head]}…{text[len(text) - (length - 1 - head) :]}"


def stem(name: str) -> str:
    """A file's name without its ending, which the picture and the tip tell already."""
    return name.rpartition(".")[0] or name


def tags_of(typed: str) -> list[str]:
    """Tags that were typed with commas between them."""
    return [tag.strip() for tag in typed.split(",") if tag.strip()]


def wrap(text: str, length: int) -> Iterable[str]:
    """Lines of at most ``length`` characters; a longer word is cut."""
    line = ""
    for word in text.split():
        while len(word) > length:
            if line:
                yield line
                line = ""
            yield word[:length]
            word = word[length:]
        if line and len(line) + 1 + len(word) > length:
            yield line
            line = word
        else:
            line = f"{line} {word}" if line else word
    if line:
        yield line
