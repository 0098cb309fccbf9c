"""Messages of what went wrong: they stay until somebody has put them aside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from audobon.model.version import Version
    from audobon.session.state import Notice

__all__ = ["Partly", "version_text", "with_doubts", "with_new"]

_MOST = 5
# More than that nobody reads; the log has them all.


class Partly(str):
    """What a piece of work says that could not do all of it; it is shown until it is read."""

    __slots__ = ()


def version_text(version: Version, note: str) -> str:
    """What is said of a version that was made: also which files it could not have, or has with a
    header that cannot be read."""
    return with_doubts(f"New version: {note}", len(version.stats.skipped), version.stats.unread)


def with_doubts(text: str, skipped: int, unread: Sequence[str]) -> str:
    """What was done, and what of it one has to know: how many files could not be read, and which
    are kept with a header that cannot be read."""
    from audobon.codec.words import counted, kept_unread

    parts = [text]
    parts += [f"{counted(skipped, 'file')} could not be read"] if skipped else []
    parts += [kept_unread(unread)] if unread else []
    return Partly("; ".join(parts)) if len(parts) > 1 else text


def with_new(unread: tuple[Notice, ...], changes: Mapping[str, Any]) -> tuple[Notice, ...]:
    """What is not put aside yet, after these changes of the state; the newest last."""
    notice: Notice | None = changes.get("notice")
    if notice is None or not notice.stays or notice in unread:
        return unread
    # The same again, for instance at each try, is told once.
    others = (one for one in unread if _said(one) != _said(notice))
    return (*others, notice)[-_MOST:]


def _said(notice: Notice) -> tuple[str, str]:
    return notice.text, notice.problem.message if notice.problem is not None else ""
