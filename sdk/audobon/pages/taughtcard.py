"""The card of what was taught beside tags: written from facts alone, as those of tags."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from audobon.model.taught import RATING, Taught
from audobon.pages.headcard import verdict_text

__all__ = ["RIVALS", "taught_card", "worth_text"]

RIVALS = {
    "mean": "the mean for every picture",
    "nearest": "the stars of the most alike picture",
    "several": "the mean of the five most alike",
    "untuned": "the likeness of the model",
    "previous": "what the version in use was learnt from",
}
_SHOWN = 5


def worth_text(what: str, card: Mapping[str, Any]) -> str:
    """What the held-out figures come to, in one sentence."""
    figures = card["figures"]
    if what != RATING:
        before = next(each for each in card["rivals"] if each["name"] == "untuned")
        return (
            f"among the first ten it finds {figures['found']:.0%} of what could be there, "
            f"untuned {before['found']:.0%}"
        )
    low, high = figures["error_within"]
    least, most = figures["order_within"]
    return (
        f"off by {figures['error']:.2f} stars on held-out pictures ({low:.2f} to {high:.2f}), "
        f"order {figures['order']:.2f} ({least:.2f} to {most:.2f})"
    )


def taught_card(taught: Taught) -> str:
    """The card of one version, as Markdown."""
    state = "in use" if taught.used else "not in use"
    lines = [
        f"# {taught.what.capitalize()}, version {taught.version}",
        "",
        f"Made {taught.made:%Y-%m-%d %H:%M} UTC; {verdict_text(taught.refused)}; now {state}.",
        "",
        *(_of_rating if taught.what == RATING else _of_likeness)(taught.card),
    ]
    return "\n".join(lines) + "\n"


def _of_likeness(card: Mapping[str, Any]) -> list[str]:
    return [
        "Tells which pictures belong together by the tags and catalogs of this library; of what "
        "these say nothing of, it knows no more than the model.",
        "",
        "## Learnt from",
        "",
        f"{card['given']} pictures, {card['different']} of them different, with "
        f"{len(card['labels'])} tags and catalogs: {', '.join(card['labels'])}.",
        *([f"- {card['lost']} could not be looked at."] if card["lost"] else []),
        "",
        "## Held-out figures",
        "",
        "The pictures were parted in halves; in one of them it was looked for those that belong "
        f"together, by what the other one had taught, {card['queries']} different ones in turn. "
        "Of the first ten: the share of what could be right that is, precision and recall.",
        "",
        "| | Found | Precision | Recall | Finds more |",
        "| --- | --- | --- | --- | --- |",
        _line("what was learnt", card["figures"]),
        *(_line(RIVALS.get(each["name"], each["name"]), each) for each in card["rivals"]),
        "",
        "## Made by",
        "",
        f"Linear discriminant analysis, {card['directions']} directions, shrunk by "
        f"{card['shrinking']:g}, mixed to {card['mix']:.0%} with features {card['features']}; "
        f"seed {card['seed']}; {card['seconds']:.1f} s.",
    ]


def _line(name: str, made: Mapping[str, Any]) -> str:
    ahead = _bounds(made["ahead"]) if made["ahead"] else ""
    shares = " | ".join(f"{made[each]:.2f}" for each in ("found", "precision", "recall"))
    return f"| {name} | {shares} | {ahead} |"


def _of_rating(card: Mapping[str, Any]) -> list[str]:
    return [
        "Tells how many stars a picture would be given by whoever rated the examples. It is one "
        "taste, and of other kinds of pictures than the examples its figures say nothing.",
        "",
        "## Learnt from",
        "",
        f"{card['given']} rated pictures, {card['different']} of them different, with "
        f"{card['mean']:.1f} stars in the mean. Nearly equal ones count as one.",
        *([f"- {card['lost']} could not be looked at."] if card["lost"] else []),
        "",
        "## Held-out figures",
        "",
        "Each picture was judged by what was learnt without it and without what is nearly equal "
        "to it. In brackets is the interval of 95 %. The order is Spearman's rank correlation: 1 "
        "is the artist's own order, 0 is none.",
        "",
        "| | Off by stars | Order | Off by less |",
        "| --- | --- | --- | --- |",
        _row("what was learnt", card["figures"], ""),
        *(
            _row(RIVALS.get(each["name"], each["name"]), each, _bounds(each["ahead"]))
            for each in card["rivals"]
        ),
        "",
        "## Held-out pictures",
        "",
        *_pictures(card["held_out"]),
        "",
        "## Made by",
        "",
        f"Ridge regression (L2 {card['penalty']:.2g}) on features {card['features']}; "
        f"seed {card['seed']}; {card['seconds']:.1f} s.",
    ]


def _row(name: str, made: Mapping[str, Any], ahead: str) -> str:
    low, high = made["error_within"]
    least, most = made["order_within"]
    return (
        f"| {name} | {made['error']:.2f} ({low:.2f} to {high:.2f}) | "
        f"{made['order']:.2f} ({least:.2f} to {most:.2f}) | {ahead} |"
    )


def _bounds(ahead: Any) -> str:
    low, high = ahead
    return f"{low:+.2f} to {high:+.2f}"


def _pictures(held: Any) -> list[str]:
    """The beginnings of digests: the best by what was learnt, and those that are most wrong."""
    scored = [(float(score), float(stars), str(digest)) for digest, stars, score, *_ in held]
    best = sorted(scored, reverse=True)
    wrong = sorted(scored, key=lambda one: -abs(one[0] - one[1]))
    return [
        f"- {name}: "
        + ", ".join(f"{each[2][:12]} ({each[0]:.1f} for {each[1]:g})" for each in kind[:_SHOWN])
        for name, kind in (("best", best), ("most wrong", wrong))
    ]
