"""``audobon teach --rating`` and ``--likeness``: what is taught beside tags, as people read it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from audobon.cli.base import Output
from audobon.cli.table import table
from audobon.cli.words import counted
from audobon.library import Library
from audobon.model.taught import RATING, Taught
from audobon.pages.headcard import verdict_text
from audobon.pages.taughtcard import worth_text
from audobon.services.core.queue import Job

__all__ = ["live_text", "predicted", "teach_taught"]

Wait = Callable[[Job], dict[str, Any]]


def live_text(live: dict[str, Any]) -> str:
    """Figures of a lesson that goes on, in a few words; empty without any."""
    if not live:
        return ""
    told = f"{live.get('held_out', 0)} of {live['of']} held out"
    if "error" in live:
        return f"{told}: off by {live['error']:.2f} stars"
    if "found" in live:
        return f"{live['found']:.0%} of what could be among the first ten is found"
    return f"{told}: F1 {live['f1']:.2f}"


def teach_taught(
    out: Output,
    library: Library,
    what: str,
    wait: Wait,
    *,
    versions: bool,
    card: bool,
    number: int | None,
    use: int | str | None,
) -> None:
    """Learn, list, show or go back; ``use`` is a version or "none"."""
    if versions:
        _list(out, library.taught(what))
    elif card:
        text = library.taught_card(what, number)
        out.result({"card": text}, text.rstrip())
    elif use is not None:
        found = library.use_taught(what, None if isinstance(use, str) else use)
        told = f"{what} {found.version} is in use" if found else f"no version of {what} is in use"
        out.result({"taught": found}, told)
    else:
        begun = library.teach_rating() if what == RATING else library.teach_likeness()
        _learnt(out, what, wait(begun))


def _learnt(out: Output, what: str, told: dict[str, Any]) -> None:
    source = "stars" if what == RATING else f"{len(told['labels'])} tags and catalogs"
    lines = [
        f"{what} {told['version']} is {verdict_text(told['refused'])}",
        f"learnt from {told['different']} different pictures with {source}; "
        f"{worth_text(what, told)}",
    ]
    if told["used"] and what == RATING:
        lines.append("'audobon suggest --rating' lists what would be given the most stars")
    out.result(told, "\n".join(lines))


def _list(out: Output, found: tuple[Taught, ...]) -> None:
    rows = [
        (
            str(each.version),
            f"{each.made:%Y-%m-%d %H:%M}",
            worth_text(each.what, each.card),
            "in use" if each.used else each.refused or "earlier",
        )
        for each in found
    ]
    names = ("version", "made (UTC)", "worth", "state")
    out.result({"taught": found}, table(rows, names) or "nothing was taught")


def predicted(
    out: Output, library: Library, query: str | None, *, least: float, limit: int
) -> None:
    """List what would be given the most stars."""
    told = library.predicted_ratings(
        "rating:0" if query is None else query, least=least, limit=limit
    )
    data = [
        {"asset": each.asset.id, "path": each.asset.path, "stars": round(each.stars, 2)}
        for each in told.found
    ]
    rows = [
        (f"{each.stars:.1f}", str(each.asset.rating or ""), each.asset.path) for each in told.found
    ]
    text = table(rows, ("would get", "has", "asset")) or "no picture there would get so many stars"
    out.result({"ratings": data, "unseen": told.unseen}, text)
    if told.unseen:
        hint = "'audobon run embed' looks at them"
        out.note(f"{counted(len(told.unseen), 'picture')} nobody has looked at yet: {hint}")
