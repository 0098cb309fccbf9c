"""Whom to ask for what only a person knows, as a passphrase.

A program with a terminal says how once; without one nobody is asked, and whoever needed the
answer tells what is missing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

__all__ = ["About", "Ask", "ask", "ask_with"]

About = Literal["place", "library"]
"""Whose passphrase it is: an encrypted place's, or that of the library at work."""

Ask = Callable[[str, About], str | None]
"""Gets what to ask for, and whose that is; gives what was answered, None for nothing. Waits for
the person."""

_ask: Ask | None = None


def ask_with(how: Ask | None) -> None:
    """Say how this process asks, None for not at all."""
    global _ask  # noqa: PLW0603 - there is one terminal, as there is one process
    _ask = how


def ask(what: str, about: About = "place") -> str | None:
    """What somebody answers, None where nobody is asked or nothing was said."""
    return None if _ask is None else _ask(what, about)
