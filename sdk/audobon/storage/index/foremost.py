"""The few that can rank first, asked for in place of all that match.

A popular word is in half of a library. To score all of it costs most of a question's time, and a
page shows the best fifty. These have the word in their name, and most of them among their tags:
what is known of scores (``compile``) says what anything else can have at most. If the last
of those that were found has more, nothing else comes before it, and the page is the one that
scoring everything would have given, to the last digit. If not, more are asked, and all in the end.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from functools import partial

import tantivy
from attrs import frozen
from tantivy import Occur, Query

from audobon.model.query import And, Compare, Everything, Keys, Node, Not, Term, Word
from audobon.storage.index.clauses import constant, either, terms
from audobon.storage.index.compile import ALSO, PLACES, Compiler
from audobon.storage.index.tokens import tokens_of
from audobon.storage.index.twice import BEGUN, begun_term

__all__ = ["Foremost", "filters", "foremost", "heaviest"]

_Ways = list[tuple[Query, float]]
_FILTERS = (Term, Compare, Keys, Everything, Not)
_ROUNDED = 1.0001  # the engine multiplies scores in 32 bits


@frozen(slots=True)
class Foremost:
    """``query`` finds some of what matches, with the scores that all of it would have; those of
    all else are no more than ``others``, each still to be multiplied by a document's weight.
    What it finds has the words in the places ``sure``. ``alike`` finds hardly more than the one
    before it: it helps where that found enough, of which something else may still be better."""

    query: Callable[[], Query]
    others: float
    sure: frozenset[str]
    alike: bool = False


@frozen(slots=True)
class _Set:
    """Documents that have a word, with what each of them has for it at least, and what adds to
    that; and the most that any other document has."""

    among: tuple[Query, ...]
    score: float
    more: tuple[tuple[Query, float], ...]
    others: float
    sure: frozenset[str]
    alike: bool = False


@frozen(slots=True)
class _Read:
    """A word: the sets of documents that have it in their names, smaller ones first, and the most
    that any document has for it."""

    sets: tuple[_Set, ...]
    most: float


def heaviest(searcher: tantivy.Searcher) -> float:
    """What a score is multiplied by at most (``schema`` has what weights are)."""
    every = Query.all_query()
    found = searcher.aggregate(every, {"most": {"max": {"field": "weight"}}})["most"]["value"]
    return math.log2(2.0 + float(found or 0.0)) * _ROUNDED


def foremost(compiler: Compiler, node: Node) -> Iterator[Foremost]:
    """Parts of what matches, each with more than the one before; none where it is not known
    what ranks first: without words, and with those that only may be there."""
    parts = node.parts if isinstance(node, And) else (node,)
    words = [part for part in parts if isinstance(part, Word)]
    rest = [part for part in parts if not isinstance(part, Word)]
    if not words or not all(isinstance(part, _FILTERS) for part in rest):
        return
    all_read = [compiler.once("read", word, partial(_read, compiler, word)) for word in words]
    read = [each for each in all_read if each.sets]
    if len(read) < len(words):
        return
    beside = filters(compiler, rest)
    gain = float(len([part for part in rest if not isinstance(part, Not)]))
    if len(read) == 1:
        for each in read[0].sets:
            yield _asked([each], beside, gain + each.others)
        return
    # Of several words all in the name, against one of them elsewhere.
    most = sum([each.most for each in read])
    others = max([most - each.most + each.sets[-1].others for each in read])
    yield _asked([each.sets[-1] for each in read], beside, gain + others)


def filters(compiler: Compiler, parts: Sequence[Node]) -> list[tuple[Occur, Query]]:
    """Parts of a question as clauses of one."""
    return [
        (Occur.MustNot, compiler.compile(part.part))
        if isinstance(part, Not)
        else (Occur.Must, compiler.compile(part))
        for part in parts
    ]


def _asked(sets: Sequence[_Set], beside: list[tuple[Occur, Query]], others: float) -> Foremost:
    """What is in all of the sets."""
    sure = frozenset.intersection(*(each.sure for each in sets))
    return Foremost(partial(_within, sets, beside), others, sure, all(each.alike for each in sets))


def _within(sets: Sequence[_Set], beside: list[tuple[Occur, Query]]) -> Query:
    """What adds to a score stands around all before it, one by one: so the engine looks for it
    beside what was found, and does not go through all that has it."""
    clauses = [*beside]
    for each in sets:
        first, *rest = each.among
        clauses.append((Occur.Must, constant(first, each.score)))
        clauses += [(Occur.Must, constant(way, 0)) for way in rest]
    query = Query.boolean_query(clauses)
    for way, score in [more for each in sets for more in each.more]:
        query = Query.boolean_query([(Occur.Must, query), (Occur.Should, constant(way, score))])
    return query


def _apart(ways: Sequence[tuple[Query, float]]) -> Iterator[tuple[Query, float]]:
    """The same ways by falling score, each without what has a better one: the best counts."""
    better: list[Query] = []
    for way, score in sorted(ways, key=lambda each: -each[1]):
        if better:
            clauses = [(Occur.Must, way), *[(Occur.MustNot, each) for each in better]]
            yield Query.boolean_query(clauses), score
        else:
            yield way, score
        better.append(way)


def _read(compiler: Compiler, word: Word) -> _Read:
    """No sets where no name has the word itself."""
    options = dict[str, _Ways]()
    apart: list[float] = []
    more: list[tuple[Query, float]] = []
    for place, ways in compiler.options(word):
        if place:
            options[place] = ways
        else:  # words that together mean it: each reading counts for itself
            apart.append(ways[0][1])
            more.append((ways[0][0], ways[0][1] * ALSO))
    names, paths = options.pop("name", []), options.pop("path", [])
    tags = options.pop("tags", [])
    beside = [_spread(compiler, word, place, ways) for place, ways in options.items()]
    at = _main(names, word, 0)
    if at is None or not paths:
        return _Read((), 0)
    more += [(way, each * ALSO) for ways in beside for way, each in _apart(ways)]
    more += [(way, higher - names[at][1]) for way, higher in names[:at]]
    rest = [*map(_best, options.values()), _best(paths), *apart]
    top, tagged = _best(names), _best(tags)
    if names[at][1] < max(tagged, *rest):
        return _Read((), 0)
    # In its path, too, it is as it is in its name, and nothing counts for more there.
    score = names[at][1] + ALSO * _best(paths)
    unnamed = _together([_best(names[at + 1 :]), tagged, *rest])
    sure = frozenset(("name", "path"))
    sets = []
    on = _main(tags, word, 1)
    both = _both(word)
    if on is not None and both is not None:
        shared = [(way, (higher - tags[on][1]) * ALSO) for way, higher in tags[:on]]
        others = max(unnamed, _together([top, _best(tags[on + 1 :]), *rest]))
        within = score + ALSO * tags[on][1]
        sets.append(_Set((both,), within, (*more, *shared), others, sure | {"tags"}))
    each_tag = _apart(_spread(compiler, word, "tags", tags))
    scored = tuple([(way, each * ALSO) for way, each in each_tag])
    if tags:
        anyhow = either(*[way for way, _ in tags])
        others = max(unnamed, _together([top, *rest]))
        more_of_all = (*more, *scored)
        places = sure | {"tags"}
        sets.append(_Set((names[at][0], anyhow), score, more_of_all, others, places, bool(sets)))
    sets.append(_Set((names[at][0],), score, (*more, *scored), unnamed, sure))
    return _Read(tuple(sets), _together([top, tagged, *rest]))


def _spread(compiler: Compiler, word: Word, field: str, ways: _Ways) -> _Ways:
    """The same ways, with a beginning as the words that begin so, where these are few."""
    terms = compiler.spread(word, field)
    at = _main(ways, word, [place for place, _, _ in PLACES].index(field))
    if terms is None or at is None:
        return ways
    many, few = terms
    score = ways[at][1]
    instead = [(way, score) for way in many] + ([(either(*few), score)] if few else [])
    return [*ways[:at], *instead, *ways[at + 1 :]]


def _main(ways: _Ways, word: Word, place: int) -> int | None:
    """Which of these ways is the word itself, or its beginning where it is only begun."""
    wanted = PLACES[place][2 if word.prefix else 1]
    return next((at for at, (_, score) in enumerate(ways) if score == wanted), None)


def _both(word: Word) -> Query | None:
    """What has a word in its name and among its tags, where that is kept."""
    tokens = tokens_of(word.text)
    if len(tokens) != 1 or (word.prefix and len(tokens[0]) > BEGUN):
        return None
    return terms("both", [begun_term(tokens[0]) if word.prefix else tokens[0]])[0]


def _best(ways: _Ways) -> float:
    return max([score for _, score in ways], default=0.0)


def _together(scores: Sequence[float]) -> float:
    """The score of what has all these places: the best, and a part of each other one."""
    return max(scores) * (1 - ALSO) + sum(scores) * ALSO
