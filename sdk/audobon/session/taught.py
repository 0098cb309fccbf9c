"""What is known of the tag that somebody teaches, looked at while somebody looks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from attrs import field, frozen

from audobon.errors import Invalid
from audobon.model.head import Example, Judged, TaughtHead, doubtful, mistakes, surest
from audobon.session.problem import Problem
from audobon.session.watched import Watched

if TYPE_CHECKING:
    from audobon.library import Library
    from audobon.session.lane import Lane
    from audobon.session.telling import Telling

__all__ = ["NO_TEACHING", "Live", "TeachLooker", "TeachSeen"]

_SHOWN = 60
"""Examples of each answer that are told as assets; all of them are counted."""
_PICTURES = 24
"""Held-out pictures of each kind that are told."""
_WAITING = 1000


@frozen(slots=True)
class Live:
    """What a lesson under way has found so far: of how many pictures it has judged some."""

    held_out: int
    of: int
    f1: float


@frozen(slots=True)
class TeachSeen:
    """Everything about one tag. ``known`` is False until it was looked at for the first time.

    ``tags`` are all that were taught or for which something is marked, each with the version in
    use, 0 for none. ``yes`` and ``no`` are examples of the next lesson, what was marked last comes
    first; ``yes_count`` and ``no_count`` are over all. ``fresh`` is how many answers the newest
    version was not learnt from. ``heads`` are the versions, the oldest first, and ``shown`` is
    the one whose held-out pictures are told: the surest ones, the most doubtful ones and the
    mistakes, 0 for none. ``waiting`` is how many suggestions of the tag wait, up to a thousand.
    ``live`` is told while this tag is learnt.
    """

    known: bool = False
    tag: str = ""
    tags: tuple[tuple[str, int], ...] = ()
    yes: tuple[Example, ...] = ()
    no: tuple[Example, ...] = ()
    yes_count: int = 0
    no_count: int = 0
    fresh: int = 0
    heads: tuple[TaughtHead, ...] = field(default=(), hash=False)
    shown: int = 0
    surest: tuple[Judged, ...] = ()
    doubtful: tuple[Judged, ...] = ()
    mistakes: tuple[Judged, ...] = ()
    waiting: int = 0
    live: Live | None = None
    problem: Problem | None = None

    @property
    def used(self) -> TaughtHead | None:
        """The version that suggests."""
        return next((head for head in self.heads if head.used), None)

    @property
    def whole(self) -> bool:
        """Whether all examples are told, and not only counted."""
        return (len(self.yes), len(self.no)) == (self.yes_count, self.no_count)

    def answer(self, ident: str) -> bool | None:
        """What the next lesson takes an asset for, as far as it is told; None for nothing."""
        found = (one.yes for one in (*self.yes, *self.no) if one.asset.id == ident)
        return next(found, None)


NO_TEACHING = TeachSeen()
"""Nothing was looked at."""


class TeachLooker(Watched):
    """Looks at one tag; what other processes do is seen within two seconds.

    ``tell`` changes ``state.teaching``.
    """

    def __init__(self, library: Library, lane: Lane, tell: Telling) -> None:
        super().__init__(lane, "teaching", tell)
        self._library = library
        self._tag = ""
        self._version = 0
        self._stamp: object = None

    def show(self, tag: str, version: int = 0) -> None:
        """Which tag is looked at from now on, and the pictures of which version, 0 for the
        newest."""
        if (tag, version) != (self._tag, self._version):
            self._tag, self._version = tag, version
            self.look()

    def read(self) -> None:
        tag, version, library = self._tag, self._version, self._library
        heads, marked = library.heads(), library.marked_tags()
        mine = library.heads(tag) if tag else ()
        marks = library.marked_examples(tag) if tag else {}
        stamp = (tag, version, self._turn, library.clock, heads, marked, marks)
        if stamp == self._stamp:
            self.tell(known=True, problem=None)
            return
        versions = dict.fromkeys(marked, 0)
        for head in heads:
            versions.setdefault(head.tag, 0)
            versions[head.tag] = head.version if head.used else versions[head.tag]
        told = {"tag": tag, "tags": tuple(sorted(versions.items())), "heads": mine}
        self.tell(known=True, problem=None, **told, **self._of(tag, mine, version))
        self._stamp = stamp

    def _of(self, tag: str, heads: Sequence[TaughtHead], version: int) -> dict[str, object]:
        """The rest of what is told of a tag."""
        library = self._library
        try:
            examples = library.examples(tag) if tag else ()
        except Invalid:  # no tag can be called so; who learns it is told
            examples = ()
        yes = tuple(one for one in examples if one.yes)
        no = tuple(one for one in examples if not one.yes)
        shown = next((head for head in heads if head.version == version), None)
        shown = shown or (heads[-1] if heads else None)
        judged = () if shown is None else library.judged(tag, shown.version)
        waiting = library.suggestions(tag=tag, limit=_WAITING) if heads else ()
        return {
            "yes": yes[:_SHOWN],
            "no": no[:_SHOWN],
            "yes_count": len(yes),
            "no_count": len(no),
            "fresh": _fresh(examples, heads),
            "shown": 0 if shown is None else shown.version,
            "surest": tuple(surest(judged)[:_PICTURES]),
            "doubtful": tuple(doubtful(judged)[:_PICTURES]),
            "mistakes": tuple(mistakes(judged)[:_PICTURES]),
            "waiting": len(waiting),
        }


def _fresh(examples: Sequence[Example], heads: Sequence[TaughtHead]) -> int:
    """How many answers are others than the newest version has learnt from."""
    if not heads:
        return len(examples)
    learnt = {str(digest): bool(yes) for digest, yes, *_ in heads[-1].card["held_out"]}
    said = {one.asset.digest: one.yes for one in examples if one.asset.digest}
    new = sum(learnt.get(digest) is not yes for digest, yes in said.items())
    unread = sum(not one.asset.digest for one in examples)
    return new + unread + sum(digest not in said for digest in learnt)
