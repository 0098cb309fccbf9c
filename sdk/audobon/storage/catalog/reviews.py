"""Suggested tags: kept apart from tags until somebody accepts them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from audobon.errors import Invalid
from audobon.model.change import Change
from audobon.storage.catalog.apply import find_tag, forward
from audobon.storage.catalog.edits import known_keys
from audobon.storage.catalog.log import Draft, Item, Part, State, drafting
from audobon.storage.catalog.names import clean_tag, tag_keys
from audobon.storage.catalog.rows import dump
from audobon.storage.catalog.showing import Limits, Showing, Threshold, pages
from audobon.storage.catalog.words import (
    Words,
    decision_state,
    rule_items,
    rules_by_meaning,
    rules_by_name,
)
from audobon.storage.sqlite import Database
from audobon.system.names import fold

if TYPE_CHECKING:
    from audobon.model.suggestion import Decision, Suggestion, TagRule

__all__ = ["Reviews"]

_NAMED = 3  # tags in the label of a change


class Reviews(Part):
    """Suggestions, decisions on them and rules. Words are tags, aliases, or neither yet."""

    def suggest(
        self,
        ident: str,
        proposals: Sequence[tuple[str, float]],
        *,
        component: str,
        version: str,
        threshold: Threshold,
        author: str,
        now: datetime,
    ) -> Change | None:
        """Keep what a component proposes for an asset, in place of what it proposed before.

        Nothing is tagged, but for words with the rule ``always`` that reach
        their threshold now and did not before: those are accepted, as the
        undoable change that is returned. Words that cannot be a tag are left
        out. NotFound for an asset that is not in the library.
        """
        with drafting(self.db, now) as draft:
            (key,) = known_keys(self.db, [ident])
            before: dict[str, float] = dict(
                self.db.rows(
                    "SELECT fold, score FROM suggestion WHERE asset = ? AND component = ?",
                    (key, component),
                )
            )
            self.db.execute(
                "DELETE FROM suggestion WHERE asset = ? AND component = ?", (key, component)
            )
            kept = {word: score for name, score in proposals if (word := _tag_like(name))}
            self.db.many(
                "INSERT OR REPLACE INTO suggestion VALUES (?, ?, ?, ?, ?, ?)",
                [(key, component, fold(word), word, version, kept[word]) for word in kept],
            )
            chosen = [
                word
                for word, limit in _always(self.db, kept, component, threshold)
                if before.get(fold(word), -1.0) < limit <= kept[word] and _open(self.db, key, word)
            ]
            for word in chosen:
                _decide(draft, key, word, "accepted")
            if not draft.items:
                draft.close()
                return None
            label = _label("always", chosen)
            return draft.finish("edit", label=label, author=author, undoable=True)

    def suggest_everywhere(
        self,
        word: str,
        scores: Mapping[int, float],
        *,
        component: str,
        version: str,
        threshold: Threshold,
        author: str,
        now: datetime,
    ) -> Change | None:
        """Keep the scores of one tag, by the keys of assets, in place of all that a component
        proposed before. Else as :meth:`suggest`; assets that are gone are left out."""
        with drafting(self.db, now) as draft:
            sql = "SELECT asset, score FROM suggestion WHERE component = ?"
            before: dict[int, float] = dict(self.db.rows(sql, (component,)))
            self.db.execute("DELETE FROM suggestion WHERE component = ?", (component,))
            found = self.db.rows(
                "SELECT key FROM asset WHERE state <> 'removed' "
                "AND key IN (SELECT value FROM json_each(?)) ORDER BY key",
                (dump(list(scores)),),
            )
            self.db.many(
                "INSERT INTO suggestion VALUES (?, ?, ?, ?, ?, ?)",
                [(key, component, fold(word), word, version, scores[key]) for (key,) in found],
            )
            for _, limit in _always(self.db, {word: 1.0}, component, threshold):
                for (key,) in found:
                    if before.get(key, -1.0) < limit <= scores[key] and _open(self.db, key, word):
                        _decide(draft, key, word, "accepted")
            if not draft.items:
                draft.close()
                return None
            label = _label("always", [word])
            return draft.finish("edit", label=label, author=author, undoable=True)

    def suggestions(
        self,
        ids: Sequence[str] | None = None,
        *,
        tag: str | None = None,
        threshold: Threshold,
        every: bool = False,
        limit: int = 1000,
    ) -> tuple[Suggestion, ...]:
        """What waits for a decision, in the order of assets, the best score first.

        One per asset and tag, from the component that is surest by its own
        threshold. Left out is what the asset has already, itself or by a tag
        below it, what was decided there, and tags with the rule ``never``;
        without ``every`` also what is below its threshold. NotFound lists ids
        that are unknown or removed.
        """
        with self.db.read():
            keys = None if ids is None else sorted(known_keys(self.db, ids))
            showing = Showing(self.db, threshold, tag=tag, every=every)
            found = itertools.chain.from_iterable(map(showing.page, pages(self.db, keys)))
            return tuple(itertools.islice(found, limit))

    def decide(
        self,
        choices: Sequence[tuple[str, str]],
        verdict: str,
        *,
        author: str,
        now: datetime,
        label: str = "",
        always: bool = False,
    ) -> Change:
        """Accept or reject tags of assets, pairs of id and tag, as one undoable change.

        ``accepted`` gives the asset the tag, ``rejected`` takes it off where
        it is there; both take the suggestion away until they are undone. With
        ``always`` the tags have that rule from now on. All or nothing:
        NotFound for an unknown id, Invalid for what cannot be a tag.
        """
        with drafting(self.db, now) as draft:
            for ident, tag in dict.fromkeys(choices):
                (key,) = known_keys(self.db, [ident])
                _decide(draft, key, clean_tag(tag), verdict)
            for tag in dict.fromkeys(tag for _, tag in choices if always):
                forward(draft, rule_items(self.db, clean_tag(tag), "always"))
            verb = "accept" if verdict == "accepted" else "reject"
            verb = "always" if always else verb
            text = label or _label(verb, [tag for _, tag in choices])
            did = "accept" if verdict == "accepted" else "reject"
            return draft.finish("edit", label=text, author=author, undoable=True, did=did)

    def set_rule(self, tag: str, rule: str | None, *, author: str, now: datetime) -> Change:
        """What is done with suggestions of a tag from now on; None asks again. Undoable."""
        from audobon.model.suggestion import RULES

        if rule is not None and rule not in RULES:
            raise Invalid(f"{rule!r} is no rule; always and never are", subject=rule)
        with drafting(self.db, now) as draft:
            word, words = clean_tag(tag), Words(self.db)
            forward(draft, rule_items(self.db, word, rule))
            label = f"{rule or 'ask about'} {words.written(words.meaning(word), word)}"
            return draft.finish("edit", label=label, author=author, undoable=True)

    def rules(self) -> tuple[TagRule, ...]:
        """Every rule, by the name of its tag."""
        from audobon.model.suggestion import TagRule

        with self.db.read():
            return tuple(TagRule(tag, rule) for tag, rule in rules_by_name(self.db).items())

    def decisions(self, ident: str) -> tuple[Decision, ...]:
        """What was said to suggested tags of an asset, by the names of the tags.

        One for each tag, under the name that it has now. Of several, made when
        their words did not mean one tag yet, a rejection. Empty for an unknown id.
        """
        from audobon.model.suggestion import Decision

        with self.db.read():
            key = self.db.value("SELECT key FROM asset WHERE id = ?", (ident,))
            found = {}
            words = Words(self.db)
            states = [] if key is None else decision_state(self.db, key)
            for state in sorted(states, key=lambda state: str(state["verdict"])):
                meaning = words.meaning(state["word"], state["tag"])
                tag = words.written(meaning, state["word"])
                found[fold(tag)] = Decision(
                    tag, state["verdict"], state["component"], state["score"]
                )
        return tuple(found[key] for key in sorted(found))


def _always(
    db: Database, kept: dict[str, float], component: str, threshold: Threshold
) -> Iterator[tuple[str, float]]:
    """Those words that have the rule ``always``, with their thresholds."""
    words = Words(db)
    rules = rules_by_meaning(db, words)
    limits = Limits(db, words, threshold)
    for word in kept:
        meaning = words.meaning(word)
        if meaning in rules and rules[meaning][-1]["rule"] == "always":
            yield word, limits.of(component, meaning)


def _open(db: Database, asset: int, word: str) -> bool:
    """Whether an asset lacks what a word means, and nobody has decided that there yet."""
    words = Words(db)
    meaning = words.meaning(word)
    tags = [tag for (tag,) in db.rows("SELECT tag FROM asset_tag WHERE asset = ?", (asset,))]
    decided = (words.meaning(each["word"], each["tag"]) for each in decision_state(db, asset))
    return meaning not in words.above(tags) and meaning not in decided


def _decide(draft: Draft, asset: int, word: str, verdict: str) -> None:
    component, score = _proposal(draft.db, asset, word)
    (_give if verdict == "accepted" else _take)(draft, asset, word)
    after = {
        "word": word,
        "tag": find_tag(draft.db, word) or 0,
        "verdict": verdict,
        "component": component,
        "score": score,
    }
    same = _decided(draft.db, asset, word)
    if [state["verdict"] for state in same] != [verdict]:
        items = [Item("decision", asset, state, None) for state in same]
        forward(draft, [*items, Item("decision", asset, None, after)])


def _give(draft: Draft, asset: int, word: str) -> None:
    ((tag, name),) = tag_keys(draft, [word])
    if not _has(draft.db, asset, tag):
        forward(draft, [Item("asset", asset, {}, {"tags": [[tag, name]]})])


def _take(draft: Draft, asset: int, word: str) -> None:
    tag = find_tag(draft.db, word)
    if tag is not None and _has(draft.db, asset, tag):
        name = draft.db.value("SELECT name FROM tag WHERE key = ?", (tag,))
        forward(draft, [Item("asset", asset, {"tags": [[tag, name]]}, {})])


def _has(db: Database, asset: int, tag: int) -> bool:
    return bool(db.value("SELECT 1 FROM asset_tag WHERE asset = ? AND tag = ?", (asset, tag)))


def _decided(db: Database, asset: int, word: str) -> list[State]:
    words = Words(db)
    return [
        state
        for state in decision_state(db, asset)
        if words.meaning(state["word"], state["tag"]) == words.meaning(word)
    ]


def _proposal(db: Database, asset: int, word: str) -> tuple[str, float | None]:
    """Who proposed a tag with which score, the surest; nobody when it was not proposed."""
    words = Words(db)
    meaning = words.meaning(word)
    rows = db.rows("SELECT score, component, word FROM suggestion WHERE asset = ?", (asset,))
    found = [(score, name) for score, name, other in rows if words.meaning(other) == meaning]
    if not found:
        return "", None
    score, component = max(found)
    return component, score


def _tag_like(name: str) -> str | None:
    try:
        return clean_tag(name)
    except Invalid:
        return None


def _label(verb: str, tags: Sequence[str]) -> str:
    names = list(dict.fromkeys(tags))
    more = ", ..." if len(names) > _NAMED else ""
    return f"{verb} {', '.join(names[:_NAMED])}{more}"
