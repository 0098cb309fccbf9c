"""What panels show of duplicates and lost files: one case after another, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from audobon.session.tidying import LOOKING

if TYPE_CHECKING:
    from audobon.model.asset import Asset
    from audobon.model.relinking import Proposal
    from audobon.session.state import State
    from audobon.session.tidying import Tidy

__all__ = ["Case", "View", "cases", "looking", "proposal_text", "summary", "view"]


@frozen
class Case:
    """A group of duplicates: the asset that is worth keeping comes first.

    ``pairs`` are the ids of those that are nearly the same, none where the bytes are.
    """

    assets: tuple[Asset, ...]
    title: str
    text: str
    pairs: tuple[tuple[str, str], ...] = ()


@frozen
class View:
    """All of it: what there is to decide, and ``nothing`` or ``lost`` in sentences.

    ``lost`` tells of the first of the ``proposals``.
    """

    cases: tuple[Case, ...] = ()
    nothing: str = ""
    proposals: tuple[Proposal, ...] = ()
    lost: str = ""


def view(state: State) -> View:
    """What a page for duplicates and lost files shows of a state."""
    found = state.tidy
    proposals = found.proposals or ()
    lost = ""
    if proposals:
        lost = proposal_text(proposals[0])
    elif found.proposals is not None:
        lost = f"{found.missing:,} missing, nothing is proposed."
    return View(cases(found), summary(found), proposals, lost)


def looking(state: State) -> bool:
    """Whether it is looked for duplicates just now, so that what is shown may be old."""
    return state.computing is not None and state.computing.name == LOOKING


def cases(tidy: Tidy) -> tuple[Case, ...]:
    """Groups of equal bytes first, then what is nearly the same."""
    found = []
    for group, best in tidy.exact or ():
        order = (best.asset, *(one for one in group if one.id != best.asset.id))
        text = f"Keep {best.asset.path}: {best.why}."
        found.append(Case(order, f"{len(group)} files with the same bytes", text))
    for near in () if tidy.near is None else tidy.near.groups:
        names = {one.id: one.name for one in near.assets}
        lines = [f"Keep {near.best.asset.path}: {near.best.why}."]
        lines += [f"{names[one.one]} and {names[one.other]}: {one.why}." for one in near.pairs[:4]]
        title = f"{len(near.assets)} pictures nearly the same"
        pairs = tuple((one.one, one.other) for one in near.pairs)
        found.append(Case(near.assets, title, "\n".join(lines), pairs))
    return tuple(found)


def summary(tidy: Tidy) -> str:
    """What is to be known beside the cases; empty where nothing is."""
    near = tidy.near
    if near is None:
        return ""
    parts = []
    if near.unseen:
        parts.append(f"{near.unseen:,} pictures are not looked at yet: look again in a while.")
    if near.plain:
        parts.append(f"{near.plain:,} are too plain to be compared.")
    return " ".join(parts) or ("" if cases(tidy) else "No duplicates.")


def proposal_text(one: Proposal) -> str:
    """What is proposed, how sure, and why."""
    why = "\n".join(f"• {each.text}" for each in one.reasons)
    return f"{one.asset.path} may be {one.file} ({one.score:.0%}):\n{why}"
