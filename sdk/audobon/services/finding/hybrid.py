"""Searches in which something is asked for by its likeness or meaning: several rankings in one.

Words and filters decide what is found; each signal ranks it. The rankings are
fused by their ranks: G. Cormack, C. Clarke, S. Büttcher, "Reciprocal rank
fusion outperforms Condorcet and individual rank learning methods", SIGIR 2009.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Collection, Mapping, Sequence

import attrs
from attrs import frozen

from audobon.errors import Invalid
from audobon.model.look import Look
from audobon.model.query import And, Everything, Hit, Keys, Node, Page, Signal, Word
from audobon.services.core.stores import Stores
from audobon.services.finding.gathering import gather_beside
from audobon.services.finding.reorder import mark_of, reordered
from audobon.services.finding.sieve import Sieve
from audobon.services.pipelines.meanings import meaning_space, meaning_vector, waiting
from audobon.services.pipelines.nearness import (
    NOTHING,
    Nearest,
    looked_for,
    nearest_contents,
    picture_space,
    picture_vector,
    subject_of,
)
from audobon.services.pipelines.unseen import unseen_pictures
from audobon.storage.vectors import VectorStore
from audobon.system.beside import begun

__all__ = ["Ranking", "fuse", "hybrid", "looks"]

DEPTH = 500
"""Hits of a likeness at most: what comes behind them looks like anything."""

_FLOORS = {"like": 0.4, "meaning": 0.28}
"""Of 158 pictures from installed programs half of all pairs have less than 0.25, and of names asked
for by ten unrelated texts 19 in 20 less than 0.26: below this a likeness is chance."""
_SELECTIVE = 5_000  # matches up to which all are compared, instead of the nearest of the library
_SPREAD = 4  # contents looked up for each hit at most, where a filter takes some away
_MARGIN = 1.15  # more than a filter leaves on average
_SPARE = 100  # contents that no asset has any more
_K = 60.0  # of the paper
_WEIGHTS = {"like": 1.0, "meaning": 1.0, "words": 1.5, "said": 3.0, "some": 0.5, "use": 0.1}
"""``said`` are those that have all the words of a ``meaning:``, ``some`` those that have some of
them. Tuned on half of the judged queries in ``tests/data/relevance``."""
_SAID = 200
_KEPT = 8


@frozen(slots=True)
class Ranking:
    """What one signal finds, best first, each with why it is there. ``kind`` gives its weight."""

    kind: str
    why: Mapping[int, tuple[str, ...]]


@frozen(slots=True)
class _Ranked:
    """What a question has found: keys with their scores, best first, and why each is there."""

    keys: tuple[int, ...]
    scores: Mapping[int, float]
    why: Mapping[int, tuple[str, ...]]
    notes: tuple[str, ...]
    looks: tuple[Look, ...] = ()


def hybrid(
    stores: Stores,
    signals: Sequence[Signal],
    rest: Node,
    *,
    limit: int,
    after: str | None,
    sort: str | None,
    facets: Sequence[str],
) -> Page:
    """The page behind ``after``; see ``Library.search``."""
    mark = _mark(signals, rest)
    ranked = _ranked(stores, signals, rest, mark)
    among = And((rest, Keys(ranked.keys)))
    if sort not in (None, "relevance", "-relevance"):
        found = stores.index.search(
            *(among,), limit=limit, after=after, sort=sort, facets=tuple(facets), now=stores.now()
        )
        keys, total, following = [hit.key for hit in found.hits], found.total, found.next
        counts = found.facets
    else:
        order = ranked.keys[::-1] if sort == "-relevance" else ranked.keys
        start = _offset(after, mark)
        keys, total = list(order[start : start + limit]), len(order)
        following = f"{mark:x}-{start + limit}" if start + limit < total else None
        counts = {}
        if facets:
            counts = stores.index.search(
                *(among,), limit=0, sort="added", facets=tuple(facets), now=stores.now()
            ).facets
    gather_beside(stores)
    rows = {asset.key: asset for asset in stores.catalog.shown(keys)}
    hits = tuple(Hit(rows[key], ranked.scores[key], ranked.why[key]) for key in keys if key in rows)
    return Page(hits, total, following, counts, () if after else ranked.notes)


def looks(stores: Stores, signals: Sequence[Signal], rest: Node) -> tuple[Look, ...]:
    """How such a search looks for what it finds."""
    return _ranked(stores, signals, rest, _mark(signals, rest)).looks


def _mark(signals: Sequence[Signal], rest: Node) -> int:
    return zlib.crc32(repr((signals, rest)).encode())


def _offset(after: str | None, mark: int) -> int:
    if after is None:
        return 0
    given, _, number = after.partition("-")
    if given != f"{mark:x}" or not number.isdecimal():
        raise Invalid(
            "the page token belongs to another query or order; start from the first page",
            subject=after,
        )
    return int(number)


def _ranked(stores: Stores, signals: Sequence[Signal], rest: Node, mark: int) -> _Ranked:
    """The fused ranking, kept while nothing changes, so that pages belong together."""
    spaces = [_space(stores, signal) for signal in signals]
    state = (stores.catalog.clock(), mark_of(stores), *(space.last() for space in spaces))
    key = f"ranked {mark:x}"
    known = stores.remembered.get(key)
    if isinstance(known, tuple) and known[0] == state:
        return known[1]  # type: ignore[no-any-return]
    rankings: list[Ranking] = []
    notes: list[str] = []
    ways: list[Look] = []
    sieve, among, share = _sieve(stores, rest)
    for signal in signals:
        if signal.kind == "meaning":
            first = _begun(stores, signal.value, among, _count(among, share))
            rankings.append(_saying(stores, signal.value, rest))
        else:
            first = None
        keys, look = _sifted(stores, signal, among, share, sieve, first)
        rankings.append(Ranking(signal.kind, dict.fromkeys(keys, (signal.kind,))))
        ways.append(look)
        notes += [each for each in _unknown(stores, signal) if each not in notes]
    found = _fused(stores, sieve, rankings, tuple(notes))
    ranked = attrs.evolve(found, looks=tuple(ways))
    mine = [each for each in list(stores.remembered) if each.startswith("ranked ")]
    for old in mine[: max(0, len(mine) - _KEPT + 1)]:
        stores.remembered.pop(old, None)
    stores.remembered[key] = (state, ranked)
    return ranked


def _space(stores: Stores, signal: Signal) -> VectorStore:
    return picture_space(stores) if signal.kind == "like" else meaning_space(stores)


def _sieve(stores: Stores, rest: Node) -> tuple[Sieve, list[int] | None, float]:
    """What asks for the rest; the keys of all that it finds, None where these are many; how large
    a part of the library they are."""
    if isinstance(rest, Everything):
        return Sieve(stores, rest), None, 1.0
    total = _total(stores, rest, strictly=True)
    stands = total > 0
    if not stands:
        total = _total(stores, rest, strictly=False)
    if total > _SELECTIVE:
        share = min(1.0, total / max(1, int(stores.index.stats()["documents"])))
        return Sieve(stores, rest, strictly=stands), None, share
    found = stores.index.search(rest, limit=max(total, 1), sort="added", now=stores.now())
    keys = [hit.key for hit in found.hits]
    return Sieve(stores, rest, keys, strictly=stands), keys, 1.0


def _total(stores: Stores, rest: Node, *, strictly: bool) -> int:
    return stores.index.search(
        rest, limit=0, sort="added", strictly=strictly, now=stores.now()
    ).total


def _most(among: list[int] | None) -> int:
    return DEPTH if among is not None else _SPREAD * DEPTH


def _count(among: list[int] | None, share: float) -> int:
    """So many that enough are left if the filter takes as many of them as of all."""
    wanted = DEPTH if share == 1.0 else round(_MARGIN * DEPTH / share)
    return min(_most(among), wanted + (_SPARE if among is None else 0))


def _sifted(
    stores: Stores,
    signal: Signal,
    among: list[int] | None,
    share: float,
    sieve: Sieve,
    first: Callable[[], Nearest] | None,
) -> tuple[list[int], Look]:
    """The nearest that words and filters leave, ``DEPTH`` where there are so many, and the plan.

    ``first`` has the first look already. If the filter takes more of them than of all,
    ``_SPREAD`` times as many are looked for.
    """
    count, most = _count(among, share), _most(among)
    while True:
        nearest = _nearest(stores, signal, among, count) if first is None else first()
        keys, first = _keys(stores, signal, nearest), None
        left = sieve.left(keys, DEPTH)
        if len(left) >= DEPTH or count >= most or len(keys) < count // 2:
            return left, Look(signal.kind, *nearest.plan)
        count = most


def _begun(stores: Stores, text: str, among: list[int] | None, count: int) -> Callable[[], Nearest]:
    """Begin to look for what means nearly the same, beside what else is to be asked."""
    space = meaning_space(stores)
    if not space.last():
        return lambda: NOTHING
    names = _named(stores, "meaning", among)

    def look() -> Nearest:
        return looked_for(stores, space, meaning_vector(stores, text), count, among=names)

    return begun(look)


def _named(stores: Stores, kind: str, among: list[int] | None) -> list[bytes] | None:
    """The contents of these assets."""
    if among is None:
        return None
    if kind == "like":
        return [bytes.fromhex(each) for each in stores.catalog.digests(among)]
    return list(meaning_space(stores).contents(among).values())


def _nearest(stores: Stores, signal: Signal, among: list[int] | None, count: int) -> Nearest:
    """The contents of what is nearest, and how it was looked for."""
    names = _named(stores, signal.kind, among)
    if signal.kind == "meaning":
        space, half = meaning_space(stores), meaning_vector(stores, signal.value)
        return nearest_contents(stores, space, half, count, among=names)
    subject, region = subject_of(stores, signal.value)
    half = picture_vector(stores, subject, region=region, cancel=lambda: False)
    space = picture_space(stores)
    nearest = nearest_contents(stores, space, half, count, among=names)
    return reordered(stores, space, half, nearest)


def _keys(stores: Stores, signal: Signal, nearest: Nearest) -> list[int]:
    """The keys of assets with these contents, as far as they are near enough."""
    found = [content for content, score in nearest.found if score >= _FLOORS[signal.kind]]
    if signal.kind == "like":
        named = [content.hex() for content in found]
        by_digest = stores.catalog.ever_holders(named)  # what is not present is left out below
        return [key for each in named for key in by_digest.get(each, ())]
    by_content = meaning_space(stores).holders(found)
    return [key for each in found for key in by_content.get(each, ())]


def _saying(stores: Stores, text: str, rest: Node) -> Ranking:
    """What has the words of a ``meaning:``, all or some of them, and where."""
    words = tuple(Word(each) for each in text.split())
    others = rest.parts if isinstance(rest, And) else (rest,)
    parts = (*(each for each in others if not isinstance(each, Everything)), *words)
    node = And(parts) if len(parts) > 1 else parts[0]
    found = stores.index.search(node, limit=_SAID, sort="relevance", loosely=True, now=stores.now())
    return Ranking("some" if found.notes else "said", {hit.key: hit.why for hit in found.hits})


def _unknown(stores: Stores, signal: Signal) -> list[str]:
    """What a likeness cannot know yet."""
    if signal.kind == "like":
        unseen = len(unseen_pictures(stores, picture_space(stores)))
        return [f"{unseen:,} pictures were not looked at yet: run embed on them"] if unseen else []
    behind = waiting(stores, meaning_space(stores))
    return [f"the meaning of {behind:,} assets is not known yet"] if behind else []


def _fused(
    stores: Stores, sieve: Sieve, rankings: Sequence[Ranking], notes: tuple[str, ...]
) -> _Ranked:
    """Of what is ranked that which the rest of the question finds, in its fused order."""
    left = sieve.left(tuple(dict.fromkeys(key for ranking in rankings for key in ranking.why)))
    asked = sieve.by_words
    if asked:
        words, why = {key: sieve.scores[key] for key in left}, {k: sieve.why[k] for k in left}
    else:
        words, why = _used(stores, left)
    scores = fuse(rankings, words)
    for ranking in rankings:
        for key, told in ranking.why.items():
            if key in why:
                mine = why[key]
                why[key] = tuple(dict.fromkeys((*mine, *told))) if mine else told
    weight = _WEIGHTS["words" if asked else "use"]
    rank, last, gain = -1, math.inf, 0.0
    for value, key in sorted([(-value, key) for key, value in words.items()]):
        if -value < last - 0.5:
            rank += 1
            gain = weight / (_K + rank)
        last = -value
        scores[key] += gain
    order = sorted([(-score, key) for key, score in scores.items()])[:DEPTH]
    return _Ranked(tuple([key for _, key in order]), scores, why, notes)


def fuse(rankings: Sequence[Ranking], among: Collection[int]) -> dict[int, float]:
    """The scores of ``among``: each ranking adds by the rank that it gives a key among them.

    Several of one kind all count, and their order does not matter.
    """
    if len(rankings) == 1:
        weight, scores = _WEIGHTS[rankings[0].kind], dict.fromkeys(among, 0.0)
        ranked = [key for key in rankings[0].why if key in scores]
        scores.update([(key, weight / (_K + rank)) for rank, key in enumerate(ranked)])
        return scores
    gains: dict[int, list[float]] = {key: [] for key in among}
    for ranking in rankings:
        for rank, key in enumerate(key for key in ranking.why if key in gains):
            gains[key].append(_WEIGHTS[ranking.kind] / (_K + rank))
    return {key: math.fsum(each) for key, each in gains.items()}


_Scored = tuple[dict[int, float], dict[int, tuple[str, ...]]]


def _used(stores: Stores, keys: Sequence[int]) -> _Scored:
    """Those that are there, by how often and how lately they were used."""
    uses = stores.catalog.uses(keys)
    order = sorted((use, key) for key, use in uses.items() if use[0])
    ranks = dict.fromkeys(uses, 0.0)
    ranks.update((key, float(rank)) for rank, (_, key) in enumerate(order, 1))
    return ranks, dict.fromkeys(uses, ())
