"""The candidates of a page, and how much matches in all: found apart where that is much."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from attrs import frozen
from tantivy import Occur, Query

from audobon.model.query import And, Node, Word
from audobon.storage.index.clauses import either
from audobon.storage.index.collect import Candidate, best, collect, counted, merged
from audobon.storage.index.compile import Compiler
from audobon.storage.index.foremost import Foremost, filters, foremost
from audobon.storage.index.tokens import tokens_of
from audobon.storage.index.trees import asks_state, may_find_mark
from audobon.system.beside import begun

if TYPE_CHECKING:
    from audobon.storage.index.ask import Question, View

__all__ = ["Pages", "best_pages"]

_POPULAR = 8_000
"""Documents of a word from which scoring all that has it costs more than looking twice."""
_LOOKED = 8  # words that begin alike: the most frequent ones say how many there are

Near = dict[str, tuple[str, ...]]


@frozen(slots=True)
class Pages:
    """Candidates for the page and one more, to know whether there is a next; ``total`` counts
    all that matches, or waits for who does."""

    candidates: list[Candidate]
    total: Callable[[], int]
    sure: frozenset[str] = frozenset()
    """Places in which all of the candidates have the words."""


def best_pages(
    view: View,
    question: Question,
    compiler: Compiler,
    node: Node,
    near: Near,
    *,
    counting: Callable[[], int] | None,
) -> Pages:
    """What ``node`` finds, read with ``near``; ``counting`` has the number of all, where it is
    being counted already."""
    need = question.limit + 1 if question.limit else 0
    any_state = asks_state(question.node)
    looked = question.scored and not (question.order.rising or near) and _popular(view, node)
    if looked:
        most = max([view.heaviest(at) for at in range(len(view.parts))], default=1.0)
        reached: float | None = None
        for each in foremost(compiler, node):
            if each.alike and reached is not None and reached <= each.others * most:
                continue
            found = _first(view, question, need, each, any_state=any_state)
            reached = float(found[-1].value) if found and len(found) == need else 0.0
            if reached > each.others * most:
                total = counting or _counting(view, question, node)
                return Pages(found, total, each.sure)
    pages, count = [], 0
    asked, marked = compiler.compile(node), may_find_mark(node)
    for searcher, query in view.seen(asked, any_state=any_state, marked=marked):
        page, matches = collect(
            searcher, query, order=question.order, border=question.border, need=need
        )
        pages.append(page)
        count += matches
    return Pages(merged(pages, question.order)[:need], lambda: count)


def _first(
    view: View, question: Question, need: int, asked: Foremost, *, any_state: bool
) -> list[Candidate]:
    """The first candidates of what is asked; none where it takes more to tell."""
    found = []
    for searcher, query in view.seen(asked.query(), any_state=any_state, marked=False):
        page = best(searcher, query, border=question.border, need=need)
        if page is None:
            return []
        found.append(page)
    return merged(found, question.order)[:need]


def _counting(view: View, question: Question, node: Node) -> Callable[[], int]:
    """Who counts all that matches, beside what else is to do where that takes a while."""
    count = partial(_count, view, question, node)
    parts = node.parts if isinstance(node, And) else (node,)
    if len(parts) == 1 and len(view.parts) == 1:
        return count  # the engine knows how many documents have a word
    return begun(count)


def _count(view: View, question: Question, node: Node) -> int:
    any_state, marked = asks_state(question.node), may_find_mark(node)
    compiler = view.compiler(question.now, {}, scored=False)
    return sum(
        counted(searcher, part)
        for query in _disjoint(compiler, node)
        for searcher, part in view.seen(query, any_state=any_state, marked=marked)
    )


def _disjoint(compiler: Compiler, node: Node) -> list[Query]:
    """Questions that together find what ``node`` does, each document by one of them.

    The engine counts a word and then what has only its other forms, which are few, in two thirds
    of the time in which it counts what has any of them.
    """
    parts = node.parts if isinstance(node, And) else (node,)
    words = [part for part in parts if isinstance(part, Word)]
    ways = compiler.anywhere(words[0]) if len(words) == 1 else []
    if len(ways) < 2:
        return [compiler.compile(node)]
    beside = filters(compiler, [part for part in parts if part is not words[0]])
    first, others = ways[0], either(*ways[1:])
    return [
        Query.boolean_query([(Occur.Must, first), *beside]) if beside else first,
        Query.boolean_query([(Occur.Must, others), (Occur.MustNot, first), *beside]),
    ]


def _popular(view: View, node: Node) -> bool:
    """Whether so much has each of the words that it pays to look for the first ones alone."""
    parts = node.parts if isinstance(node, And) else (node,)
    words = [part for part in parts if isinstance(part, Word)]
    return bool(words) and all(_documents(view, word) >= _POPULAR for word in words)


def _documents(view: View, word: Word) -> int:
    """How many documents have a word, about."""
    tokens = tokens_of(word.text)
    if len(tokens) != 1 or not view.parts:
        return 0
    searcher = view.parts[0][0]
    if not word.prefix:
        return searcher.doc_freq("every", tokens[0])
    alike = searcher.terms_with_prefix("every", tokens[0], limit=_LOOKED)
    return sum([count for _, count in alike])
