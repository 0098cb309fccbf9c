"""What was used, counted for a panel, as work that a session does."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from audobon.library import Library
    from audobon.session.doing import Report, Work
    from audobon.storage.catalog import UseCount

__all__ = ["UsageShown", "counting", "forgetting", "noting", "noting_saved", "switching"]

_MONTHS, _ROWS = 12, 8

Update = Callable[..., None]


@frozen(slots=True)
class UsageShown:
    """Uses by month (newest first), asset, tag and host (most first). ``on``: they are noted."""

    on: bool
    months: tuple[UseCount, ...] = ()
    assets: tuple[UseCount, ...] = ()
    tags: tuple[UseCount, ...] = ()
    hosts: tuple[UseCount, ...] = ()


def _shown(library: Library) -> UsageShown:
    return UsageShown(
        library.usage_on,
        library.usage("month", limit=_MONTHS),
        *(library.usage(by, limit=_ROWS) for by in ("asset", "tag", "host")),
    )


def noting(uses: Sequence[tuple[str, str]], host: str) -> Work:
    """Note uses; what was removed meanwhile is left out."""

    def work(library: Library, _report: Report) -> None:
        known = set(library.known([ident for ident, _ in uses]))
        library.record_uses([use for use in uses if use[0] in known], host=host)

    return work


def noting_saved(path: str, host: str) -> Work:
    """Note that a file was saved, where it is an asset."""

    def work(library: Library, _report: Report) -> None:
        from audobon.errors import NotFound

        with contextlib.suppress(NotFound):
            library.record_use(path, "saved", host=host)

    return work


def counting(update: Update) -> Work:
    """Count them."""

    def work(library: Library, _report: Report) -> None:
        update(usage=_shown(library))

    return work


def switching(update: Update, *, on: bool) -> Work:
    """Have uses noted, or not."""

    def work(library: Library, _report: Report) -> str:
        library.switch_usage(on=on)
        update(usage=_shown(library))
        return "Uses are noted" if on else "Uses are no longer noted"

    return work


def forgetting(update: Update) -> Work:
    """Remove them."""

    def work(library: Library, _report: Report) -> str:
        gone = library.forget_usage()
        update(usage=_shown(library))
        return f"{gone:,} {'use' if gone == 1 else 'uses'} forgotten"

    return work
