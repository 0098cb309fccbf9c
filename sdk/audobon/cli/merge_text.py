"""A merge as people read it, and the status that open conflicts end with."""

from __future__ import annotations

from audobon.cli.table import table
from audobon.cli.words import counted
from audobon.errors import Conflict
from audobon.model.merge import MergeConflict, MergeReport

__all__ = ["conflict_rows", "merge_text", "still_open"]


def merge_text(report: MergeReport, *, planned: bool = False) -> str:
    """What was or would be done, and the conflicts that are open."""
    lines = [_head(report, planned=planned)]
    for path, parts in report.parts:
        named = ", ".join(f"{part.status} {part.kind} {part.name}" for part in parts)
        lines.append(f"  {path}: {named or 'merged'}")
    if report.conflicts:
        lines += [f"{counted(len(report.conflicts), 'conflict')}:", conflict_rows(report.conflicts)]
    lines += [f"  in the way: {path}" for path in report.blocked if not report.merged]
    return "\n".join(lines)


def _head(report: MergeReport, *, planned: bool) -> str:
    if report.kind == "nothing":
        return f"{report.name} is merged already"
    done = (
        f"{counted(len(report.written), 'file')} written, {len(report.removed)} removed, "
        f"{len(report.edited)} edited"
    )
    if report.merged:
        how = "fast-forward to" if report.kind == "fast-forward" else "version"
        return f"merged {report.name}: {done}; {how} {report.version[:10]}"
    if planned:
        how = " by a fast-forward" if report.kind == "fast-forward" else ""
        return f"would merge {report.name}{how}: {done}"
    return f"{report.name} is being merged; nothing is changed until all is decided"


def conflict_rows(conflicts: tuple[MergeConflict, ...]) -> str:
    """One line each: id, path, what, the two values and what can be taken."""
    return table([_row(one) for one in conflicts], cut=False)


def _row(one: MergeConflict) -> tuple[str, ...]:
    what = one.base if one.what == "part" else one.what
    why = f"({one.reason})" if one.reason else ""
    return (
        f"  {one.id}",
        one.path,
        what,
        f"ours: {one.ours or '-'}",
        f"theirs: {one.theirs or '-'}",
        "|".join(one.takes),
        why,
    )


def still_open(report: MergeReport) -> Conflict | None:
    """The error that a verb ends with while conflicts are open."""
    if not report.conflicts:
        return None
    return Conflict(
        f"{counted(len(report.conflicts), 'conflict')} of merging {report.name} "
        f"{'is' if len(report.conflicts) == 1 else 'are'} open",
        subject=report.conflicts[0].path,
        hint="'audobon resolve ASSET --take ours|theirs|both'; 'audobon merge --abort' ends it",
    )
