"""What panels show of a tag that is taught: examples, what was learnt in words, and pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from attrs import frozen

from audobon.codec.words import counted
from audobon.model.head import DOUBT
from audobon.panel.words import age, sentence
from audobon.services.taught.teaching import FEWEST
from audobon.session.teaching import lesson_name

if TYPE_CHECKING:
    from audobon.model.asset import Asset
    from audobon.model.head import Judged, TaughtHead
    from audobon.session.state import State
    from audobon.session.taught import TeachSeen

__all__ = ["NO_TAG", "Group", "Picture", "TeachView", "VersionRow", "learning"]
__all__ += ["refused_text", "view"]

NO_TAG = (
    "Name a tag that no model knows: your rust, your style. Pictures that have it and pictures "
    "that have not teach it, on this machine; nothing is tagged, it is suggested."
)
"""To be said where no tag is named."""
_GOOD = 20
# Examples of each answer that make a good beginning, as the documentation says.
_RIVALS = {
    "everything": "saying yes to every picture",
    "zero-shot": "the model that knows this name already",
    "previous": "the version in use",
    "imported": "the version in use, which was learnt elsewhere",
    "nearest": "taking the most alike example",
}
_SOURCES = {
    "marked": "Marked",
    "reviewed": "Decided in review",
    "tagged": "Has the tag",
    "taught": "Taught before",
}


@frozen(slots=True)
class Picture:
    """A picture with what the next lesson takes it for: yes, no, or (None) nothing.

    ``text`` is one line below it, ``tip`` a sentence about it.
    """

    asset: Asset
    yes: bool | None
    text: str
    tip: str


@frozen(slots=True)
class Group:
    """Pictures of one kind: ``name`` is its key, ``about`` says in a sentence what they are."""

    name: str
    title: str
    about: str
    pictures: tuple[Picture, ...]
    more: int = 0


@frozen(slots=True)
class VersionRow:
    """A version in the list of them."""

    version: int
    text: str
    used: bool
    shown: bool


@frozen(slots=True)
class TeachView:
    """All of it; each text is empty where there is nothing to say.

    ``counts`` says how many examples there are, ``need`` what is missing, ``fresh`` how many
    answers were not learnt yet; ``ready`` that a lesson can begin, and ``button`` what the
    button for it says. ``live`` is told while it learns. ``result`` are sentences about the
    version that is ``shown``, ``groups`` its held-out pictures, mistakes first. ``examples`` are
    what the next lesson learns from. ``review`` says how many suggestions wait.
    """

    tag: str = ""
    about: str = ""
    counts: str = ""
    need: str = ""
    fresh: str = ""
    ready: bool = False
    button: str = "Learn"
    learning: bool = False
    live: str = ""
    shown: int = 0
    result: tuple[str, ...] = ()
    versions: tuple[VersionRow, ...] = ()
    groups: tuple[Group, ...] = ()
    examples: tuple[Group, ...] = ()
    review: str = ""

    def group(self, name: str) -> Group | None:
        """That of this name, of either kind."""
        return next((one for one in (*self.groups, *self.examples) if one.name == name), None)


def learning(state: State, tag: str) -> bool:
    """Whether this tag is learnt just now."""
    return state.computing is not None and state.computing.name == lesson_name(tag)


def view(state: State) -> TeachView:
    """What a page for teaching shows of a state."""
    seen = state.teaching
    if not seen.known or not seen.tag:
        return TeachView(about=NO_TAG)
    shown = next((head for head in seen.heads if head.version == seen.shown), None)
    now = learning(state, seen.tag)
    return TeachView(
        tag=seen.tag,
        counts=f"{seen.yes_count:,} yes, {seen.no_count:,} no.",
        need=_need(seen),
        fresh=_fresh(seen),
        ready=min(seen.yes_count, seen.no_count) >= FEWEST,
        button="Learn Again" if seen.heads else "Learn",
        learning=now,
        live=_live(seen) if now else "",
        shown=seen.shown,
        result=() if shown is None else tuple(_result(shown)),
        versions=tuple(
            VersionRow(head.version, _version(head), head.used, head.version == seen.shown)
            for head in reversed(seen.heads)
        ),
        groups=tuple(_groups(seen)),
        examples=tuple(_examples(seen)),
        review=f"{counted(seen.waiting, 'suggestion')} to review." if seen.waiting else "",
    )


def _need(seen: TeachSeen) -> str:
    yes, no = FEWEST - seen.yes_count, FEWEST - seen.no_count
    parts = [f"{yes} more that are {seen.tag}"] if yes > 0 else []
    parts += [f"{no} more that are not"] if no > 0 else []
    if parts:
        return f"Select pictures and mark at least {' and '.join(parts)}."
    if not seen.heads and min(seen.yes_count, seen.no_count) < _GOOD:
        return f"It can learn from these; {_GOOD} of each are a good beginning."
    return ""


def _fresh(seen: TeachSeen) -> str:
    if not seen.heads or not seen.fresh:
        return ""
    answers = "1 answer is" if seen.fresh == 1 else f"{seen.fresh:,} answers are"
    return f"{answers} new since version {seen.heads[-1].version} was learnt."


def _live(seen: TeachSeen) -> str:
    live = seen.live
    if live is None:
        return "Looking at the pictures"
    return f"Judged {live.held_out} of {live.of} unseen: F1 {live.f1:.2f}"


def _result(head: TaughtHead) -> list[str]:
    figures, promise = head.card["figures"], head.card["promise"]
    low, high = figures["f1_within"]
    if head.used:
        first = f"Version {head.version} is in use."
    elif head.refused:
        first = f"Version {head.version} was not taken into use: {refused_text(head.refused)}."
    else:
        first = f"Version {head.version} is not in use."
    return [
        first,
        f"Learnt from {head.card['yes']} yes and {head.card['no']} no.",
        f"F1 on unseen pictures: {figures['f1']:.2f} ({low:.2f} to {high:.2f}).",
        _promised(promise),
        f"It suggests from {head.threshold:.0%} on.",
    ]


def refused_text(refused: str) -> str:
    """Why a version was not taken into use, in words that need no book about learning."""
    for name, words in _RIVALS.items():
        refused = refused.replace(f"than {name}:", f"than {words}:")
        refused = refused.replace(f"{name} is clearly", f"{words} is clearly")
    return refused


def _promised(promise: Mapping[str, Any]) -> str:
    target = f"{promise['target']:.0%} of suggestions right"
    if promise["kept"]:
        return f"{target}: promised. It finds {promise['recall']:.0%} of what has the tag."
    return (
        f"{target}: not proved yet. That takes {promise['needed']} right ones without a wrong one."
    )


def _version(head: TaughtHead) -> str:
    figures = head.card["figures"]
    state = "in use" if head.used else "not taken" if head.refused else "earlier"
    return f"{head.version}: F1 {figures['f1']:.2f}, {state}, {age(head.made)}"


def _groups(seen: TeachSeen) -> list[Group]:
    """Held-out pictures; each stands where it says the most."""
    kinds: Sequence[tuple[str, str, str, Sequence[Judged]]] = (
        (
            *("mistakes", "Mistakes"),
            "It says otherwise than you. Is it the picture that is marked wrongly?",
            seen.mistakes,
        ),
        (
            *("doubtful", "Most Doubtful"),
            "It is hardly sure of these; more like them help.",
            [one for one in seen.doubtful if abs(one.score - 0.5) < DOUBT],
        ),
        (
            *("surest", "Most Certain"),
            "It is surest that these have the tag.",
            [one for one in seen.surest if not one.wrong],
        ),
    )
    found, told = [], set[str]()
    for name, title, about, judged in kinds:
        pictures = tuple(_judged(seen, one) for one in judged if one.asset.id not in told)
        told |= {one.asset.id for one in judged} if name == "mistakes" else set()
        if pictures:
            found.append(Group(name, title, about, pictures))
    return found


def _judged(seen: TeachSeen, one: Judged) -> Picture:
    said = "yes" if one.yes else "no"
    now = seen.answer(one.asset.id)
    # Beyond those that are told it is as it was learnt: nobody has marked it since.
    now = one.yes if now is None and not seen.whole else now
    tip = sentence(f"{one.asset.name}: learnt as {said}, and judged to {one.score:.0%} unseen")
    return Picture(one.asset, now, f"{one.score:.0%}", tip)


def _examples(seen: TeachSeen) -> list[Group]:
    found = []
    for name, examples, count in (
        ("yes", seen.yes, seen.yes_count),
        ("no", seen.no, seen.no_count),
    ):
        pictures = tuple(
            Picture(
                one.asset,
                one.yes,
                one.asset.name,
                sentence(f"{one.asset.name}: {_SOURCES[one.source].lower()}"),
            )
            for one in examples
        )
        if pictures:
            about = "What the next lesson takes for " + ("the tag." if name == "yes" else "others.")
            title = f"{'Yes' if name == 'yes' else 'No'}: {count:,}"
            found.append(Group(name, title, about, pictures, count - len(pictures)))
    return found
