"""Which suggestions are to be seen, and from which score on."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from audobon.storage.catalog.rows import dump, select_by_key
from audobon.storage.catalog.words import Meaning, Words, decisions_of, rules_by_meaning
from audobon.storage.sqlite import Database

if TYPE_CHECKING:
    from audobon.model.suggestion import Suggestion

__all__ = ["Limits", "Showing", "Threshold", "pages"]

Threshold = Callable[[str, Sequence[tuple[float, bool]]], float]
"""The lowest score to show, from a component and its decisions on one tag: score, accepted."""

_PAGE = 500  # assets whose suggestions are looked at in one go


class Showing:
    """Suggestions of some assets, without those that are not to be seen."""

    def __init__(self, db: Database, threshold: Threshold, *, tag: str | None, every: bool) -> None:
        self._db = db
        self._words = Words(db)
        self._limits = Limits(db, self._words, threshold)
        self._only = None if tag is None else self._words.meaning(tag.strip())
        self._every = every
        rules = rules_by_meaning(db, self._words)
        self._never = {key for key, states in rules.items() if states[-1]["rule"] == "never"}

    def page(self, keys: Sequence[int]) -> Iterator[Suggestion]:
        from audobon.model.suggestion import Suggestion

        hidden = self._hidden(keys)
        best: dict[tuple[int, Meaning], tuple[Any, ...]] = {}
        for asset, word, *rest in self._rows("suggestion", "word, score, component, version", keys):
            meaning = self._words.meaning(word)
            if (asset, meaning) in hidden or meaning in self._never:
                continue
            score, component, version = rest
            limit = self._limits.of(component, meaning)
            found = (score - limit, word, score, limit, component, version)
            if self._only in (None, meaning) and (self._every or score >= limit):
                best[asset, meaning] = max(found, best.get((asset, meaning), found))
        assets = {asset.key: asset for asset in select_by_key(self._db, keys)}
        order = sorted(best.items(), key=lambda pair: (pair[0][0], -pair[1][2], pair[1][1]))
        for (key, meaning), (_, word, score, limit, component, version) in order:
            name = self._words.written(meaning, word)
            yield Suggestion(assets[key], name, score, limit, component, version)

    def _hidden(self, keys: Sequence[int]) -> set[tuple[int, Meaning]]:
        """What each asset has, by itself or by a tag below it, and what was decided on it."""
        hidden: set[tuple[int, Meaning]] = {
            (asset, self._words.meaning(word, tag))
            for asset, word, tag in self._rows("decision", "word, tag", keys)
        }
        for asset, tags in itertools.groupby(
            self._rows("asset_tag", "tag", keys), key=lambda row: row[0]
        ):
            hidden.update((asset, tag) for tag in self._words.above([tag for _, tag in tags]))
        return hidden

    def _rows(self, table: str, columns: str, keys: Sequence[int]) -> list[tuple[Any, ...]]:
        return self._db.rows(
            f"SELECT asset, {columns} FROM {table} "
            "WHERE asset IN (SELECT value FROM json_each(?)) ORDER BY asset",
            (dump(keys),),
        )


class Limits:
    """Thresholds, each worked out once."""

    def __init__(self, db: Database, words: Words, threshold: Threshold) -> None:
        self._db = db
        self._words = words
        self._threshold = threshold
        self._known: dict[tuple[str, Meaning], float] = {}

    def of(self, component: str, meaning: Meaning) -> float:
        if (component, meaning) not in self._known:
            decided = decisions_of(self._db, self._words, meaning)
            own = [(score, kept) for name, score, kept in decided if name == component]
            self._known[component, meaning] = self._threshold(component, own)
        return self._known[component, meaning]


def pages(db: Database, keys: Sequence[int] | None) -> Iterator[Sequence[int]]:
    """Assets, a page at a time: those of ``keys``, or all with suggestions that are not removed."""
    if keys is not None:
        yield from (keys[at : at + _PAGE] for at in range(0, len(keys), _PAGE))
        return
    last = 0
    while True:
        rows = db.rows(
            "SELECT DISTINCT s.asset FROM suggestion s JOIN asset a ON a.key = s.asset "
            "WHERE s.asset > ? AND a.state <> 'removed' ORDER BY s.asset LIMIT ?",
            (last, _PAGE),
        )
        if not rows:
            return
        last = rows[-1][0]
        yield [key for (key,) in rows]
