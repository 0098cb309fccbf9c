"""Suggested tags as people meet them: shown by their thresholds, decided one way or the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from audobon.errors import Invalid
from audobon.model.asset import Asset
from audobon.model.change import Change
from audobon.model.head import TaughtHead
from audobon.model.suggestion import Suggestion
from audobon.services.core.stores import Stores
from audobon.services.pipelines.thresholds import default_for, threshold_for
from audobon.system.names import fold

__all__ = ["decide", "keep", "keep_everywhere", "suggestions"]

Limit = Callable[[str, Sequence[tuple[float, bool]]], float]


def _limits(stores: Stores) -> Limit:
    """Thresholds by component: those of taught heads follow the precision that was asked for."""
    taught = {head.component: head for head in stores.catalog.heads() if head.used}

    def threshold(component: str, decisions: Sequence[tuple[float, bool]]) -> float:
        head = taught.get(component)
        if head is None:
            return threshold_for(decisions, default_for(component))
        return threshold_for(decisions, head.threshold, head.precision)

    return threshold


def keep(stores: Stores, asset: Asset, by: Mapping[str, str], values: Sequence[Any]) -> None:
    """Keep what a pipeline proposes; ``by`` names its network's ``component`` and ``version``.

    What is found in several places counts once, with its best score.
    """
    best: dict[str, float] = {}
    for value in values:
        tag, score = str(value["tag"]), float(value["score"])
        best[tag] = max(score, best.get(tag, score))
    stores.catalog.suggest(
        asset.id,
        list(best.items()),
        component=by["component"],
        version=by["version"],
        threshold=_limits(stores),
        author=stores.author,
        now=stores.now(),
    )


def keep_everywhere(stores: Stores, head: TaughtHead, scores: Mapping[int, float]) -> None:
    """Keep what a head says of assets, by their keys, in place of all that it said before."""
    stores.catalog.suggest_everywhere(
        *(head.tag, scores),
        component=head.component,
        version=str(head.version),
        threshold=_limits(stores),
        author=stores.author,
        now=stores.now(),
    )


def suggestions(
    stores: Stores,
    assets: Sequence[Asset] | None,
    *,
    tag: str | None,
    every: bool,
    limit: int,
) -> tuple[Suggestion, ...]:
    """See ``Library.suggestions``."""
    ids = None if assets is None else [asset.id for asset in assets]
    threshold = _limits(stores)
    return stores.catalog.suggestions(ids, tag=tag, threshold=threshold, every=every, limit=limit)


def decide(
    stores: Stores,
    given: Suggestion | Iterable[Suggestion],
    verdict: str,
    *,
    always: bool = False,
) -> Change:
    """See ``Library.accept`` and ``Library.reject``."""
    stores.need_writable("decide about suggestions")
    chosen = (given,) if isinstance(given, Suggestion) else tuple(given)
    if not chosen:
        raise Invalid("no suggestion is given; name at least one")
    choices = [(each.asset.id, each.tag) for each in chosen]
    change = stores.catalog.decide(
        choices, verdict, author=stores.author, now=stores.now(), always=always
    )
    marked = {fold(tag) for tag in stores.catalog.marked_tags()}
    for tag in dict.fromkeys(tag for _, tag in choices if fold(tag) in marked):
        # What is said last counts for the next lesson.
        stores.catalog.unmark(tag, {ident for ident, said in choices if said == tag})
    return change
