"""``audobon stats``."""

from __future__ import annotations

from audobon.cli.base import Output, open_library, verb
from audobon.cli.table import table
from audobon.cli.words import human_size
from audobon.codec.plain import to_plain
from audobon.services.stats import Stats


@verb("stats")
def command(out: Output, library: str | None) -> None:
    """Show counts and sizes: assets, versions, store, caches, jobs."""
    with open_library(library) as opened:
        stats = opened.stats()
        data = {**to_plain(stats), "kinds": dict(stats.kinds), "jobs": dict(stats.jobs)}
        out.result(data, lambda: _text(stats))


def _text(stats: Stats) -> str:
    jobs = ", ".join(f"{count} {state}" for state, count in stats.jobs if count)
    rows = [
        ("assets", f"{stats.assets} ({human_size(stats.asset_bytes)})"),
        *((f"  {kind}", str(count)) for kind, count in stats.kinds),
        ("missing", str(stats.missing)),
        ("tags", str(stats.tags)),
        ("catalogs", str(stats.catalogs)),
        ("versions", str(stats.versions)),
        ("stored files", f"{stats.stored_files} ({human_size(stats.stored_raw)})"),
        ("on disk", human_size(stats.stored_bytes)),
        ("previews", f"{stats.previews} ({human_size(stats.preview_bytes)})"),
        ("search index", human_size(stats.index_bytes)),
        ("jobs", jobs or "none"),
    ]
    return table(rows)
