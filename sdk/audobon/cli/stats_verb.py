"""``audobon stats``."""

from __future__ import annotations

from audobon.cli.base import Output, human_size, open_library, verb
from audobon.cli.table import table


@verb("stats")
def command(out: Output, library: str | None) -> None:
    """Show counts and sizes: assets, versions, store, caches, jobs."""
    with open_library(library) as opened:
        stats = opened.stats()
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
            *((f"jobs {state}", str(count)) for state, count in stats.jobs),
        ]
        out.result(stats, lambda: table(rows))
