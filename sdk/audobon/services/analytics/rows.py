"""Things of the library as rows: nothing that names anybody or anything unless it is asked for."""

from __future__ import annotations

import os
import shutil
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from attrs import frozen

import audobon
from audobon.model.analytics import SCHEMA
from audobon.model.asset import Asset
from audobon.model.version import Version
from audobon.services.analytics.book import pseudonym
from audobon.services.health.stats import Stats
from audobon.storage.catalog.analyzing import EndedJob, NotedUse
from audobon.storage.catalog.rows import moment
from audobon.system.memory import machine_memory

__all__ = ["Maker"]

Row = dict[str, Any]

_KINDS = frozenset({"opened", "placed", "appended", "linked", "saved", "exported"})
_HOSTS = frozenset({"blender", "krita", "command line"})
_OTHER = "other"
_HOUR_US = 3_600_000_000


@frozen(slots=True)
class Maker:
    """Makes rows under one key. ``made`` names the catalog: another one counts from 1 again."""

    key: str
    library: str
    made: str
    include: frozenset[str]

    def hide(self, *values: object) -> str:
        return pseudonym(self.key, *values)

    def row(self, exported: str, ident: str, values: Mapping[str, Any]) -> Row:
        """A row of the columns that hold something, the common ones first."""
        common = {
            "row_id": ident,
            "schema_version": SCHEMA,
            "library": self.hide("library", self.library),
            "exported": exported,
        }
        return common | {name: value for name, value in values.items() if value not in (None, ())}

    def time(self, value: datetime | None) -> str | None:
        """As text in UTC; the hour in which it lies unless exact times were asked for."""
        if value is None:
            return None
        value = value.astimezone(UTC)
        if "times" not in self.include:
            value = value.replace(minute=0, second=0)
        return value.replace(microsecond=0).isoformat().replace("+00:00", "Z")

    def asset(self, exported: str, asset: Asset) -> Row:
        values: Row = {
            "asset": self.hide("asset", asset.id),
            "seq": asset.seq,
            "state": asset.state,
            "kind": asset.kind,
            "format": asset.format,
            "bytes": asset.size,
            "content": self.hide("content", asset.digest) if asset.digest else None,
            "width": asset.width,
            "height": asset.height,
            "rating": asset.rating,
            "tag_count": len(asset.tags),
            "in_catalog": asset.catalog is not None,
            "used": asset.used,
            "added": self.time(asset.added),
            "updated": self.time(asset.updated),
            "last_used": self.time(asset.last_used),
        }
        if "names" in self.include:
            values["path"] = _text(f"{asset.root}/{asset.path}")
        if "words" in self.include:
            values |= {"tags": [*map(_text, asset.tags)] or None, "catalog": asset.catalog}
        return self.row(exported, self.hide("asset-row", self.made, asset.id, asset.seq), values)

    def version(self, exported: str, version: Version) -> Row:
        stats = version.stats
        values: Row = {
            "version": self.hide("version", version.id),
            "time": self.time(version.time),
            "parents": len(version.parents),
            "added": stats.added,
            "modified": stats.modified,
            "removed": stats.removed,
            "moved": stats.moved,
            "stored_bytes": stats.stored,
        }
        if "people" in self.include:
            values["author"] = _text(version.author)
        if "words" in self.include:
            values["message"] = _text(version.message)
        return self.row(exported, self.hide("version-row", version.id), values)

    def uses(self, exported: str, uses: Iterable[NotedUse]) -> list[Row]:
        """Those of one moment come together: equal ones are told apart by their order."""
        seen: Counter[tuple[object, ...]] = Counter()
        found = []
        for use in uses:
            same = use[1:]
            seen[same] += 1
            values: Row = {
                "asset": self.hide("asset", use.asset),
                "kind": use.kind if use.kind in _KINDS else _OTHER,
                "host": use.host if use.host in _HOSTS else _OTHER,
                "at": self.time(moment(use.at)),
            }
            if "words" in self.include:
                values["said"] = _text(f"{use.kind} {use.host}".strip())
            found.append(self.row(exported, self.hide("use", *same, seen[same]), values))
        return found

    def job(self, exported: str, job: EndedJob) -> Row:
        began = job.ended if job.started is None else job.started
        values: Row = {
            "kind": job.kind,
            "state": job.state,
            "error_code": job.error_code,
            "attempts": job.attempts,
            "priority": job.priority,
            "waited_s": _seconds(job.created, began),
            "ran_s": _seconds(began, job.ended),
            "ended": self.time(moment(job.ended)),
        }
        return self.row(exported, self.hide("job", self.made, job.id), values)

    def resources(self, exported: str, hour: str, now: datetime, stats: Stats, state: str) -> Row:
        disk = shutil.disk_usage(state)
        values: Row = {
            "at": self.time(now),
            "assets": stats.assets,
            "asset_bytes": stats.asset_bytes,
            "missing": stats.missing,
            "versions": stats.versions,
            "stored_files": stats.stored_files,
            "stored_raw_bytes": stats.stored_raw,
            "stored_bytes": stats.stored_bytes,
            "preview_bytes": stats.preview_bytes,
            "index_bytes": stats.index_bytes,
            "jobs_queued": dict(stats.jobs).get("queued", 0),
            "disk_total": disk.total,
            "disk_free": disk.free,
            "memory_total": machine_memory().total,
            "cpus": os.cpu_count(),
            "system": sys.platform,
            "audobon": audobon.__version__,
        }
        return self.row(exported, self.hide("resources", hour), values)


def _seconds(since: int, until: int) -> float:
    return round(max(0, until - since) / 1e6, 3)


def _text(text: str) -> str:
    """As JSON in UTF-8 can hold it."""
    return text.encode("utf-8", "replace").decode()
