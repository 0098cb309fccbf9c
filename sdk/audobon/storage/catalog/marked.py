"""Examples that somebody has marked for a lesson that is still to come."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import datetime

from audobon.storage.catalog.apply import find_tag
from audobon.storage.catalog.log import Part
from audobon.storage.catalog.names import clean_tag
from audobon.storage.catalog.rows import GARBAGE, damaged, micros
from audobon.storage.catalog.words import Meaning, Words
from audobon.storage.sqlite import Database
from audobon.system.names import fold

__all__ = ["Marked"]

_KEY = "example"
# A note of its own for each picture and word: a purge, which takes the notes in which an asset
# stands, takes that one and leaves the others.


class Marked(Part):
    """Part of the catalog. A mark is no change of an asset: it waits for a lesson."""

    def mark(self, tag: str, answers: Mapping[str, bool | None], now: datetime) -> None:
        """Note for assets, by id, that they have a tag, have it not, or (None) count as nothing.

        A mark on the same asset and tag is replaced.
        """
        word = clean_tag(tag)
        with self.db.write():
            words = Words(self.db)
            _drop(self.db, words, words.meaning(word), answers)
            key, line = find_tag(self.db, word) or 0, fold(word)
            self.db.many(
                "INSERT OR REPLACE INTO meta VALUES (?, ?)",
                [
                    (f"{_KEY} {ident} {line}", json.dumps([word, key, answer, micros(now)]))
                    for ident, answer in answers.items()
                ],
            )

    def unmark(self, tag: str, idents: Collection[str]) -> None:
        """Take the marks on these assets back, as far as there are any."""
        with self.db.write():
            words = Words(self.db)
            _drop(self.db, words, words.meaning(tag.strip()), idents)

    def marks(self, tag: str) -> dict[str, bool | None]:
        """What was marked for a tag, by the ids of assets, the newest first."""
        with self.db.read():
            words = Words(self.db)
            meaning = words.meaning(tag.strip())
            found = [
                (moment, ident, answer)
                for _, ident, word, key, answer, moment in _marks(self.db)
                if words.meaning(word, key) == meaning
            ]
        found.sort(key=lambda one: (-one[0], one[1]))
        return {ident: answer for _, ident, answer in found}

    def marked_tags(self) -> tuple[str, ...]:
        """The tags for which something is marked, as they are written now."""
        with self.db.read():
            words = Words(self.db)
            found: dict[Meaning, str] = {}
            for _, _, word, key, _, _ in sorted(_marks(self.db), key=lambda one: -one[-1]):
                meaning = words.meaning(word, key)
                found.setdefault(meaning, words.written(meaning, word))
        return tuple(sorted(found.values(), key=fold))


def _marks(db: Database) -> list[tuple[str, str, str, int, bool | None, int]]:
    """Key, asset, word, tag, answer and time of each."""
    rows = db.rows(
        "SELECT key, value FROM meta WHERE key >= ? AND key < ?", (f"{_KEY} ", f"{_KEY}!")
    )
    found = []
    for key, value in rows:
        try:
            word, tag, answer, moment = json.loads(value)
            ident = key.split(" ", 2)[1]
            found.append((key, ident, str(word), int(tag), answer, int(moment)))
        except GARBAGE as exc:
            raise damaged("a marked example", exc) from exc
    return found


def _drop(db: Database, words: Words, meaning: Meaning, idents: Collection[str]) -> None:
    gone = [
        (key,)
        for key, ident, word, tag, _, _ in _marks(db)
        if ident in idents and words.meaning(word, tag) == meaning
    ]
    db.many("DELETE FROM meta WHERE key = ?", gone)
