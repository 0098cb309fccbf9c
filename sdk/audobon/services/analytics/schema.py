"""The tables as others want them: SQL of two dialects, and the JSON that ``bq`` and people read."""

from __future__ import annotations

from collections.abc import Iterable

from audobon.codec.plain import dumps
from audobon.errors import Invalid
from audobon.model.analytics import GROUPS, SCHEMA, TABLES, Column, Table

__all__ = ["DIALECTS", "as_json", "bigquery_ddl", "ddl", "sqlite_ddl"]

DIALECTS = ("sqlite", "bigquery")

_SQLITE = {"INTEGER": "INTEGER", "FLOAT": "REAL", "BOOLEAN": "INTEGER"}
_BIGQUERY = {"INTEGER": "INT64", "FLOAT": "FLOAT64", "BOOLEAN": "BOOL"}


def ddl(dialect: str) -> tuple[str, ...]:
    """Statements that make the tables, in ``sqlite`` or ``bigquery``. Invalid for another."""
    if dialect not in DIALECTS:
        raise Invalid(f"there is no dialect {dialect!r}", hint=f"there is {', '.join(DIALECTS)}")
    return sqlite_ddl() if dialect == "sqlite" else bigquery_ddl()


def sqlite_ddl() -> tuple[str, ...]:
    """Repeated values are JSON arrays, times text in UTC, and equal ids one row."""
    return tuple(
        f'CREATE TABLE IF NOT EXISTS "{table.name}" (\n{_body(map(_sqlite_column, table.columns))}'
        "\n) WITHOUT ROWID"
        for table in TABLES
    )


def _sqlite_column(column: Column) -> str:
    kind = "TEXT" if column.mode == "REPEATED" else _SQLITE.get(column.type, "TEXT")
    needed = " NOT NULL" if column.mode == "REQUIRED" else ""
    key = " PRIMARY KEY" if column.name == "row_id" else ""
    return f'    "{column.name}" {kind}{needed}{key}'


def bigquery_ddl(dataset: str = "DATASET") -> tuple[str, ...]:
    """As the export makes them: parted by the day of the export."""
    return tuple(
        f"CREATE TABLE IF NOT EXISTS `{dataset}.{table.name}` (\n"
        f"{_body(map(_bigquery_column, table.columns))}\n"
        f") PARTITION BY DATE(exported) OPTIONS (description = {_quoted(table.about)})"
        for table in TABLES
    )


def _bigquery_column(column: Column) -> str:
    kind = _BIGQUERY.get(column.type, column.type)
    kind = f"ARRAY<{kind}>" if column.mode == "REPEATED" else kind
    needed = " NOT NULL" if column.mode == "REQUIRED" else ""
    return f"    {column.name} {kind}{needed} OPTIONS (description = {_quoted(column.about)})"


def _body(columns: Iterable[str]) -> str:
    return ",\n".join(columns)


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def as_json() -> str:
    """The schema as JSON; the columns of a table are what ``bq mk --schema`` reads."""
    tables = [
        {
            "name": table.name,
            "kind": table.kind,
            "description": table.about,
            "schema": [_described(column) for column in table.columns],
            "left_out_by_default": _groups(table),
        }
        for table in TABLES
    ]
    return dumps({"version": SCHEMA, "groups": dict(GROUPS), "tables": tables}, indent=1)


def _described(column: Column) -> dict[str, str]:
    said = {"name": column.name, "type": column.type, "mode": column.mode}
    return {**said, "description": column.about}


def _groups(table: Table) -> dict[str, str]:
    return {column.name: column.group for column in table.columns if column.group}
