"""Three-way merge of values, sets and manifests: pure, it reads and writes nothing.

A side that left something as it was gives way to the one that changed it.
Where both changed it differently the result is a clash, and until somebody
decides it, what ours has.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import evolve, frozen

from audobon.codec.manifest import Manifest
from audobon.services.versioning.compare import text_of
from audobon.system.names import fold

if TYPE_CHECKING:
    from audobon.model.asset import AttributeValue
    from audobon.model.suggestion import Decision

__all__ = [
    "Clash",
    "Decide",
    "Merged",
    "merge_manifests",
    "merge_sets",
    "merge_values",
    "undecided",
]

T = TypeVar("T")

Decide = Callable[[str], str]
"""From what a clash is about to ours, theirs, both, or empty while nobody has decided."""

_SCALARS = ("rating", "catalog", "note")
"""Fields that people give, of which an asset has one each."""

_CONTENT = ("digest", "size", "kind", "format", "width", "height", "text")
"""What follows from the bytes: always taken from one side together."""


@frozen(slots=True)
class Clash:
    """A field that both sides changed differently; ``take`` is the decision, if there is one."""

    what: str
    base: str = ""
    ours: str = ""
    theirs: str = ""
    takes: tuple[str, ...] = ("ours", "theirs")
    take: str = ""


@frozen(slots=True)
class Merged:
    """What comes of one asset; None when it is not in the library. ``clashes`` in fixed order."""

    manifest: Manifest | None
    clashes: tuple[Clash, ...] = ()


def undecided(_: str) -> str:
    """Nobody has decided anything."""
    return ""


def merge_values(base: T, ours: T, theirs: T) -> tuple[T, bool]:
    """The value of the side that changed it, and whether both did, differently (then ours)."""
    if theirs in (base, ours):
        return ours, False
    return (theirs, False) if ours == base else (ours, True)


def merge_sets(base: Iterable[T], ours: Iterable[T], theirs: Iterable[T]) -> set[T]:
    """What either side added and what neither removed. No two changes of a set collide."""
    was, mine, other = set(base), set(ours), set(theirs)
    return (was & mine & other) | (mine - was) | (other - was)


def merge_manifests(
    base: Manifest | None,
    ours: Manifest | None,
    theirs: Manifest | None,
    *,
    decide: Decide = undecided,
    facts: Collection[str] = (),
) -> Merged:
    """One asset from its three manifests; None where a side does not have it.

    ``decide`` says what to take by what a clash is about. ``facts`` are the names
    of attributes that the file itself says: where the contents clash they go
    with them, and are no clash of their own.
    """
    if theirs in (base, ours):
        return Merged(ours)
    if ours == base:
        return Merged(theirs)
    if ours is None or theirs is None:
        left = ours or theirs
        if left is None or left.state != "present":
            return Merged(None)
        return _removed(base, ours, theirs, decide)
    held = [side is not None and side.state == "present" for side in (base, ours, theirs)]
    if held[0] and held[1] != held[2]:
        return _removed(base, ours, theirs, decide)
    return _Merge(base or _blank(theirs), ours, theirs, decide, frozenset(facts)).run()


def _removed(
    base: Manifest | None,
    ours: Manifest | None,
    theirs: Manifest | None,
    decide: Decide,
) -> Merged:
    """One side has no file any more, or no asset, and the other one changed it."""
    take = decide("removed")
    clash = Clash("removed", ours=_said(base, ours), theirs=_said(base, theirs), take=take)
    return Merged(theirs if take == "theirs" else ours, (clash,))


def _said(base: Manifest | None, side: Manifest | None) -> str:
    if side is None or side.state != "present":
        return "removed"
    assert base is not None
    names = [name for name in _SCALARS if getattr(base, name) != getattr(side, name)]
    names += ["content"] * (base.digest != side.digest)
    names += ["path"] * (_place(base) != _place(side))
    names += [
        name
        for name in ("tags", "attributes", "relationships", "decisions")
        if getattr(base, name) != getattr(side, name)
    ]
    return "changed: " + ", ".join(sorted(names))


def _blank(like: Manifest) -> Manifest:
    """What both sides come from when neither had the asset before: one nobody has described."""
    return Manifest(
        id=like.id,
        root="",
        path="",
        state="removed",
        kind="",
        format="",
        size=0,
        digest="",
        added=like.added,
    )


def _place(manifest: Manifest) -> tuple[str, str]:
    return manifest.root, manifest.path


def _shown_place(place: tuple[str, str]) -> str:
    return "/".join(place) if any(place) else ""


class _Merge:
    """An asset that both sides have and both changed."""

    def __init__(
        self,
        base: Manifest,
        ours: Manifest,
        theirs: Manifest,
        decide: Decide,
        facts: frozenset[str],
    ) -> None:
        self._sides = (base, ours, theirs)
        self._decide = decide
        self._facts = facts
        self._clashes: list[Clash] = []

    def run(self) -> Merged:
        base, ours, theirs = self._sides
        content = self._content()
        root, path = self._field("path", *map(_place, self._sides))
        fields = {
            name: self._field(name, *(getattr(side, name) for side in self._sides))
            for name in _SCALARS
        }
        # Who lost a file that the other has, or has had it back, is met before or here.
        state = "present" if "present" in (ours.state, theirs.state) else ours.state
        tags = _tags(base.tags, ours.tags, theirs.tags)
        manifest = evolve(
            ours,
            root=root,
            path=path,
            state=state,
            added=min(ours.added, theirs.added),
            tags=tags,
            decisions=_decisions(tags, *(side.decisions for side in self._sides)),
            relationships=tuple(
                sorted(merge_sets(base.relationships, ours.relationships, theirs.relationships))
            ),
            attributes=self._attributes(content),
            **fields,
            **{name: getattr(content, name) for name in _CONTENT},
        )
        return Merged(manifest, tuple(self._clashes))

    def _content(self) -> Manifest:
        """The side whose bytes count."""
        base, ours, theirs = self._sides
        digest, clash = merge_values(base.digest, ours.digest, theirs.digest)
        if clash:
            shown = [f"{side.size} bytes" if side.digest else "" for side in self._sides]
            take = self._clash("content", shown, both=True)
            return theirs if take == "theirs" else ours
        return ours if digest == ours.digest else theirs

    def _clash(self, what: str, shown: Sequence[str], *, both: bool) -> str:
        """Note a clash; the decision about it, or empty."""
        take = self._decide(what)
        takes = ("ours", "theirs", "both") if both else ("ours", "theirs")
        self._clashes.append(Clash(what, shown[0], shown[1], shown[2], takes, take))
        return take

    def _field(self, what: str, *values: Any) -> Any:
        base, ours, theirs = values
        value, clash = merge_values(base, ours, theirs)
        if not clash:
            return value
        show = _shown_place if what == "path" else text_of
        take = self._clash(what, [show(item) for item in values], both=what == "note")
        if take == "both":
            return f"{ours}\n{theirs}"
        return theirs if take == "theirs" else ours

    def _attributes(self, content: Manifest) -> dict[str, AttributeValue]:
        maps = [side.attributes for side in self._sides]
        clashing = any(clash.what == "content" for clash in self._clashes)
        merged: dict[str, AttributeValue] = {}
        for name in sorted({name for values in maps for name in values}):
            if clashing and name in self._facts:
                value = content.attributes.get(name)
            else:
                value = self._attribute(name, *(values.get(name) for values in maps))
            if value is not None:
                merged[name] = value
        return merged

    def _attribute(self, name: str, *values: AttributeValue | None) -> AttributeValue | None:
        value: AttributeValue | None = self._field(f"attributes.{name}", *values)
        return value


def _tags(base: Iterable[str], ours: Iterable[str], theirs: Iterable[str]) -> tuple[str, ...]:
    """As sets of words in which case does not count, spelled as ours does where both have one."""
    was, mine, other = ({fold(name): name for name in names} for names in (base, ours, theirs))
    return tuple(sorted((other | mine)[key] for key in merge_sets(was, mine, other)))


def _decisions(tags: Iterable[str], *sides: Iterable[Decision]) -> tuple[Decision, ...]:
    """Each tag's on its own. Where both sides decided differently the merged tags say who is right.

    A decision that one side took back and the other made differently stays.
    """
    had = {fold(tag) for tag in tags}
    maps = [{fold(each.tag): each for each in decisions} for decisions in sides]
    merged = []
    for key in sorted({key for decisions in maps for key in decisions}):
        value, clash = merge_values(*(decisions.get(key) for decisions in maps))
        if clash:
            verdict = "accepted" if key in had else "rejected"
            both = [decisions[key] for decisions in maps[1:] if key in decisions]
            value = max(both, key=lambda each: (each.verdict == verdict, _strength(each)))
        if value is not None:
            merged.append(value)
    return tuple(merged)


def _strength(decision: Decision) -> tuple[float, str, str]:
    """An order that does not know which side is ours."""
    return decision.score or 0.0, decision.component, decision.tag
