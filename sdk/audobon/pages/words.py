"""A difference in sentences: for pages and for the command line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from audobon.codec.words import counted, percent
from audobon.model.details import AssetDetails, PictureChange
from audobon.model.parts import PartChange
from audobon.model.version import FieldChange

__all__ = ["SIGNS", "area", "box_line", "part_words", "parts_summary", "picture_lines", "share"]

SIGNS = {"added": "+", "removed": "-", "modified": "~", "moved": ">"}

_BASIS = {"pixels": "", "merged": " of the merged picture", "preview": " of the preview"}


def share(change: PictureChange) -> str:
    """How much changed, as short as it can be said."""
    return "same pixels" if change.same else percent(change.changed)


def area(change: PictureChange) -> str:
    """How much of what changed, in a few words."""
    if change.same:
        return "same pixels"
    basis = _BASIS[change.basis]
    seen = "changed" if change.changed else "visibly changed"
    return f"{percent(change.changed)}{basis} {seen}"


def box_line(change: PictureChange) -> str:
    """Where the change lies; empty where there is none."""
    if change.box is None:
        return ""
    left, top, wide, tall = change.box
    return f"within {wide} x {tall} at {left}, {top}"


def picture_lines(change: PictureChange, *, arrow: str = "->") -> Iterator[str]:
    """What else is told of two pictures, most important first; sentences without an end."""
    if change.same and not change.notes:
        yield "stored in another way"
    if change.touched > change.changed:
        also = " also" if change.changed else ""
        yield f"{percent(change.touched - change.changed)}{also} differ by less than the eye sees"
    if change.touched:
        told = f"mean {change.mean:.2f}, largest {change.most:.1f}"
        yield f"difference of colour: {told} (delta E; 2.3 is just visible)"
    if change.before != change.after:
        yield f"size: {_size(change.before)} {arrow} {_size(change.after)}"
    if change.before_mode != change.after_mode:
        yield f"mode: {change.before_mode or '-'} {arrow} {change.after_mode or '-'}"
    yield from change.notes


def _size(size: tuple[int, int]) -> str:
    return f"{size[0]} x {size[1]}"


def part_words(change: PartChange, *, arrow: str = "->") -> str:
    """What happened to one part, after its name; empty where the sign says all."""
    told = [
        f"{item.name.replace('_', ' ')} {before or '-'} {arrow} {after or '-'}"
        for item in change.fields
        for before, after in (_short(item),)
    ]
    if change.content:
        told.append("content changed")
    return "; ".join(told)


def _short(item: FieldChange) -> tuple[str, str]:
    """Both values; of paths in the same group the last part only."""
    before, after = item.before, item.after
    group = before.rpartition("/")[0]
    if item.name == "name" and group and group == after.rpartition("/")[0]:
        return before[len(group) + 1 :], after[len(group) + 1 :]
    return before, after


def parts_summary(details: AssetDetails) -> str:
    """``3 changes in 7 layers``; empty where no parts were compared."""
    totals, counts = details.part_counts, Counter(change.kind for change in details.parts)
    if not totals and not counts:
        return ""
    if not counts:
        kind = next(iter(totals)) if len(totals) == 1 else "part"
        return f"no change in {_many(sum(totals.values()), kind)}"
    told = [
        f"{counted(counts[kind], 'change')} in {_many(totals.get(kind, 0), kind)}"
        for kind in dict.fromkeys((*totals, *counts))
        if counts[kind]
    ]
    more = f", and {details.more_parts} more changes" if details.more_parts else ""
    return ", ".join(told) + more


def _many(count: int, kind: str) -> str:
    """``1 mesh``, ``2 meshes``, ``2 particles``."""
    ending = "" if count == 1 or kind.endswith("s") else "es" if kind.endswith("sh") else "s"
    return f"{count} {kind}{ending}"
