"""Tags, sets and marks from one library to another, as one JSON file.

What stands in it and how two libraries are brought together is written in
``docs/exchange.md``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import attrs

from audobon.codec.plain import from_plain, to_plain
from audobon.codec.query_text import parse
from audobon.errors import BadFile, Invalid, QueryError
from audobon.model.words import TakenWords, Words
from audobon.services.core.stores import Stores
from audobon.services.vocabulary.exchangefile import read_exchange
from audobon.storage.catalog.names import clean_catalog, clean_set, clean_tag
from audobon.system.files import mode_for, translate_os_error, write_atomic

__all__ = ["FORMAT", "VERSION", "export_words", "import_words", "read_words"]

FORMAT = "audobon-words"
VERSION = 1
_LARGEST = 512 << 20
# A million marked assets with five tags each are some 250 MB; more is no such file.
_HINT = "give a file that 'audobon words export' wrote; docs/exchange.md says what is in it"
_RATINGS = range(6)


def export_words(stores: Stores, to: Path, *, assets: bool = True) -> Words:
    """Write the library's words to ``to``, whole or not at all; see ``Library.export_tags``."""
    known = stores.catalog.vocabulary()
    words = from_plain({**known, "library": stores.place.name}, Words)
    if assets:
        words = attrs.evolve(words, assets=stores.catalog.marked())
    data = {"format": FORMAT, "version": VERSION, **to_plain(words)}
    try:
        write_atomic(to, _json(data), mode=mode_for(to))
    except OSError as error:
        raise translate_os_error(error, to) from error
    return words


def _json(data: dict[str, Any]) -> bytes:
    """The text as people read it; a file's name that is no text is written in escapes."""
    try:
        return (json.dumps(data, ensure_ascii=False, indent=1) + "\n").encode()
    except UnicodeEncodeError:
        return (json.dumps(data, indent=1) + "\n").encode()


def read_words(source: Path) -> Words:
    """What a file holds, every name in it checked. BadFile, NewerFormat, NotFound."""

    def bad(reason: str) -> BadFile:
        return _bad(source, reason)

    data = read_exchange(source, FORMAT, VERSION, largest=_LARGEST, bad=bad)
    try:
        _need_lists(data)
        words = from_plain(data, Words)
        _check(words)
    except (ValueError, Invalid, QueryError) as error:
        raise _bad(source, str(error)) from error
    return words


def import_words(stores: Stores, source: Path, *, prefer: str = "mine") -> TakenWords:
    """Take a file's words in; see ``Library.import_tags``."""
    if prefer not in ("mine", "theirs"):
        raise Invalid(f"prefer is {prefer!r}; it is 'mine' or 'theirs'", subject="prefer")
    stores.need_writable("import tags")
    words = read_words(source)
    return stores.catalog.take_words(
        words, theirs=prefer == "theirs", author=stores.author, now=stores.now()
    )


def _bad(source: Path, reason: str) -> BadFile:
    return BadFile(
        f"{source} holds no tags that can be read: {reason}", subject=str(source), hint=_HINT
    )


_LISTS = ("tags", "catalogs", "assets")


def _need_lists(data: dict[str, Any]) -> None:
    """A text is a list of letters to the converter, so this is looked at first."""
    for name in _LISTS:
        if not isinstance(data.get(name, []), list):
            raise ValueError(f"{name} is no list")
    for group, name in (("tags", "aliases"), ("assets", "tags")):
        for number, entry in enumerate(data.get(group, ())):
            if not isinstance(entry, dict) or not isinstance(entry.get(name, []), list):
                raise ValueError(f"entry {number + 1} of {group} is not as it has to be")
    sets = data.get("sets", {})
    if not isinstance(sets, dict):
        raise ValueError("sets are no object of names and queries")
    for name, query in sets.items():
        if not isinstance(query, str):
            raise ValueError(f"the set {name!r} has no query")


def _check(words: Words) -> None:
    for tag in words.tags:
        for name in (tag.name, *tag.aliases, *(() if tag.parent is None else (tag.parent,))):
            clean_tag(name)
    for path in words.catalogs:
        clean_catalog(path)
    for name, query in words.sets.items():
        clean_set(name)
        parse(query)
    for asset in words.assets:
        if asset.rating not in _RATINGS:
            raise ValueError(f"{asset.path} has {asset.rating} stars; 0 to 5 are possible")
        for name in asset.tags:
            clean_tag(name)
