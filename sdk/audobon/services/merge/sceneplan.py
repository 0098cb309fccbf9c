"""Three versions of a scene, part by part: what a merge takes, and what it may not decide."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import define, field, frozen

from audobon.errors import Invalid
from audobon.formats.blend_parts import Key, Scene
from audobon.formats.compare_parts import compare_parts
from audobon.model.merge import TAKES
from audobon.model.parts import Part, PartChange, PartConflict

__all__ = ["ScenePlan", "expected", "plan_merge"]

_PLACED = frozenset(("object", "collection", "scene", "linked object", "linked collection"))
"""What people remove by hand; of anything else Blender saves what is used."""

_MAX_NAME = 63  # bytes of a name in Blender up to 4.x; 5.0 allows more


@frozen(slots=True)
class ScenePlan:
    """What is done to ours: ``put`` gives parts of theirs and their names then, ``remove`` parts
    of ours. ``conflicts`` are not decided yet; ``refused`` says why no plan is possible."""

    put: Mapping[Key, str]
    remove: tuple[Key, ...]
    taken: tuple[PartChange, ...]
    conflicts: tuple[PartConflict, ...] = ()
    refused: str = ""

    @property
    def renamed(self) -> dict[Key, str]:
        """Parts of theirs that get another name."""
        return {key: name for key, name in self.put.items() if name != key[1]}


@define
class _Draft:
    base: dict[Key, Part]
    ours: dict[Key, Part]
    theirs: dict[Key, Part]
    put: dict[Key, str] = field(factory=dict)
    remove: set[Key] = field(factory=set)
    conflicts: list[PartConflict] = field(factory=list)


def plan_merge(
    base: Scene, ours: Scene, theirs: Scene, takes: Mapping[tuple[str, str], str]
) -> ScenePlan:
    """What to take from ``theirs``; ``takes`` decides parts that both sides changed.

    Invalid for a decision that is none of :data:`TAKES`, and for both of what
    is linked, which has no name of its own.
    """
    draft = _Draft(_by_key(base), _by_key(ours), _by_key(theirs))
    for key in dict.fromkeys((*draft.ours, *draft.theirs, *draft.base)):
        before, here, there = (
            None if part is None else part.digest
            for part in (draft.base.get(key), draft.ours.get(key), draft.theirs.get(key))
        )
        if there in (before, here):
            continue
        if here == before:
            _take(draft, key)
        else:
            _decide(draft, key, takes.get(key), (_status(before, here), _status(before, there)))
    refused = "" if draft.conflicts else _close(draft, ours, theirs)
    changes = tuple(_change(draft, key) for key in (*draft.put, *sorted(draft.remove)))
    return ScenePlan(
        draft.put, tuple(sorted(draft.remove)), changes, tuple(draft.conflicts), refused
    )


def expected(plan: ScenePlan, ours: Scene, theirs: Scene) -> dict[Key, str]:
    """The digest of every part of the merged file; ``theirs`` as read with ``plan.renamed``."""
    found = {key: part.digest for key, part in _by_key(ours).items() if key not in plan.remove}
    there = _by_key(theirs)
    for (kind, _), name in plan.put.items():
        found[kind, name] = there[kind, name].digest
    return found


def _by_key(scene: Scene) -> dict[Key, Part]:
    return {(part.kind, part.name): part for part in scene.parts}


def _status(before: str | None, after: str | None) -> str:
    if before is None:
        return "added"
    return "removed" if after is None else "modified"


def _take(draft: _Draft, key: Key) -> None:
    if key in draft.theirs:
        draft.put[key] = key[1]
    else:
        draft.remove.add(key)


def _decide(draft: _Draft, key: Key, take: str | None, both: tuple[str, str]) -> None:
    if take is None:
        draft.conflicts.append(PartConflict(*key, *both))
    elif take not in TAKES:
        raise Invalid(f"'{take}' is no decision about a part; ours, theirs or both are")
    elif take == "theirs":
        _take(draft, key)
    elif take == "both" and key[0].startswith(("linked ", "library")):
        raise Invalid(f"{_named(key)} cannot be there twice; ours or theirs can", subject=key[1])
    elif take == "both" and key in draft.theirs:
        draft.put[key] = _free_name(draft, key) if key in draft.ours else key[1]


def _free_name(draft: _Draft, key: Key) -> str:
    """As Blender would number it, free on both sides."""
    kind, name = key
    stem, dot, tail = name.rpartition(".")
    stem = stem if dot and tail.isdigit() and stem else name
    for number in range(1, 1_000_000):
        ending = f".{number:03d}"
        short = stem.encode()[: _MAX_NAME - len(ending)].decode("utf-8", "ignore") + ending
        fresh = (kind, short) not in draft.ours and (kind, short) not in draft.theirs
        if fresh and short not in (name for (k, _), name in draft.put.items() if k == kind):
            return short
    raise Invalid(f"there is no free name beside {name}")


def _close(draft: _Draft, ours: Scene, theirs: Scene) -> str:
    """See that whatever a part of the merged file uses is in it; why that cannot be, if not.

    Blender saves meshes and materials while somebody uses them: one that went
    on one side only because its last user there went stays for the other.
    """
    waiting = [(key, "ours") for key in draft.ours if key not in draft.remove | draft.put.keys()]
    waiting += [(key, "theirs") for key in draft.put]
    while waiting:
        key, side = waiting.pop()
        scene = ours if side == "ours" else theirs
        for other in (*scene.uses.get(key, ()), *scene.within.get(key, ())):
            known = other in draft.ours or other in draft.theirs
            if not known or _stays(draft, other):
                continue
            if other[0] in _PLACED:
                return f"{_named(key)} needs {_named(other)}, which the other side has removed"
            if other in draft.remove:
                draft.remove.discard(other)
                waiting.append((other, "ours"))
            else:
                draft.put[other] = other[1]
                waiting.append((other, "theirs"))
    return ""


def _stays(draft: _Draft, key: Key) -> bool:
    return key in draft.put or (key in draft.ours and key not in draft.remove)


def _named(key: Key) -> str:
    return f"the {key[0]} {key[1]}"


def _change(draft: _Draft, key: Key) -> PartChange:
    """What taking a part does to ours."""
    name = draft.put.get(key, key[1])
    before = draft.ours.get(key) if name == key[1] else None
    after = draft.theirs.get(key)
    if before is not None and after is not None:
        return compare_parts((before,), (after,))[0]
    return PartChange(key[0], name, "added" if before is None else "removed")
