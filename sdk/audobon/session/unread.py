"""Messages of what went wrong: they stay until somebody has put them aside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from audobon.session.state import Notice

__all__ = ["Partly", "with_new"]

_MOST = 5
# More than that nobody reads; the log has them all.


class Partly(str):
    """What a piece of work says that could not do all of it; it is shown until it is read."""

    __slots__ = ()


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
