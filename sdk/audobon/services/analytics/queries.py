"""Ready-made questions to the tables, in SQL for a SQLite file and for BigQuery.

Each counts a row once, whatever was sent twice: by its id, and of an asset the newest state.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from attrs import frozen

from audobon.errors import Invalid, NotFound
from audobon.services.analytics.schema import DIALECTS

__all__ = ["QUERIES", "Query", "sql"]


@frozen(slots=True)
class Query:
    """``text`` has a name of a table in braces, and ``{month:COLUMN}`` for a time's month."""

    about: str
    text: str


_NOW = """WITH now AS (
  SELECT * FROM (
    SELECT a.*, ROW_NUMBER() OVER (
      PARTITION BY library, asset ORDER BY exported DESC, seq DESC
    ) AS place FROM {assets} AS a
  ) AS ranked WHERE place = 1 AND state <> 'removed'
)
"""


def _once(table: str) -> str:
    return f"""WITH once AS (
  SELECT * FROM (
    SELECT t.*, ROW_NUMBER() OVER (PARTITION BY row_id ORDER BY exported) AS place
    FROM {{{table}}} AS t
  ) AS ranked WHERE place = 1
)
"""


QUERIES: Mapping[str, Query] = MappingProxyType(
    {
        "holdings": Query(
            "Assets and bytes by kind and format, as they are now",
            f"{_NOW}SELECT kind, format, COUNT(*) AS assets, SUM(bytes) AS total_bytes\n"
            "FROM now GROUP BY kind, format ORDER BY total_bytes DESC, kind, format",
        ),
        "unused": Query(
            "Bytes that were never used, by kind",
            f"{_NOW}SELECT kind, COUNT(*) AS assets, SUM(bytes) AS total_bytes\n"
            "FROM now WHERE used = 0 GROUP BY kind ORDER BY total_bytes DESC, kind",
        ),
        "copies": Query(
            "Bytes that equal files take beyond the first of each",
            f"{_NOW}SELECT content, COUNT(*) AS copies,\n"
            "  (COUNT(*) - 1) * MAX(bytes) AS spare_bytes\n"
            "FROM now WHERE content IS NOT NULL AND state = 'present'\n"
            "GROUP BY content HAVING COUNT(*) > 1 ORDER BY spare_bytes DESC, content",
        ),
        "usage": Query(
            "Uses and assets used by month, program and kind",
            f"{_once('usage_events')}SELECT {{month:at}} AS month, host, kind, COUNT(*) AS uses,\n"
            "  COUNT(DISTINCT asset) AS assets\n"
            "FROM once GROUP BY month, host, kind ORDER BY month DESC, uses DESC, host, kind",
        ),
        "growth": Query(
            "Versions, and what they brought, by month",
            f"{_once('versions')}SELECT {{month:time}} AS month, COUNT(*) AS versions,\n"
            "  SUM(added) AS added, SUM(modified) AS modified, SUM(stored_bytes) AS stored_bytes\n"
            "FROM once GROUP BY month ORDER BY month DESC",
        ),
        "jobs": Query(
            "How long jobs waited and ran, and how many failed, by kind",
            f"{_once('jobs')}SELECT kind, COUNT(*) AS jobs, AVG(waited_s) AS waited_s,\n"
            "  AVG(ran_s) AS ran_s, MAX(ran_s) AS longest_s,\n"
            "  SUM(CASE WHEN state = 'failed' THEN 1 ELSE 0 END) AS failed\n"
            "FROM once GROUP BY kind ORDER BY jobs DESC, kind",
        ),
        "errors": Query(
            "What failed, by kind and code",
            f"{_once('jobs')}SELECT kind, error_code, COUNT(*) AS failures, MAX(ended) AS newest\n"
            "FROM once WHERE state = 'failed'\n"
            "GROUP BY kind, error_code ORDER BY failures DESC, kind",
        ),
        "latency": Query(
            "How long things took by measure and what they were measured at",
            f"{_once('metrics')}SELECT name, labels, SUM(count) AS measured,\n"
            "  SUM(total) / SUM(count) AS mean, MAX(most) AS most\n"
            "FROM once GROUP BY name, labels HAVING SUM(count) > 0 ORDER BY name, labels",
        ),
        "resources": Query(
            "What a library takes on its disk, the newest first",
            f"{_once('resources')}SELECT library, at, assets, asset_bytes, stored_bytes,\n"
            "  preview_bytes, index_bytes, disk_free, jobs_queued\n"
            "FROM once ORDER BY at DESC, library",
        ),
    }
)
_TABLES = ("assets", "versions", "usage_events", "jobs", "metrics", "resources")


def sql(name: str, dialect: str, dataset: str = "DATASET") -> str:
    """One of them, ready to be run. NotFound for another name, Invalid for another dialect."""
    if dialect not in DIALECTS:
        raise Invalid(f"there is no dialect {dialect!r}", hint=f"there is {', '.join(DIALECTS)}")
    query = QUERIES.get(name)
    if query is None:
        raise NotFound(
            f"there is no query {name!r}", subject=name, hint=f"there is {', '.join(QUERIES)}"
        )
    text = query.text
    for table in _TABLES:
        place = f'"{table}"' if dialect == "sqlite" else f"`{dataset}.{table}`"
        text = text.replace(f"{{{table}}}", place)
    for column in ("at", "time"):
        month = f"substr({column}, 1, 7)"
        if dialect == "bigquery":
            month = f"FORMAT_TIMESTAMP('%Y-%m', {column})"
        text = text.replace(f"{{month:{column}}}", month)
    return text
