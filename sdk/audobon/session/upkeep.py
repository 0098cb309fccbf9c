"""Health, caches and the log of the open library, as work that a session does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from audobon.errors import AudobonError
from audobon.session.asides import page_path

if TYPE_CHECKING:
    from audobon.library import Library
    from audobon.model.job import JobRow
    from audobon.services.health.stats import Stats
    from audobon.session.doing import Report, Work

__all__ = ["checking", "clearing", "limiting", "measuring", "paging", "reading_log", "size_text"]

_TAIL = 64 << 10
# The end of what the worker printed: a failure of it and what came before.
_FAILED = 100
_UNITS = ("bytes", "KB", "MB", "GB")

Update = Callable[..., None]


def checking(update: Update, *, repair: bool) -> Work:
    """Look at everything, mend it where ``repair`` says so, and tell of it in the state."""

    def work(library: Library, _report: Report) -> str:
        found = library.doctor(repair=repair)
        update(
            health=found,
            caches=library.caches(),
            stats=_stats(library),
            metrics=library.metrics(),
        )
        bad = [check for check in found.checks if check.state == "problem"]
        if bad:
            return f"{len(bad)} {'problem' if len(bad) == 1 else 'problems'} found"
        return "What could be mended is mended" if repair else "Everything is in order"

    return work


def paging(then: Callable[[str], Any]) -> tuple[Work, Callable[[], None]]:
    """Work that writes the library's health as a page, and what gives its path."""
    made: list[str] = []

    def work(library: Library, _report: Report) -> None:
        made.append(
            str(
                library.health_page(
                    page_path(library.id, "health", "now", encrypted=library.encrypted)
                )
            )
        )

    return work, lambda: then(made[0]) and None


def measuring(update: Update, *, on: bool) -> Work:
    """Have metrics kept, or not."""

    def work(library: Library, _report: Report) -> str:
        library.switch_metrics(on=on)
        update(metrics=library.metrics())
        return "How long things take is kept" if on else "How long things take is no longer kept"

    return work


def clearing(update: Update, names: tuple[str, ...]) -> Work:
    """Clear caches and tell what was freed."""

    def work(library: Library, _report: Report) -> str:
        cleared = library.clear_caches(names)
        update(caches=library.caches(), stats=_stats(library))
        return f"{size_text(cleared.freed)} freed"

    return work


def limiting(update: Update, *, cache: str, size: int | None) -> Work:
    """Give a cache another budget and tell what it takes then."""

    def work(library: Library, _report: Report) -> str:
        now = library.limit_cache(cache, size)
        update(caches=library.caches())
        return f"At most {size_text(now.budget)} from now on"

    return work


def reading_log(
    journal: Callable[[], str], then: Callable[[str], Any]
) -> tuple[Work, Callable[[], None]]:
    """Work that reads the log of the library's worker, and what gives it with the journal."""
    found: list[str] = []

    def work(library: Library, _report: Report) -> None:
        path = library.state_path / "logs" / "worker.log"
        printed = library.printed(_TAIL)
        failed = [job.row for job in library.jobs("failed", limit=_FAILED)]
        lines = [f"{row.ended:%Y-%m-%d %H:%M}  {_why(row)}" for row in failed if row.ended]
        found.append("\nWork that failed, newest first:\n" + ("\n".join(lines) or "none"))
        found.append(f"\n\nThe worker process, in {path}:\n{printed or 'nothing'}")

    return work, lambda: then(journal() + "".join(found)) and None


def _stats(library: Library) -> Stats | None:
    """None where the history cannot be read, which the check tells itself."""
    try:
        return library.stats()
    except AudobonError:
        return None


def _why(row: JobRow) -> str:
    items = row.payload.get("items")
    first = items[0] if isinstance(items, list | tuple) and items else {}
    path = first.get("path", "") if isinstance(first, Mapping) else ""
    code, message = row.error or (0, "")
    return f"{row.kind} {path}: {message} [code {code}]"


def size_text(size: int) -> str:
    """A size as people say it, as a panel does."""
    value, unit = float(size), 0
    while value >= 1000 and unit < len(_UNITS) - 1:
        value, unit = value / 1000, unit + 1
    return f"{value:.0f} {_UNITS[unit]}" if unit == 0 else f"{value:.1f} {_UNITS[unit]}"
