"""The card of a head: what it was learnt from and what it is worth, written from facts alone.

M. Mitchell et al., "Model cards for model reporting", FAT* 2019, for what a
card should tell.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from audobon.model.head import TaughtHead

__all__ = ["head_card", "promise_text", "verdict_text"]

_RIVALS = {
    "everything": "the tag for every picture",
    "zero-shot": "a model that knows the name",
    "previous": "what the version in use was learnt from",
    "imported": "the version in use, learnt elsewhere",
    "nearest": "the nearest example",
}
_SHOWN = 5  # pictures of each kind that the card names


def verdict_text(refused: str) -> str:
    """Whether a version suggests, and why not."""
    return "taken into use" if not refused else f"not taken into use: {refused}"


def promise_text(promise: Mapping[str, Any]) -> str:
    """What the precision that was asked for comes to, in one sentence."""
    target = f"{promise['target']:.0%}"
    shown = f"{promise['right']} of {promise['shown']} held-out pictures are right"
    if promise["kept"]:
        return (
            f"{target} precision is promised ({shown} above the threshold, at least "
            f"{promise['least']:.0%} with 90 % confidence); it finds {promise['recall']:.0%} of "
            "the pictures that have the tag"
        )
    needed = f"it takes {promise['needed']} right ones without a wrong one at least"
    if not promise["shown"]:
        return f"{target} precision cannot be promised by so few examples: {needed}"
    return f"{target} precision cannot be promised: {shown} where the proof begins; {needed}"


def head_card(head: TaughtHead) -> str:
    """The card of one version, as Markdown."""
    card, figures = head.card, head.card["figures"]
    state = "in use" if head.used else "not in use"
    lines = [
        f"# {head.tag}, version {head.version}",
        "",
        f"Made {head.made:%Y-%m-%d %H:%M} UTC; {verdict_text(head.refused)}; now {state}.",
        "",
        "Suggests a tag for pictures that look like the examples. It has seen nothing else: of "
        "other subjects, styles or mixtures of pictures its figures say nothing.",
        "",
        "## Learnt from",
        "",
        f"{card['given']} pictures were given: {card['yes']} different ones that have the tag and "
        f"{card['no']} that have not. Nearly equal ones count as one.",
        *_left_out(card),
        "",
        "## Held-out figures",
        "",
        "Each picture was judged by what was learnt without it and without what is nearly equal "
        "to it. In brackets is the interval of 95 %.",
        "",
        "| | F1 | Average precision | Ahead by F1 |",
        "| --- | --- | --- | --- |",
        f"| this head | {_with(figures, 'f1')} | {figures['ranked']:.2f} | |",
        *(_rival(each) for each in card["rivals"]),
        "",
        *((f"Zero-shot took no part: {card['unasked']}.", "") if card.get("unasked") else ()),
        f"Precision {_with(figures, 'precision')}, recall {_with(figures, 'recall')}.",
        "",
        f"{promise_text(card['promise']).capitalize()}. The threshold is {head.threshold:.2f}.",
        "A precision holds for pictures mixed as the examples are: where fewer have the tag, fewer "
        "of the suggestions are right. Reviewed suggestions move the threshold.",
        "",
        "## Held-out pictures",
        "",
        *_pictures(card["held_out"]),
        "",
        "## Made by",
        "",
        f"Logistic regression (L2 {card['penalty']:.2g}) on features {card['features']}, "
        f"calibrated by Platt's method; seed {card['seed']}; {card['seconds']:.1f} s.",
    ]
    return "\n".join(lines) + "\n"


def _with(figures: Mapping[str, Any], name: str) -> str:
    low, high = figures[f"{name}_within"]
    return f"{figures[name]:.2f} ({low:.2f} to {high:.2f})"


def _rival(each: Mapping[str, Any]) -> str:
    low, high = each["ahead"]
    name = _RIVALS.get(each["name"], each["name"])
    return f"| {name} | {_with(each, 'f1')} | {each['ranked']:.2f} | {low:+.2f} to {high:+.2f} |"


def _left_out(card: Mapping[str, Any]) -> list[str]:
    found = [
        (card["repeated"], "had bytes that were given already"),
        (len(card["contradicted"]), "were named as both and are left out"),
        (card["lost"], "could not be looked at any more"),
    ]
    return [f"- {count} {what}." for count, what in found if count]


def _pictures(held: Sequence[Sequence[Any]]) -> list[str]:
    """The beginnings of digests: the surest, the most doubtful, and those that are wrong."""
    scored = [(float(score), bool(yes), str(digest)) for digest, yes, score, *_ in held]
    wrong = sorted(
        (one for one in scored if (one[0] >= 0.5) != one[1]), key=lambda one: -abs(one[0] - 0.5)
    )
    surest = sorted((one for one in scored if one[1]), reverse=True)
    doubtful = sorted(scored, key=lambda one: abs(one[0] - 0.5))
    return [
        f"- {name}: " + (", ".join(f"{each[2][:12]} ({each[0]:.2f})" for each in kind[:_SHOWN]))
        for name, kind in (("surest", surest), ("most doubtful", doubtful), ("wrong", wrong))
        if kind
    ]
