"""Words of other languages for English ones, and back: Holz and wood, Stahltür and steel door.

Read from tables in ``languages/``, one file a language, at the first word that is asked for.
Nothing of it is in the index: a word that no asset has costs a look into the dictionary.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from attrs import frozen

from audobon.storage.index.forms import forms
from audobon.storage.index.tokens import split

__all__ = ["meant"]

_TABLES = Path(__file__).with_name("languages")

_PART = 3  # letters of the shortest word that a longer one is put together of
_LINKS = ("", "s", "n", "es", "en", "er")  # between the two: Eichenrinde, Wandfarbe, Hafenstadt
_TAKEN = 2  # words for each half of one that is put together: the first ones of a line say most

_WRITTEN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})

_Found = dict[str, dict[str, None]]


@frozen(slots=True)
class _Tables:
    """Folded words and what they may stand for. ``parts`` are those that longer words are put
    together of: of the other language alone, and with those that by themselves are none.
    ``spelled`` has both spellings of what has two."""

    words: dict[str, tuple[str, ...]]
    parts: dict[str, tuple[str, ...]]
    spelled: dict[str, tuple[str, ...]]


@lru_cache(maxsize=1024)
def meant(token: str) -> tuple[str, ...]:
    """Words for the same as a folded token in another language, as the tables write them.

    Several words of one entry stand for it together. Nothing for what no table has.
    """
    tables = _tables()
    known = tables.words.get(token)
    if known is None:
        # alte is alt, doors is door; where the word itself is there, it is no other's form.
        shorter = [form for form in forms(token) if token.startswith(form)]
        known = tables.words.get(
            max(shorter, key=lambda form: (form in tables.words, len(form)), default=""), ()
        )
    if not known:
        known = tuple(dict.fromkeys(_together(token, tables)))
    near = {token, *forms(token)}  # found by itself
    return tuple([word for word in known if _folded(word) not in near])


def _together(token: str, tables: _Tables) -> Iterator[str]:
    """What a word of two that the tables have stands for: stahltur is steel and door.

    How else it may be written comes first.
    """
    for first, link, second in _halves(token, tables):
        for one in tables.spelled.get(first, ()):
            for other in tables.spelled.get(second, ()):
                yield f"{one}{link}{other.lower()}"
        for one in tables.parts[first][:_TAKEN]:
            yield from (f"{one} {other}" for other in tables.parts[second][:_TAKEN])
        return


def _halves(token: str, tables: _Tables) -> Iterator[tuple[str, str, str]]:
    for at in range(_PART, len(token) - _PART + 1):
        begun, second = token[:at], token[at:]
        if second not in tables.parts:
            continue
        for link in _LINKS:
            first = begun.removesuffix(link)
            if first + link == begun and first in tables.parts:
                yield first, link, second


@lru_cache(maxsize=1)
def _tables() -> _Tables:
    words: _Found = {}
    parts: _Found = {}
    spelled: _Found = {}
    for table in sorted(_TABLES.glob("*.txt")):
        for line in table.read_text(encoding="utf-8").splitlines():
            if line and not line.startswith("#"):
                _take(line, words, parts, spelled)
    return _Tables(_settled(words), _settled(parts), _settled(spelled))


def _settled(found: _Found) -> dict[str, tuple[str, ...]]:
    return {word: tuple(others) for word, others in found.items()}


def _take(line: str, words: _Found, parts: _Found, spelled: _Found) -> None:
    """Add a line ``theirs, theirs | English, English`` both ways round."""
    theirs, _, english = line.partition("|")
    ours = dict.fromkeys(word.strip() for word in english.split(","))
    same: dict[str, None] = {}
    alone: list[str] = []
    for each in theirs.split(","):
        word = each.strip()
        both = dict.fromkeys((word.lstrip("-"), _written(word.lstrip("-"))))
        for spelling in both:
            parts.setdefault(_folded(spelling), {}).update(ours)
            spelled.setdefault(_folded(spelling), {}).update(both)
            words.setdefault(_folded(spelling), {})
            if not word.startswith("-"):
                alone.append(_folded(spelling))
                same[spelling] = None
    for folded in alone:  # Türen and Tuer, too, are Tür
        words[folded].update({**ours, **same})
    for word in ours:
        if word.isalpha():
            words.setdefault(_folded(word), {}).update(same)


def _folded(word: str) -> str:
    if word.isascii() and word.isalpha():  # nearly all: there are thousands
        return word.lower()
    return "".join(split(word))


def _written(word: str) -> str:
    """A word as keyboards without umlauts write it."""
    return unicodedata.normalize("NFC", word).translate(_WRITTEN)
