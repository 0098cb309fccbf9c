"""What suggested words mean now, and what was decided about them.

A word means the tag that it or an alias names; without one it stands for
itself, however it is written. Decisions and rules also know the tag that they
were about, so that they follow it when it is renamed.
"""

from __future__ import annotations

from collections.abc import Sequence

from audobon.storage.catalog.apply import find_tag
from audobon.storage.catalog.log import Item, State
from audobon.storage.catalog.rows import dump
from audobon.storage.sqlite import Database
from audobon.system.names import fold

__all__ = [
    "Meaning",
    "Words",
    "decision_state",
    "decisions_of",
    "rule_items",
    "rules_by_meaning",
    "rules_by_name",
]

Meaning = int | str
"""The key of a tag, or a folded word that is none yet."""

_DECISION = ("word", "tag", "verdict", "component", "score")


class Words:
    """Looks words up, each once; for use within one transaction, before it makes a tag."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._known: dict[str, Meaning] = {}
        self._names: dict[int, str | None] = {}

    def meaning(self, word: str, tag: int = 0) -> Meaning:
        """What ``word`` means; the tag with the key ``tag`` where that is still there."""
        if tag and self._name(tag) is not None:
            return tag
        folded = fold(word)
        if folded not in self._known:
            found = find_tag(self._db, word)
            self._known[folded] = folded if found is None else found
        return self._known[folded]

    def written(self, meaning: Meaning, word: str) -> str:
        """As the tag writes itself; as ``word`` does where there is none."""
        return (self._name(meaning) if isinstance(meaning, int) else None) or word

    def above(self, tags: Sequence[int]) -> set[int]:
        """These tags and all above them: who has a tag is found by those too."""
        rows = self._db.rows(
            "WITH RECURSIVE up (key) AS (SELECT value FROM json_each(?) UNION "
            "SELECT t.parent FROM tag t JOIN up ON t.key = up.key WHERE t.parent IS NOT NULL) "
            "SELECT key FROM up",
            (dump(tags),),
        )
        return {key for (key,) in rows}

    def _name(self, key: int) -> str | None:
        if key not in self._names:
            self._names[key] = self._db.value("SELECT name FROM tag WHERE key = ?", (key,))
        return self._names[key]


def decisions_of(db: Database, words: Words, meaning: Meaning) -> list[tuple[str, float, bool]]:
    """Component, score and whether it was accepted, of every decision on a suggested tag."""
    if isinstance(meaning, int):
        where = (
            "tag <> 0 AND tag = :key OR fold IN (SELECT fold FROM tag WHERE key = :key "
            "UNION ALL SELECT fold FROM tag_alias WHERE tag = :key)"
        )
    else:
        where = "fold = :key"
    rows = db.rows(
        f"SELECT word, tag, component, score, verdict FROM decision WHERE {where}",
        {"key": meaning},
    )
    return [
        (component, score, verdict == "accepted")
        for word, tag, component, score, verdict in rows
        if score is not None and words.meaning(word, tag) == meaning
    ]


def decision_state(db: Database, asset: int) -> list[State]:
    """Every decision on an asset, as an item of the change log holds it."""
    rows = db.rows(f"SELECT {', '.join(_DECISION)} FROM decision WHERE asset = ?", (asset,))
    return [dict(zip(_DECISION, row, strict=True)) for row in rows]


def rules_by_meaning(db: Database, words: Words) -> dict[Meaning, list[State]]:
    """All rules, as an item of the change log holds them, by what they are about."""
    found: dict[Meaning, list[State]] = {}
    for word, tag, rule in db.rows("SELECT word, tag, rule FROM rule ORDER BY fold"):
        state = {"word": word, "tag": tag, "rule": rule}
        found.setdefault(words.meaning(word, tag), []).append(state)
    return found


def rules_by_name(db: Database) -> dict[str, str]:
    """Every rule by the tag as it is written now, sorted."""
    words = Words(db)
    found = {
        words.written(meaning, states[-1]["word"]): str(states[-1]["rule"])
        for meaning, states in rules_by_meaning(db, words).items()
    }
    return dict(sorted(found.items(), key=lambda pair: (fold(pair[0]), pair[0])))


def rule_items(db: Database, tag: str, rule: str | None) -> list[Item]:
    """What has to change for a tag to have just this rule, or none."""
    words = Words(db)
    meaning = words.meaning(tag)
    states = rules_by_meaning(db, words).get(meaning, [])
    if [state["rule"] for state in states] == ([] if rule is None else [rule]):
        return []
    items = [Item("rule", 0, state, None) for state in states]
    if rule is not None:
        key = meaning if isinstance(meaning, int) else 0
        items.append(Item("rule", 0, None, {"word": tag, "tag": key, "rule": rule}))
    return items
