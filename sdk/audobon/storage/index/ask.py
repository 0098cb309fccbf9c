"""One question to one consistent view: search with corrections and reasons, completion."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import partial

import tantivy
from attrs import frozen
from tantivy import Query

from audobon.errors import Invalid
from audobon.model.query import And, Everything, FacetCount, Node, Or, Phrase, Signal, Word
from audobon.storage.index.best import best_pages
from audobon.storage.index.collect import Candidate
from audobon.storage.index.compile import Compiler
from audobon.storage.index.facets import count_facets
from audobon.storage.index.feed import Found, FoundHit
from audobon.storage.index.foreign import Meant
from audobon.storage.index.foremost import heaviest
from audobon.storage.index.near import Vocabulary, nearest
from audobon.storage.index.paging import Border, Order, query_mark, write_border
from audobon.storage.index.pieces import Pieces
from audobon.storage.index.reasons import places_mask, reason
from audobon.storage.index.schema import LABEL
from audobon.storage.index.tokens import fold_value, split
from audobon.storage.index.trees import asks_state, leaves, may_find_mark, pruned
from audobon.storage.index.visible import ABSENT, keys_query, visible
from audobon.system.beside import begun

__all__ = ["COMPLETED", "Question", "View", "ask", "complete", "vocabulary"]

COMPLETED = {
    "name": "name",
    "tag": "tag_label",
    "in": "catalog_label",
    "kind": "kind",
    "ext": "ext",
    "format": "format",
}
"""Fields whose values can be completed, and where the engine keeps them."""

Near = dict[str, tuple[str, ...]]
Reading = tuple[Node, Near, tuple[str, ...]]

_KNOWN = 8_192
"""Words of which is remembered how many have them: asking takes 2 us, some 100 times."""
_BEGUN = 48  # words of a beginning that are asked one by one: of four letters it has twenty
_NAME_TERMS = 64  # asked of each part: more than is shown, so that sums over two parts rank well


SOME = "nothing matches all of the words; shown is what matches some of them"


@frozen(slots=True)
class View:
    """What one search looks at: searchers with what each of them must hide."""

    parts: tuple[tuple[tantivy.Searcher, Query | None], ...]
    known: dict[tuple[str, str], int] | None = None
    """In how many documents of the first part a token is, as far as it was asked before; None
    where that changes with each save."""
    listed: dict[str, frozenset[str]] | None = None
    """All tokens that the first part has in a field, once somebody asked; None likewise."""
    foreign: dict[str, tuple[Meant, ...]] | None = None
    """What words of other languages the parts have; None where nobody keeps that."""
    languages: bool = False
    """Whether words are read in other languages too."""
    weights: dict[int, float] | None = None
    """What a score is multiplied by at most, by the number of the part: the first one's is kept;
    None likewise."""
    pieces: Pieces | None = None
    """What words were compiled to for all parts; None where nobody keeps that."""
    later: dict[tuple[str, str], int] | None = None
    """As ``known``, of the second part."""

    def compiler(self, now: datetime, near: Near, *, scored: bool = True) -> Compiler:
        return Compiler(
            now,
            near=near,
            has=self.has,
            often=self.often,
            values=self.values,
            scored=scored,
            languages=self.languages,
            kept=self.foreign,
            pieces=None if near else self.pieces,
            begun=self.begun,
        )

    def seen(
        self, query: Query, *, any_state: bool, marked: bool
    ) -> list[tuple[tantivy.Searcher, Query]]:
        """What each part is asked; ``marked`` as :func:`visible` has it."""
        found = []
        for at, (searcher, hidden) in enumerate(self.parts):
            without = () if any_state else self._absent(at)
            asked = visible(query, hidden=hidden, without=without, marked=marked)
            found.append((searcher, asked))
        return found

    def _absent(self, at: int) -> tuple[str, ...]:
        """The states of assets that are not here, as far as a part has any."""
        return tuple([state for state in ABSENT if self._holds(at, "state", state)])

    def has(self, field: str, token: str) -> bool:
        """Whether a document has a token in a field, or had it lately."""
        if len(self.parts) == 1:  # asked some hundred times for a question
            return self._holds(0, field, token) > 0
        return any(self._holds(at, field, token) for at in range(len(self.parts)))

    def often(self, field: str, token: str) -> int:
        """How many documents have a token in a field, or had it lately."""
        return sum([self._holds(at, field, token) for at in range(len(self.parts))])

    def begun(self, field: str, text: str) -> list[tuple[str, int]] | None:
        """All tokens of a field that begin so, with how many documents have them; None where
        these are many."""
        counts: Counter[str] = Counter()
        for searcher, _ in self.parts:
            there = searcher.terms_with_prefix(field, text, limit=_BEGUN + 1)
            if len(there) > _BEGUN:
                return None
            for word, count in there:
                counts[word] += count
        return list(counts.items())

    def values(self, field: str) -> frozenset[str]:
        """All tokens of a field that a document has, or had lately: for fields of few."""
        found: frozenset[str] = frozenset()
        for at, (searcher, _) in enumerate(self.parts):
            mine = self.listed.get(field) if self.listed is not None and not at else None
            if mine is None:
                mine = frozenset(term for term, _ in searcher.terms_with_prefix(field, ""))
                if self.listed is not None and not at:
                    self.listed[field] = mine
            found |= mine
        return found

    def heaviest(self, at: int) -> float:
        """What a score in a part is multiplied by at most."""
        known = self.weights if not at else None
        found = known.get(at) if known is not None else None
        if found is None:
            found = heaviest(self.parts[at][0])
            if known is not None:
                known[at] = found
        return found

    def _holds(self, at: int, field: str, token: str) -> int:
        searcher, known = self.parts[at][0], self.later if at else self.known
        if known is None:
            return searcher.doc_freq(field, token)
        found = known.get((field, token))
        if found is None:
            if len(known) >= _KNOWN:
                known.clear()
            found = known[field, token] = searcher.doc_freq(field, token)
        return found


@frozen(slots=True)
class Question:
    """A search with everything checked and defaulted."""

    node: Node
    limit: int
    order: Order
    border: Border | None
    facets: tuple[str, ...]
    now: datetime
    loosely: bool = False
    meanwhile: Callable[[list[int]], None] | None = None
    """Called with the keys of the page while facets may still be counted."""

    @property
    def scored(self) -> bool:
        """Whether anybody looks at scores."""
        return self.limit > 0 and self.order.field is None


def ask(view: View, question: Question, known: Vocabulary | None = None) -> Found | None:
    """The answer; None when nothing matches and ``known`` words might correct that.

    The caller then asks again with ``known``, the words of names and tags.
    """
    node = pruned(question.node)
    notes = _ignored_note(question.node)
    if node is None:
        node = Everything()
    border = question.border
    if known is None and border is not None and border.near:
        return None
    readings = (
        [(node, {}, ())]
        if known is None
        else list(_readings(node, known, loosely=question.loosely))
    )
    for read, near, told in readings:
        counts = begun(partial(_counts, view, question, read, near)) if question.facets else None
        compiler = view.compiler(question.now, near, scored=question.scored)
        counting = partial(_matches, counts) if counts else None
        pages = best_pages(view, question, compiler, read, near, counting=counting)
        if pages.candidates or pages.total():
            notes += told
            break
    if not pages.candidates and known is None and any(_positive_words(node)) and not pages.total():
        return None
    shown = pages.candidates[: question.limit]
    hits = _hits(view, compiler, read, shown, question.order, pages.sure)
    if question.meanwhile is not None:
        question.meanwhile([hit.key for hit in hits])
    return Found(
        hits=hits,
        total=pages.total(),
        next=_next(question, pages.candidates, near=known is not None),
        facets=counts()[0] if counts else {},
        notes=notes,
    )


def _counts(
    view: View, question: Question, node: Node, near: Near
) -> tuple[dict[str, tuple[FacetCount, ...]], int]:
    """The counts of all that matches ``node``, which was read with ``near``, and how much that
    is."""
    plain = view.compiler(question.now, near, scored=False)
    query, marked = plain.compile(node), may_find_mark(node)
    parts = view.seen(query, any_state=asks_state(node), marked=marked)
    return count_facets(parts, question.facets)


def _matches(counts: Callable[[], tuple[object, int]]) -> int:
    return counts()[1]


def _next(question: Question, pages: list[Candidate], *, near: bool) -> str | None:
    if len(pages) <= question.limit or not question.limit:
        return None
    last = pages[question.limit - 1]
    seen = (question.border.seen if question.border else 0) + question.limit
    mark = query_mark(question.node, question.order)
    now = question.now.timestamp()
    return write_border(Border(mark, last.value, last.key, seen, now, near))


# --- reasons -------------------------------------------------------------


def _hits(
    view: View,
    compiler: Compiler,
    node: Node,
    shown: list[Candidate],
    order: Order,
    sure: frozenset[str],
) -> tuple[FoundHit, ...]:
    """The hits with their reasons; each of them has the words in the places ``sure``."""
    reasons: dict[int, tuple[str, ...]] = {}
    words, colors = _positive_words(node), _positive_colors(node)
    always: tuple[str, ...] = ()
    if any(part in colors for part in (node.parts if isinstance(node, And) else (node,))):
        colors, always = [], ("color",)  # all that is found has it: no question of its own
    if (words or colors) and shown:
        query, places = places_mask(
            *(compiler, words, colors, keys_query([candidate.key for candidate in shown])), sure
        )
        for searcher, asked in view.seen(query, any_state=True, marked=False):
            hits = searcher.search(asked, len(shown), count=False).hits
            keys = searcher.fast_field_values("key", [address for _, address in hits])
            told: dict[float | str, tuple[str, ...]] = {}  # most are there for the same reasons
            for (score, _), key in zip(hits, keys, strict=True):
                if score not in told:
                    told[score] = reason(float(score), places, sure) + always
                reasons[int(key or 0)] = told[score]
    ranked = order.field is None
    return tuple(
        FoundHit(c.key, float(c.value) if ranked else 0.0, reasons.get(c.key, always))
        for c in shown
    )


def _positive_words(node: Node) -> list[Word | Phrase]:
    """Words and phrases that are asked for, not those excluded."""
    if isinstance(node, And | Or):
        return [word for part in node.parts for word in _positive_words(part)]
    return [node] if isinstance(node, Word | Phrase) else []


def _positive_colors(node: Node) -> list[Signal]:
    if isinstance(node, And | Or):
        return [color for part in node.parts for color in _positive_colors(part)]
    return [node] if isinstance(node, Signal) and node.kind == "color" else []


def _ignored_note(node: Node) -> tuple[str, ...]:
    return tuple(
        f"{leaf.text!r} holds no letter or digit and is ignored"
        for leaf in leaves(node)
        if isinstance(leaf, Word | Phrase) and not split(leaf.text)
    )


# --- corrections ---------------------------------------------------------


def vocabulary(searcher: tantivy.Searcher) -> Counter[str]:
    """The words of names and tags with how many documents hold them."""
    words: Counter[str] = Counter()
    for field in ("name", "tags"):
        for word, count in searcher.terms_with_prefix(field, ""):
            words[word] += count
    return words


def loosened(node: Node) -> Node | None:
    """The same with any of the words in place of all; None where there are not several.

    Filters, phrases and what is excluded stay as they are.
    """
    if not isinstance(node, And):
        return None
    words = tuple(part for part in node.parts if isinstance(part, Word))
    if len(words) < 2:
        return None
    rest = tuple(part for part in node.parts if not isinstance(part, Word))
    return And((*rest, Or(words))) if rest else Or(words)


def _readings(node: Node, known: Vocabulary, *, loosely: bool) -> Iterator[Reading]:
    """Ways to read what finds nothing as it stands, the likeliest first.

    Words that nobody knows are taken for misspelt, then, ``loosely``, any of the
    words is enough, and last the known ones are taken for misspelt as well.
    """
    unknown, others = _near_words(node, known)
    some = loosened(node) if loosely else None
    if unknown:
        yield node, unknown, _near_notes(unknown)
    if some is not None:
        yield some, unknown, (SOME, *_near_notes(unknown))
    if others:
        yield node, others, _near_notes(others)
    yield node, {}, ()


def _near_words(node: Node, known: Vocabulary) -> tuple[Near, Near]:
    """What words may be misspelt for: those that the index does not know, and all of them."""
    tokens: dict[str, bool] = {}
    for word in _positive_words(node):
        if isinstance(word, Word):
            split_word = split(word.text)
            for at, token in enumerate(split_word):
                tokens[token] = word.prefix and at == len(split_word) - 1
    found = {token: nearest(token, known, prefix=prefix) for token, prefix in tokens.items()}
    found = {token: words for token, words in found.items() if words}
    return {token: words for token, words in found.items() if token not in known}, found


def _near_notes(near: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(
        f"nothing matches {token!r} as it stands; shown is what matches {', '.join(words)}"
        for token, words in near.items()
    )


# --- completion ----------------------------------------------------------


def complete(view: View, prefix: str, *, field: str, limit: int) -> tuple[str, ...]:
    """Values of ``field`` that begin with ``prefix``, the most used first."""
    if field not in COMPLETED:
        raise Invalid(
            f"{field!r} has no completions; allowed are {', '.join(COMPLETED)}", subject=field
        )
    store = COMPLETED[field]
    if field == "name":
        tokens = split(prefix)
        begin = tokens[-1] if tokens else ""
    else:
        begin = fold_value(prefix)
    counts: Counter[str] = Counter()
    for searcher, hidden in view.parts:
        # Names have many words, and a word of a deleted asset among them does
        # no harm until the next merge; a removed tag must not be offered.
        if field == "name":
            terms = searcher.terms_with_prefix(store, begin, limit=limit + _NAME_TERMS)
        else:
            alive = visible(Query.all_query(), hidden=hidden, without=())
            terms = searcher.terms_with_prefix(store, begin, filter_query=alive)
        for term, count in terms:
            counts[term.partition(LABEL)[2] or term] += count
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(term for term, _ in ranked[:limit])
