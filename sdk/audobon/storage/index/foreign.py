"""What a word is also found by: the words that other languages have for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache

from attrs import frozen
from tantivy import Occur, Query

from audobon.model.query import Phrase, Word
from audobon.storage.index.clauses import either, terms
from audobon.storage.index.forms import forms
from audobon.storage.index.languages import meant
from audobon.storage.index.tokens import split, tokens_of

__all__ = ["APART", "WORTH", "Foreign", "Meant"]

WORTH = 0.5
"""Of the score of the word itself, in the same place: less than any form of it."""
APART = 4.0
"""The score of several words that only together mean it, wherever they are: as much as one word
in a folder."""
_KEPT = 1_024


@frozen(slots=True)
class Meant:
    """What a word may stand for, as it is shown, and for each word of that the tokens that are
    there: by field, its other forms among them."""

    text: str
    words: tuple[Mapping[str, tuple[str, ...]], ...]


@lru_cache(maxsize=1024)
def _meant(token: str) -> tuple[tuple[str, tuple[tuple[str, ...], ...]], ...]:
    said = {token, *forms(token)}  # these are found as they are, and each in one reading
    found = []
    for text in meant(token):
        parts = split(text)
        words = tuple([(part, *_longer(part)) for part in parts])
        if len(parts) == 1:
            words = (tuple([word for word in words[0] if word not in said]),)
            said.update(words[0])
        found.append((text, words))
    return tuple(found)


def _longer(word: str) -> list[str]:
    """Forms that are built of a word, not what it may be one of: of Lampe that would be lamp."""
    several = f"{word[:-1]}ies"
    return [form for form in forms(word) if form.startswith(word) or form == several]


class Foreign:
    """What words mean in other languages, as far as a document ``has`` it; nothing unless ``on``.

    ``places`` are the fields that are looked through. ``kept`` remembers what was there: each
    word has some hundred forms in as many fields. None where that changes with each save.
    """

    def __init__(
        self,
        has: Callable[[str, str], bool],
        places: tuple[str, ...],
        *,
        on: bool,
        kept: dict[str, tuple[Meant, ...]] | None = None,
    ) -> None:
        self._has, self._places, self._on = has, places, on
        self._kept = {} if kept is None else kept

    def words(self, node: Word | Phrase, field: str) -> tuple[str, ...]:
        """Single words that stand for ``node`` in a field."""
        found = [each.words[0].get(field, ()) for each in self._read(node) if len(each.words) == 1]
        return tuple(dict.fromkeys(word for words in found for word in words))

    def anywhere(self, node: Word | Phrase) -> tuple[str, ...]:
        """Single words that stand for ``node`` in any field."""
        found = [word for field in self._places for word in self.words(node, field)]
        return tuple(dict.fromkeys(found))

    def together(self, node: Word | Phrase) -> list[Query]:
        """Documents that have all words of a reading of several, wherever."""
        return [_all(each) for each in self._read(node) if len(each.words) > 1]

    def told(self, node: Word | Phrase) -> list[tuple[str, Query]]:
        """Each reading in words, ``wood (for Holz)``, with what has it."""
        return [(f"{each.text} (for {node.text})", _all(each)) for each in self._read(node)]

    def _read(self, node: Word | Phrase) -> tuple[Meant, ...]:
        if not self._on or isinstance(node, Phrase):
            return ()
        tokens = tokens_of(node.text)
        if len(tokens) != 1:
            return ()
        found = self._kept.get(tokens[0])
        if found is None:
            if len(self._kept) >= _KEPT:
                self._kept.clear()
            read = [Meant(text, tuple(map(self._there, each))) for text, each in _meant(tokens[0])]
            found = self._kept[tokens[0]] = tuple([each for each in read if all(each.words)])
        return found

    def _there(self, words: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
        # Most words are nowhere, and what is in a place is also in the field of all of them.
        words = tuple([word for word in words if self._has("every", word)])
        found = {
            field: tuple([word for word in words if self._has(field, word)])
            for field in self._places
        }
        return {field: there for field, there in found.items() if there}


def _all(reading: Meant) -> Query:
    """What has all words of a reading, in whatever places."""
    return Query.boolean_query(
        [
            (Occur.Must, either(*(term for each in word.items() for term in terms(*each))))
            for word in reading.words
        ]
    )
