"""One noun per thing: ``docs/glossary.md`` fixes it, and names the words it replaces.

An entry is a heading with the word and, where people tend to say something
else, a line ``Not: word, word``. Those words may not be part of a public name
of the SDK, of a verb of the command line or of a table in SQL.
"""

from __future__ import annotations

import re
from pathlib import Path

from checks.public import names_of
from checks.source import headings, show, trees
from checks.verbs import documented

__all__ = ["check", "entries"]

_PAGE = "docs/glossary.md"
_TABLE = re.compile(r"CREATE (?:VIRTUAL )?TABLE (?:IF NOT EXISTS )?(\w+)", re.I)
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def entries(root: Path) -> dict[str, list[str]]:
    """Each word of the glossary with the words it replaces."""
    page = root / _PAGE
    found = {}
    for heading in headings(page.read_text("utf-8")) if page.exists() else []:
        if heading.depth == 2:
            lines = [line for line in heading.body if line.startswith("Not: ")]
            words = lines[0].removeprefix("Not: ").rstrip(".").split(", ") if lines else []
            found[heading.text.lower()] = [word.strip().lower() for word in words]
    return found


def _parts(name: str) -> set[str]:
    words = {word.lower() for word in _WORDS.findall(name)}
    return words | {word.removesuffix("s") for word in words}


def check(root: Path) -> list[str]:
    known = entries(root)
    instead = {avoided: word for word, several in known.items() for avoided in several}
    found = [f"{_PAGE}: '{word}' is both an entry and avoided" for word in instead if word in known]
    if list(known) != sorted(known):
        found.append(f"{_PAGE}: the entries are not in alphabetical order")
    used: list[tuple[str, str]] = [("docs/cli.md", verb) for verb in documented(root)]
    for path, tree in trees(root, "sdk"):
        used += [(show(root, path), name) for name in names_of(tree)]
        used += [(show(root, path), name) for name in _TABLE.findall(path.read_text("utf-8"))]
    return found + [
        f"{where}: '{name}' says {word}; the glossary's word is {instead[word]}"
        for where, name in used
        for word in sorted(_parts(name) & set(instead))
    ]
