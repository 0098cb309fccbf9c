"""What was taught, version beside version: the facts of each in a row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from audobon.errors import AudobonError, NotFound
from audobon.learning.intervals import TWO_SIDED_95, wilson
from audobon.model.head import IMPORTED, TaughtHead
from audobon.model.headrun import Cut, HeadRun, Rival, Tried
from audobon.services.core.stores import Stores
from audobon.services.pipelines.nearness import PICTURES, current_recipe, space_name
from audobon.services.taught.headfile import picture_backbone

__all__ = ["compare_heads"]

_SHORT = 12  # of the name of a space of features, where nobody knows the network behind it


def compare_heads(stores: Stores, tag: str | None) -> tuple[HeadRun, ...]:
    """See ``Library.compare_heads``."""
    heads = stores.catalog.heads(tag)
    if tag is not None and not heads:
        raise NotFound(f"{tag} was never taught", subject=tag)
    if tag is None:
        heads = tuple({head.component: head for head in heads}.values())  # the newest are last
    installed = _installed(stores)
    return tuple(_run(head, installed) for head in heads)


def _installed(stores: Stores) -> Mapping[str, str]:
    """The space of features that is looked at now, with the network that makes it."""
    with suppress(AudobonError):  # not installed, or another one: then nobody can name it
        component = picture_backbone(stores).component
        name = f"{component.name} {component.version}"
        return {space_name(current_recipe(stores, PICTURES)): name}
    return {}


def _run(head: TaughtHead, installed: Mapping[str, str]) -> HeadRun:
    card = head.card
    figures, promise = card["figures"], card["promise"]
    held = _held(card["held_out"])
    unnamed = f"features {head.space[:_SHORT]}"
    return HeadRun(
        tag=head.tag,
        version=head.version,
        made=head.made,
        state=_state(head),
        refused=head.refused,
        yes=int(card["yes"]),
        no=int(card["no"]),
        backbone=str(card.get("backbone") or installed.get(head.space, unnamed)),
        f1=float(figures["f1"]),
        f1_within=_pair(figures["f1_within"]),
        ranked=float(figures["ranked"]),
        threshold=head.threshold,
        at_threshold=_cut(held, head.threshold),
        asked=head.precision,
        promised=head.promised,
        shown=int(promise["shown"]),
        right=int(promise["right"]),
        needed=int(promise["needed"]),
        rivals=tuple(
            Rival(
                str(each["name"]),
                float(each["f1"]),
                _pair(each["f1_within"]),
                None if each["ahead"] is None else _pair(each["ahead"]),
            )
            for each in card["rivals"]
        ),
        penalty=float(card["penalty"]),
        path=tuple(Tried(*map(float, each)) for each in card.get("path", ())),
        cuts=tuple(_cuts(held)),
        seconds=float(card["seconds"]),
        took=None if card.get("took") is None else float(card["took"]),
        memory=None if card.get("memory") is None else int(card["memory"]),
    )


def _state(head: TaughtHead) -> str:
    if head.used:
        return "in use"
    if head.refused == IMPORTED:
        return "taken in"
    return "refused" if head.refused else "earlier"


def _pair(told: Sequence[Any]) -> tuple[float, float]:
    low, high = told
    return float(low), float(high)


_Held = Sequence[tuple[float, bool, float]]
# Score, answer and share of each held-out example, the highest score first.


def _held(told: Sequence[Sequence[Any]]) -> _Held:
    """Those of a group that say the same count as one, as ``learning.examples`` has it."""
    counts: dict[tuple[int, bool], int] = {}
    for _, yes, _, group in told:
        counts[int(group), bool(yes)] = counts.get((int(group), bool(yes)), 0) + 1
    rows = [
        (float(score), bool(yes), 1 / counts[int(group), bool(yes)])
        for _, yes, score, group in told
    ]
    return sorted(rows, key=lambda row: -row[0])


def _cuts(held: _Held) -> Iterator[Cut]:
    """One for each score that an example has, the highest first."""
    there = sum(share for _, yes, share in held if yes)
    said = right = 0.0
    for place, (score, yes, share) in enumerate(held):
        said += share
        right += share if yes else 0.0
        last = place + 1 == len(held) or held[place + 1][0] < score
        if last and there:
            yield _told(score, right, said, there)


def _cut(held: _Held, score: float) -> Cut | None:
    """What held-out examples say of suggestions from here on; None where none has the tag."""
    there = sum(share for _, yes, share in held if yes)
    shown = [(yes, share) for found, yes, share in held if found >= score]
    right, said = sum(share for yes, share in shown if yes), sum(share for _, share in shown)
    return _told(score, right, said, there) if there else None


def _told(score: float, right: float, said: float, there: float) -> Cut:
    return Cut(
        *(score, right / said if said else 0.0, wilson(right, said, TWO_SIDED_95)),
        *(right / there, wilson(right, there, TWO_SIDED_95)),
    )
