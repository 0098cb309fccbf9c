"""What panels show of assets that are removed for good: what goes, where it stays, the proof."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from attrs import frozen

from audobon.panel.words import bytes_text, sentence
from audobon.session.purging import PLANNING, REMOVING

if TYPE_CHECKING:
    from audobon.model.purge import PurgedPlace, PurgeReport
    from audobon.session.purging import PurgeSeen
    from audobon.session.state import State

__all__ = ["Line", "View", "fits", "view", "working"]

_SHOWN = 8
# Of each kind; more nobody reads before he types a name.


@frozen(slots=True)
class Line:
    """A sentence, and what it is: ``goes``, ``uses`` (others that need it), ``stays``, ``away``
    (where traces are left), ``proof`` or ``trace`` (found in spite of it)."""

    kind: str
    text: str


@frozen(slots=True)
class View:
    """All of it in words; each is empty where there is nothing to say.

    ``ask`` tells what has to be typed, where that is what is awaited; ``cut_off`` that an earlier
    one has to be finished first.
    """

    title: str = ""
    lines: tuple[Line, ...] = ()
    ask: str = ""
    cut_off: str = ""

    @property
    def empty(self) -> bool:
        """Whether nothing of it is to be shown."""
        return self == View()


def working(state: State) -> bool:
    """Whether it is looked what would go, or it goes just now."""
    return state.transfer is not None and state.transfer.name in (PLANNING, REMOVING)


def fits(seen: PurgeSeen, typed: str) -> bool:
    """Whether what has to be typed was typed, so that it may be done."""
    return seen.plan is not None and typed.strip() == seen.typed


def view(state: State) -> View:
    """What a panel shows of a state."""
    seen = state.purging
    cut_off = "An earlier removal did not come to its end. Finish it first." if seen.cut_off else ""
    if seen.done is not None:
        done = seen.done
        title = "All of it is gone." if done.ok else "Not everything is gone."
        return View(title, tuple(_done(done)), cut_off=cut_off)
    if seen.plan is None:
        return View(cut_off=cut_off)
    count = len(seen.plan.assets)
    what = "1 asset" if count == 1 else f"{count:,} assets"
    ask = (
        f"Type {seen.typed} to remove {'it' if count == 1 else 'them'} for good. Nothing brings "
        "that back, and what was done before can no longer be undone."
    )
    return View(f"{what} would go for good.", tuple(_planned(seen.plan)), ask, cut_off)


def _planned(plan: PurgeReport) -> Iterable[Line]:
    yield from _some("goes", plan.assets)
    versions = _counted(plan.versions, "version")
    files = "its files stay" if plan.kept_files else _counted(len(plan.files), "file")
    contents = _counted(plan.contents, "content")
    yield Line("goes", sentence(f"{files}, {contents}; {versions} to be written anew"))
    yield from _some("uses", plan.used_by, "Used by ")
    yield from _some("stays", plan.made_of_it, "Made of it, and stays: ")
    yield from _some("stays", plan.mentions, "Stays: ")
    yield from (_place(one) for one in plan.places)
    yield from _some("away", plan.elsewhere, "Not reached: ")


def _done(done: PurgeReport) -> Iterable[Line]:
    proof = done.proof
    if proof is not None and proof.files:  # else nothing here was to be searched
        found = "nothing of it is found" if proof.ok else _counted(len(proof.traces), "trace")
        files, size = _counted(proof.files, "file"), bytes_text(proof.bytes)
        text = f"Every byte was searched, {files} with {size} unpacked: {found}."
        yield Line("proof" if proof.ok else "trace", text)
        yield from _some("trace", (f"{one.what} in {one.where}" for one in proof.traces), "Found: ")
        if proof.kept_ids:
            entries = "1 entry" if proof.kept_ids == 1 else f"{proof.kept_ids:,} entries"
            yield Line("stays", f"Its id stays in {entries} of the audit log, without its name.")
    yield from (_place(one) for one in done.places)
    yield from _some("stays", done.made_of_it, "Made of it, and stays: ")
    yield from _some("stays", done.mentions, "Stays: ")
    yield from _some("away", done.elsewhere, "Not reached: ")


def _place(place: PurgedPlace) -> Line:
    kind = "proof" if place.done else "away"
    return Line(kind, f"{place.name}: {place.told}.")


def _some(kind: str, texts: Iterable[str], before: str = "") -> Iterable[Line]:
    every = tuple(texts)
    for text in every[:_SHOWN]:
        yield Line(kind, f"{before}{text}")
    if len(every) > _SHOWN:
        yield Line(kind, f"{before}{len(every) - _SHOWN:,} more")


def _counted(count: int, what: str) -> str:
    return f"1 {what}" if count == 1 else f"{count:,} {what}s"
