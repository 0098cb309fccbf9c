"""The worker's side of the details of a difference: two files in, figures, parts and pictures out.

A picture that cannot be decoded does not keep the layers from being told, and
the other way round: each has its own problem.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audobon.codec.plain import to_plain
from audobon.errors import AudobonError, Cancelled, DiskFull, MissingExtra, Unsupported
from audobon.formats.compare_parts import compare_parts
from audobon.formats.parts import parts
from audobon.formats.table import kind_of

if TYPE_CHECKING:
    from audobon.model.parts import Part

__all__ = ["details_of"]

_MOST_PARTS = 2000
"""Changed parts that are told of one file; the number of the rest is told too."""

_WITHOUT_PICTURE = ("text", "file", "audio", "video")
"""Kinds of which nobody expects one."""

Check = Callable[[float], None]


def details_of(before: str, after: str, size: int, folder: Path, check: Check) -> dict[str, Any]:
    """Plain data of AssetDetails without its entry; pictures are written to ``folder``.

    ``before`` and ``after`` are paths, one of them may be empty. Pictures are
    named ``before``, ``after`` and ``difference``.
    """
    answer: dict[str, Any] = {"problems": []}
    for look in (_look_at_pictures, _look_at_parts):
        try:
            answer |= look(before, after, size, folder, check)
        except (Cancelled, DiskFull):
            raise
        except Unsupported as error:
            if kind_of(after or before) not in _WITHOUT_PICTURE:
                answer["problems"].append(_sentence(error))
        except AudobonError as error:
            answer["problems"].append(_sentence(error))
    return answer


def _sentence(error: AudobonError) -> str:
    return f"{error.message} ({error.hint})" if error.hint else error.message


def _look_at_pictures(
    before: str, after: str, size: int, folder: Path, check: Check
) -> dict[str, Any]:
    from audobon.formats.render import render

    check(0.0)
    if not before or not after:
        name, path = ("before", before) if before else ("after", after)
        (folder / name).write_bytes(render(path, size=size).data)
        return {}
    try:
        from audobon.formats.render.compare import compare
    except ImportError as error:  # a host's own Python: parts are told all the same
        raise MissingExtra(
            f"comparing pictures needs {error.name}, which is not installed",
            subject="images",
            hint="pip install audobon[images]",
        ) from error

    found = compare(before, after, size=size, check=check)
    for name in ("before", "after", "difference"):
        (folder / name).write_bytes(getattr(found, name).data)
    return {"picture": to_plain(found.change)}


def _look_at_parts(
    before: str, after: str, _size: int, _folder: Path, check: Check
) -> dict[str, Any]:
    check(0.9)
    if not before or not after:
        return {}
    old, new = parts(before), parts(after)
    if old is None or new is None:
        return {}
    changes = compare_parts(old, new)
    return {
        "parts": to_plain(changes[:_MOST_PARTS]),
        "more_parts": max(0, len(changes) - _MOST_PARTS),
        "part_counts": _counted(new),
    }


def _counted(found: tuple[Part, ...]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for part in found:
        counts[part.kind] = counts.get(part.kind, 0) + 1
    return counts
