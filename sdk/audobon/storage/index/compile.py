"""A query's tree as a query of the engine, with scores that are exact.

Scores are constants by place, not BM25: its statistics differ between the
main index and the tail and change with every merge, and a page border needs
a score that does not. The constants are whole numbers, so their sums are exact
in 32-bit floats in whatever order the engine adds them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from tantivy import Occur, Query

from audobon.errors import Unsupported
from audobon.model.query import (
    And,
    Compare,
    Everything,
    Keys,
    Node,
    Not,
    Or,
    Phrase,
    Signal,
    Term,
    Word,
)
from audobon.storage.index.clauses import (
    FLIPPED,
    any_of,
    begins,
    between,
    bounds,
    constant,
    either,
    terms,
    tokens_query,
)
from audobon.storage.index.colors import words_by_score
from audobon.storage.index.foreign import APART, WORTH, Foreign, Meant
from audobon.storage.index.forms import forms
from audobon.storage.index.pieces import Pieces
from audobon.storage.index.rarest import FEW, beside_rare, both
from audobon.storage.index.schema import SCHEMA
from audobon.storage.index.tokens import BORDER, MAX_TOKEN, fold_value, tokens_of
from audobon.storage.index.visible import keys_query

__all__ = [
    "ALSO",
    "JOINED_MIN",
    "PLACES",
    "Compiler",
]

PLACES = (
    ("name", 16, 12),
    ("tags", 8, 6),
    ("path", 4, 3),
    ("note", 3, 2),
    ("text", 2, 1),
    ("seen", 2, 1),
)
"""Field, score of a whole word there, score of a prefix there."""

_FORM = 0.75
"""What another form of a word (dragons for dragon) is worth; never as much as the word begun."""
ALSO = 0.25
"""What each further place adds of its own score. A quarter of whole numbers: sums stay exact."""

_JOINED = (14, 10)
JOINED_MIN = 4
"""Letters from which a prefix also runs over word borders: shorter ones are not meant so."""

_FILTER = 1  # not 0, so that the weights also order what no word matched
_RAW_FIELDS = {
    "tag": "tag",
    "kind": "kind",
    "in": "catalog",
    "ext": "ext",
    "state": "state",
    "format": "format",
    "bundle": "has",
}
_OPTIONAL = {"tag": "tag", "in": "catalog", "note": "note", "bundle": "bundle"}
_MICRO = 1_000_000

_T = TypeVar("_T")


def _maybe(_field: str, _token: str) -> bool:
    return True


class Compiler:
    """Compiles trees for one moment; ``near`` maps tokens to what they may also be read as.

    ``has`` tells whether any document may have a token in a field: what none has is
    left out, as the engine asks about each document in every part of a query. ``values`` gives
    all tokens that a field has, None where that is not known. What is not ``scored`` only tells
    what matches, in half the time where that is much. With ``languages`` words are also found by
    what other languages have for them, of which ``kept`` remembers what is there. ``often`` tells
    how many documents may have a token. ``pieces`` keeps what was made of a word, while nothing of
    all this changes. ``begun`` gives all tokens of a field that begin so, with how many documents
    have each, None where these are many.
    """

    def __init__(
        self,
        now: datetime,
        *,
        near: Mapping[str, tuple[str, ...]] | None = None,
        has: Callable[[str, str], bool] = _maybe,
        often: Callable[[str, str], int] = lambda _field, _token: FEW,
        values: Callable[[str], Collection[str] | None] = lambda _field: None,
        scored: bool = True,
        languages: bool = False,
        kept: dict[str, tuple[Meant, ...]] | None = None,
        pieces: Pieces | None = None,
        begun: Callable[[str, str], Sequence[tuple[str, int]] | None] = lambda _field, _text: None,
    ) -> None:
        self._now = round(now.timestamp() * _MICRO)
        self._near = near or {}
        self._has, self._values, self._often, self._begun = has, values, often, begun
        self._scored = scored
        self._languages = languages
        self._pieces = Pieces() if pieces is None else pieces
        places = tuple([field for field, _, _ in PLACES])
        self.foreign = Foreign(has, places, on=languages, kept=kept)
        self._rules: dict[type, Callable[..., Query]] = {
            Everything: lambda _node: self._constant(Query.all_query(), _FILTER),
            Word: self._word,
            Phrase: self._phrase,
            Term: self._term,
            Keys: self._keys,
            Compare: self._compare,
            Signal: self._signal,
            And: self._and,
            Or: self._or,
            Not: self._not,
        }

    def _constant(self, query: Query, score: float) -> Query:
        return constant(query, score) if self._scored else query

    def _best(self, queries: list[Query], tie_breaker: float | None = None) -> Query:
        if not self._scored:
            return either(*queries)
        return Query.disjunction_max_query(queries, tie_breaker=tie_breaker)

    def compile(self, node: Node) -> Query:
        """Raises Unsupported for signals."""
        return self._rules[type(node)](node)

    def once(self, what: str, node: Word | Phrase, make: Callable[[], _T]) -> _T:
        """What ``make`` makes of a word, made once while the index stays as it is."""
        begun = node.prefix if isinstance(node, Word) else None
        return self._pieces.once((what, node.text, begun, self._languages), make)

    def ways(self, node: Word | Phrase, field: str) -> tuple[list[Query], list[Query]]:
        """All that a word or phrase is found by in a field of ``PLACES``, side by side: the engine
        unites terms twice as fast as unions of them. Apart stand those that few documents have."""
        return self.once(f"ways {field}", node, lambda: self._ways(node, field))

    def _ways(self, node: Word | Phrase, field: str) -> tuple[list[Query], list[Query]]:
        tokens = tokens_of(node.text)
        if isinstance(node, Phrase):
            return [tokens_query(field, tokens, prefix=False)], []
        many, few = list[Query](), list[Query]()
        spread = self.spread(node, field)
        if spread is not None:
            many, few = [*spread[0]], [*spread[1]]
        elif not self._lacks(field, tokens, node):
            rare = len(tokens) == 1 and not node.prefix and self._often(field, tokens[0]) < FEW
            rare = rare and tokens[0] not in self._near
            (few if rare else many).append(self._read(field, tokens, prefix=node.prefix))
        others = (*self._there(field, self._others(node, tokens)), *self.foreign.words(node, field))
        for word, way in zip(others, terms(field, others), strict=True):
            (few if self._often(field, word) < FEW else many).append(way)
        if field == "name":
            few += self._joined(tokens, prefix=node.prefix)
        return many, few

    def spread(self, node: Word, field: str) -> tuple[list[Query], list[Query]] | None:
        """What begins so as single terms, apart those of few documents; None where these are
        many, and for a whole word.

        The engine looks for a beginning by gathering all that has it.
        """
        tokens = tokens_of(node.text)
        if not node.prefix or len(tokens) != 1 or tokens[0] in self._near:
            return None
        there = self._begun(field, tokens[0])
        if there is None:
            return None
        many = [word for word, count in there if count >= FEW]
        few = [word for word, count in there if count < FEW]
        return terms(field, many), terms(field, few)

    def _lacks(self, field: str, tokens: Sequence[str], node: Word, *, begun: bool = True) -> bool:
        """Whether no document has a word as a whole; what is begun may always be there."""
        if len(tokens) != 1 or tokens[0] in self._near or (node.prefix and begun):
            return False
        return not self._has(field, tokens[0])

    def _others(self, node: Word, tokens: Sequence[str]) -> tuple[str, ...]:
        """Other forms of a word, as far as anything has them; of a word begun from four letters."""
        if len(tokens) != 1 or (node.prefix and len(tokens[0]) < JOINED_MIN):
            return ()
        return self._there("every", forms(tokens[0]))

    def _there(self, field: str, words: Sequence[str]) -> tuple[str, ...]:
        return tuple([word for word in words if self._has(field, word)])

    def _read(self, field: str, tokens: Sequence[str], *, prefix: bool) -> Query:
        if not any(token in self._near for token in tokens):
            return tokens_query(field, tokens, prefix=prefix)
        parts = []
        for at, token in enumerate(tokens):
            last = prefix and at == len(tokens) - 1
            ways = [tokens_query(field, [token], prefix=last)]
            ways += [tokens_query(field, [near], prefix=last) for near in self._near.get(token, ())]
            parts.append((Occur.Must, either(*ways)))
        return Query.boolean_query(parts)

    def _joined(self, tokens: Sequence[str], *, prefix: bool) -> list[Query]:
        """Names in which ``tokens`` run together over word borders, or begin to."""
        word = "".join(tokens)[:MAX_TOKEN]
        if not prefix:
            there = self._has("joined", word)
            return [tokens_query("joined", [word], prefix=False)] if there else []
        if len(word) < JOINED_MIN:
            return []
        return [begins("run_on", f"{word[:at]}{BORDER}{word[at:]}") for at in range(1, len(word))]

    def _word(self, node: Word) -> Query:
        if not self._scored:
            return self.once("anywhere", node, lambda: either(*self.anywhere(node)))
        return self.once("scored", node, lambda: self._scored_word(node))

    def _scored_word(self, node: Word, among: Query | None = None) -> Query:
        """What has a word, ``among`` what :func:`beside_rare` says."""
        options: list[Query] = []
        for _, found in self.options(node):
            # The best of one place alone counts: a word begun is also there as a whole.
            ways = [self._constant(both(query, among), score) for query, score in found]
            options.append(self._best(ways) if len(ways) > 1 else ways[0])
        if len(options) < 2:
            return options[0] if options else Query.empty_query()
        return self._best(options, tie_breaker=ALSO)

    def anywhere(self, node: Word) -> list[Query]:
        """All that a word is found by, wherever that is."""
        tokens = tokens_of(node.text)
        # What is in a name is in the path too, but for what runs together there.
        fields = ["every"] if len(tokens) == 1 else [field for field, _, _ in PLACES[1:]]
        ways = [way for field in fields for each in self.ways(node, field) for way in each]
        ways += self._joined(tokens, prefix=node.prefix)
        return [*ways, *terms("every", self.foreign.anywhere(node)), *self.foreign.together(node)]

    def options(self, node: Word) -> list[tuple[str, list[tuple[Query, float]]]]:
        """All that a word is found by, with scores, for each place that may have it: fields of
        ``PLACES``, and "" for readings of several words, which are anywhere.

        A whole word comes first in its place, then the word begun, then what stands for it.
        """
        return self.once("options", node, lambda: self._options(node))

    def _options(self, node: Word) -> list[tuple[str, list[tuple[Query, float]]]]:
        tokens = tokens_of(node.text)
        others = self._others(node, tokens)
        options: list[tuple[str, list[tuple[Query, float]]]] = []
        for field, whole, begun in PLACES:
            ways: list[tuple[Query, float]] = []
            # A whole word ranks above one only begun where ranks are far apart.
            whole_too = not node.prefix or field in ("name", "tags")
            if whole_too and not self._lacks(field, tokens, node, begun=False):
                ways.append((self._read(field, tokens, prefix=False), whole))
            if node.prefix:
                ways.append((self._read(field, tokens, prefix=True), begun))
            there = self._there(field, others)
            if node.prefix and begun >= whole * _FORM:  # those it begins have that score already
                there = tuple([word for word in there if not word.startswith(tokens[0])])
            if there:
                ways.append((any_of(field, there), whole * _FORM))
            if field == "name":
                joined = self._joined(tokens, prefix=node.prefix)
                if joined:
                    ways.append((either(*joined), _JOINED[node.prefix]))
            if meant := self.foreign.words(node, field):
                ways.append((any_of(field, meant), whole * WORTH))
            if ways:
                options.append((field, ways))
        options += [("", [(query, APART)]) for query in self.foreign.together(node)]
        return options

    def _phrase(self, node: Phrase) -> Query:
        tokens = tokens_of(node.text)
        return self._best(
            [
                self._constant(tokens_query(field, tokens, prefix=False), whole * len(tokens))
                for field, whole, _ in PLACES
            ]
        )

    def _term(self, node: Term) -> Query:
        if node.prefix and not node.value:
            return self._constant(self._any_value(node.field), _FILTER)
        if node.field in _RAW_FIELDS:
            field, value = _RAW_FIELDS[node.field], fold_value(node.value)
            if node.field == "in":
                value = value.strip("/")
            elif node.field == "ext":  # of `tar.gz` it is `gz`; with its dot is how many write it
                value = value.removeprefix(".")
            if node.prefix:
                return self._constant(begins(field, value), _FILTER)
            return self._constant(
                Query.term_query(SCHEMA, field, value, index_option="basic"), _FILTER
            )
        tokens = tokens_of(node.value)
        query = tokens_query(node.field, tokens, prefix=node.prefix)
        if node.field == "name":
            query = either(query, *self._joined(tokens, prefix=node.prefix))
        return self._constant(query, _FILTER)

    def _any_value(self, field: str) -> Query:
        if field in _OPTIONAL:
            return Query.term_query(SCHEMA, "has", _OPTIONAL[field], index_option="basic")
        if field in ("ext", "format"):
            return Query.exists_query(field)
        return Query.all_query()

    def _keys(self, node: Keys) -> Query:
        query = keys_query(list(node.keys)) if node.keys else Query.empty_query()
        return self._constant(query, _FILTER)

    def _compare(self, node: Compare) -> Query:
        field, op, value = node.field, node.op, node.value
        if node.absolute:
            value = value * _MICRO
        elif field in ("added", "updated", "unused"):
            # An age above n is a moment before now less n.
            value, op = self._now - value * _MICRO, FLIPPED[op]
        low, high = bounds(op, value)
        if field == "unused":
            field = "last_used"
        elif field in ("width", "height"):
            low = max(low, 1)  # 0 stands for "has none"
        return self._constant(between(field, low, high), _FILTER)

    def _signal(self, node: Signal) -> Query:
        if node.kind == "color":
            # Of two thousand words some hundred are there. As terms these cost a tenth of what
            # sets do, for which the engine builds an automaton each.
            there = self._values("color")
            found = [
                (word, score)
                for score, words in words_by_score(node.value)
                for word in words
                if there is None or word in there
            ]
            asked = terms("color", [word for word, _ in found])
            if not asked:
                return Query.empty_query()
            scores = [score for _, score in found]
            return self._best([self._constant(*each) for each in zip(asked, scores, strict=True)])
        raise Unsupported(
            f"{node.kind}: is not part of this index; it ranks by likeness, which this version"
            " cannot do",
            subject=node.value,
            hint="search by words, tags and fields instead",
        )

    def frequency(self, word: Word) -> int | None:
        """How many documents have a whole word; None of what is begun, or read in several ways."""
        tokens = tokens_of(word.text)
        known = len(tokens) == 1 and not word.prefix and tokens[0] not in self._near
        return self._often("every", tokens[0]) if known else None

    def _and(self, node: And) -> Query:
        clauses = []
        popular, among = beside_rare(self, node) if self._scored else ([], None)
        for part in node.parts:
            if isinstance(part, Word) and part in popular:
                clauses.append((Occur.Must, self._scored_word(part, among)))
            elif isinstance(part, Not):
                clauses.append((Occur.MustNot, self.compile(part.part)))
            else:
                clauses.append((Occur.Must, self.compile(part)))
        if all(occur == Occur.MustNot for occur, _ in clauses):
            clauses.append((Occur.Must, self._constant(Query.all_query(), _FILTER)))
        return Query.boolean_query(clauses)

    def _or(self, node: Or) -> Query:
        return Query.boolean_query([(Occur.Should, self.compile(part)) for part in node.parts])

    def _not(self, node: Not) -> Query:
        return self._and(And((node,)))
