"""What an export for analysis is made of: tables of a documented, versioned schema.

A column with a ``group`` is left empty unless somebody asks for that group: by default nothing is
in a row that names a person, a file or a project.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from attrs import frozen

__all__ = [
    "GROUPS",
    "SCHEMA",
    "TABLES",
    "AnalyticsReport",
    "AnalyticsState",
    "Batch",
    "Column",
    "Preview",
    "Sent",
    "Table",
    "TablePreview",
    "Target",
]

SCHEMA = 1
"""Version of the tables. A newer one only adds columns; another meaning is another name."""

GROUPS: Mapping[str, str] = MappingProxyType(
    {
        "names": "names and paths of files",
        "words": "tags, catalogs, messages of versions, and words that scripts gave to uses",
        "people": "authors of versions",
        "times": "times to the second instead of to the hour",
    }
)
"""What is left out unless it is asked for."""


@frozen(slots=True)
class Column:
    """``type`` is STRING, INTEGER, FLOAT, BOOLEAN or TIMESTAMP.

    ``mode`` is REQUIRED, NULLABLE or REPEATED. Bytes and seconds are what ``about`` says.
    """

    name: str
    type: str
    about: str
    mode: str = "NULLABLE"
    group: str = ""


@frozen(slots=True)
class Table:
    """``kind`` is ``metadata`` (loaded in batches) or ``events`` (rows, each with its id)."""

    name: str
    kind: str
    about: str
    columns: tuple[Column, ...]


def _table(name: str, kind: str, about: str, *columns: Column) -> Table:
    return Table(name, kind, about, (*_COMMON, *columns))


_COMMON = (
    Column("row_id", "STRING", "Names this row: equal ids are one row", "REQUIRED"),
    Column("schema_version", "INTEGER", "Version of this schema", "REQUIRED"),
    Column("library", "STRING", "The library, by a pseudonym", "REQUIRED"),
    Column("exported", "TIMESTAMP", "When the batch of this row was made", "REQUIRED"),
)

TABLES: tuple[Table, ...] = (
    _table(
        *("assets", "metadata", "Assets, one row for each state; the one that counts is newest"),
        Column("asset", "STRING", "The asset, by a pseudonym", "REQUIRED"),
        Column("seq", "INTEGER", "Grows with every change of the library", "REQUIRED"),
        Column("state", "STRING", "present, missing, remote or removed", "REQUIRED"),
        Column("kind", "STRING", "image, blend, document, model, audio, video, vector, text, file"),
        Column("format", "STRING", "The file's format, such as png"),
        Column("bytes", "INTEGER", "Size of the file"),
        Column("content", "STRING", "Its bytes, by a pseudonym: equal files have equal ones"),
        Column("width", "INTEGER", "In pixels"),
        Column("height", "INTEGER", "In pixels"),
        Column("rating", "INTEGER", "0 (none) to 5"),
        Column("tag_count", "INTEGER", "How many tags it has"),
        Column("in_catalog", "BOOLEAN", "Whether it is in a catalog"),
        Column("used", "INTEGER", "How often it was used"),
        Column("added", "TIMESTAMP", "When it was added"),
        Column("updated", "TIMESTAMP", "When it was last changed"),
        Column("last_used", "TIMESTAMP", "When it was last used"),
        Column("path", "STRING", "Root and path of the file", group="names"),
        Column("tags", "STRING", "Its tags", "REPEATED", group="words"),
        Column("catalog", "STRING", "The catalog it is in", group="words"),
    ),
    _table(
        *("versions", "metadata", "Versions of all branches, one row each"),
        Column("version", "STRING", "The version, by a pseudonym", "REQUIRED"),
        Column("time", "TIMESTAMP", "When it was made"),
        Column("parents", "INTEGER", "How many versions it follows; 2 for a merge"),
        Column("added", "INTEGER", "Assets added"),
        Column("modified", "INTEGER", "Assets changed"),
        Column("removed", "INTEGER", "Assets removed"),
        Column("moved", "INTEGER", "Assets moved"),
        Column("stored_bytes", "INTEGER", "What the chunk store grew by"),
        Column("author", "STRING", "Who made it", group="people"),
        Column("message", "STRING", "What was said of it", group="words"),
    ),
    _table(
        *("usage_events", "events", "Uses of assets, one row each"),
        Column("asset", "STRING", "The asset, by the pseudonym of the table assets", "REQUIRED"),
        Column(
            "kind",
            "STRING",
            "opened, placed, appended, linked, saved, exported or other",
            "REQUIRED",
        ),
        Column("host", "STRING", "The program: blender, krita, command line or other", "REQUIRED"),
        Column("at", "TIMESTAMP", "When", "REQUIRED"),
        Column("said", "STRING", "Kind and program as a script gave them", group="words"),
    ),
    _table(
        *("jobs", "events", "Jobs that ended, one row each"),
        Column("kind", "STRING", "What was done, such as previews", "REQUIRED"),
        Column("state", "STRING", "done, failed or cancelled", "REQUIRED"),
        Column("error_code", "INTEGER", "The code of the error, see docs/errors.md"),
        Column("attempts", "INTEGER", "How often it was begun"),
        Column("priority", "INTEGER", "0 (somebody waits) to 90 (background)"),
        Column("waited_s", "FLOAT", "Seconds from being asked for to its begin"),
        Column("ran_s", "FLOAT", "Seconds from its begin to its end"),
        Column("ended", "TIMESTAMP", "When it ended"),
    ),
    _table(
        *("metrics", "events", "Measures over spans of time, one row for each series and span"),
        Column("name", "STRING", "What is measured, such as call or cache", "REQUIRED"),
        Column("labels", "STRING", "A JSON object of what it was measured at", "REQUIRED"),
        Column("start", "TIMESTAMP", "When the span begins", "REQUIRED"),
        Column("span_s", "INTEGER", "How long it is, in seconds", "REQUIRED"),
        Column("count", "INTEGER", "How many were measured"),
        Column("total", "FLOAT", "Their sum, in seconds or bytes"),
        Column("least", "FLOAT", "The smallest"),
        Column("most", "FLOAT", "The largest"),
    ),
    _table(
        *("resources", "events", "What the library takes and the machine has, once an hour"),
        Column("at", "TIMESTAMP", "When", "REQUIRED"),
        Column("assets", "INTEGER", "Assets present"),
        Column("asset_bytes", "INTEGER", "Their files"),
        Column("missing", "INTEGER", "Assets whose files are gone"),
        Column("versions", "INTEGER", "Versions of the current branch"),
        Column("stored_files", "INTEGER", "Files in the chunk store"),
        Column("stored_raw_bytes", "INTEGER", "What these would take as plain copies"),
        Column("stored_bytes", "INTEGER", "What the chunk store takes"),
        Column("preview_bytes", "INTEGER", "What previews take"),
        Column("index_bytes", "INTEGER", "What the search index takes"),
        Column("jobs_queued", "INTEGER", "Jobs that wait"),
        Column("disk_total", "INTEGER", "Bytes of the disk that the library's state is on"),
        Column("disk_free", "INTEGER", "Bytes free there"),
        Column("memory_total", "INTEGER", "Bytes of memory"),
        Column("cpus", "INTEGER", "Processors"),
        Column("system", "STRING", "linux, darwin or win32"),
        Column("audobon", "STRING", "Version of Audobon"),
    ),
)
"""All tables in the order in which they are sent."""


@frozen(slots=True)
class Target:
    """A dataset of BigQuery. ``account`` is the service account that it is used as, or empty."""

    project: str
    dataset: str
    location: str = ""
    account: str = ""

    @property
    def url(self) -> str:
        return f"bigquery:{self.project}.{self.dataset}"


@frozen(slots=True)
class Batch:
    """Rows that are sent as one. The same rows have the same ``name`` for ever.

    ``again`` says that what became of it is not known: it may be there already.
    """

    name: str
    rows: tuple[Mapping[str, Any], ...]
    exported: str
    again: bool = False


@frozen(slots=True)
class TablePreview:
    """What would be sent of a table. ``columns`` hold something, ``left_out`` were not asked for.

    ``bytes`` are those of its rows as JSON; ``sample`` the first of them as they would be sent.
    """

    table: str
    rows: int
    bytes: int
    columns: tuple[str, ...]
    left_out: tuple[str, ...]
    sample: tuple[Mapping[str, Any], ...] = ()


@frozen(slots=True)
class Preview:
    """What the next export would send, and where."""

    to: str
    include: tuple[str, ...]
    rows: int
    bytes: int
    tables: tuple[TablePreview, ...]


@frozen(slots=True)
class Sent:
    """What was sent of a table; ``rows`` were not there before."""

    table: str
    rows: int
    batches: int
    bytes: int


@frozen(slots=True)
class AnalyticsReport:
    """What an export did."""

    to: str
    rows: int
    bytes: int
    tables: tuple[Sent, ...]


@frozen(slots=True)
class AnalyticsState:
    """``target`` is None while it is off. ``problem`` says why rows of the last export wait."""

    target: Target | None
    include: tuple[str, ...]
    last: datetime | None
    problem: str
