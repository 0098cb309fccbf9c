"""File names as words that a network for language knows."""

from __future__ import annotations

import re

__all__ = ["spoken"]

# An upper-case letter after a lower-case one begins a word, as does a digit after a letter.
_PARTS = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?|\d+[kKdD]?\b|\d+", re.UNICODE)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def spoken(name: str) -> str:
    """``RustMetal_04-4k`` to ``rust metal 04 4k``: the words of a name, in lower case."""
    return " ".join(_PARTS.findall(_CAMEL.sub(" ", name))).lower()
