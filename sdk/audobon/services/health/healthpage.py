"""The library's health as one page: measured, looked at, and written as a file."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from audobon.codec.words import human_size
from audobon.errors import AudobonError
from audobon.model.health import Health
from audobon.pages.healthpage import health_page
from audobon.services.core.stores import Stores
from audobon.services.health.doctor import doctor
from audobon.services.health.metrics import metrics, rows
from audobon.services.health.stats import Stats, stats
from audobon.system.files import translate_os_error, write_atomic

__all__ = ["write_health_page"]

_USUAL = timedelta(days=7)


def write_health_page(
    stores: Stores, to: Path, *, since: datetime | None, check: bool | Health
) -> Path:
    """See ``Library.health_page``."""
    begun = stores.now() - _USUAL if since is None else since
    found = metrics(stores, begun)
    told = [
        row for span in ("day", "hour") for row in rows(stores, since=begun, span=span, ended=False)
    ]
    health = check if isinstance(check, Health) else None
    if check is True:
        health = doctor(stores, repair=False)
    page = health_page(stores.place.name, found, told, _figures(stores), health)
    try:
        write_atomic(to, page.encode())
    except OSError as error:
        raise translate_os_error(error, to) from error
    return to


def _figures(stores: Stores) -> list[tuple[str, str]]:
    """Counts and sizes; none where the history cannot be read, which the doctor tells."""
    try:
        there: Stats = stats(stores)
    except AudobonError:
        return []
    return [
        ("assets", f"{there.assets:,} ({human_size(there.asset_bytes)})"),
        ("missing", f"{there.missing:,}"),
        *([("only at a remote", f"{there.remote:,}")] if there.remote else []),
        ("tags", f"{there.tags:,}"),
        ("versions", f"{there.versions:,}"),
        ("changed since the newest version", f"{there.uncommitted:,}"),
        ("stored files", f"{there.stored_files:,} ({human_size(there.stored_raw)} as copies)"),
        ("on disk", human_size(there.stored_bytes)),
        ("previews", f"{there.previews:,} ({human_size(there.preview_bytes)})"),
        ("search index", human_size(there.index_bytes)),
        *((f"jobs {state}", f"{count:,}") for state, count in there.jobs if count),
    ]
