"""Rows of an export in a dataset of BigQuery, none of them twice.

Metadata go as load jobs whose id is that of their batch: a job that was made already, because the
reply to it was lost or the program was killed, is found by it and waited for. Events go as rows
with ids. Within a minute or so the service drops equal ids by itself, as best it can; what became
of rows that were sent before, or without an answer, is looked up before they are sent again.
"""

from __future__ import annotations

import io
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from audobon.cloud.analyticsclient import Google, Patience, make_client, told
from audobon.codec.rows import line
from audobon.errors import Invalid, NotFound, Unavailable
from audobon.model.analytics import SCHEMA, TABLES, Batch, Column, Table, Target
from audobon.system.variables import analytics_host

if TYPE_CHECKING:
    from google.auth.credentials import Credentials

__all__ = ["BigQuerySink"]

_ROWS = 500
"""Of one request, as Google advises; it takes 10 MB at most."""
_JOBS = 20
"""Failed jobs of one batch, whose ids are used up."""
_POLL_S = (0.2, 5.0)


class BigQuerySink:
    """The tables of the schema in the dataset of ``target``; see ``Sink`` for what it promises.

    Credentials are those given, else application default ones, used only to act as the account
    of the target where that has one. None towards a stand-in on this machine (``endpoint``, or
    ``BIGQUERY_EMULATOR_HOST``). Raises MissingExtra, Refused, Invalid.
    """

    def __init__(
        self,
        target: Target,
        *,
        credentials: Credentials | None = None,
        endpoint: str = "",
        patience: Patience | None = None,
    ) -> None:
        self._target = target
        self._patience = patience or Patience()
        self._google = Google()
        endpoint = endpoint or analytics_host()
        self._client = make_client(target, self._google, credentials=credentials, endpoint=endpoint)
        self._dataset = f"{target.project}.{target.dataset}"
        self._location = target.location or None
        self._once: dict[str, Any] = {"timeout": self._patience.timeout_s[1], "retry": None}
        self._made: set[str] = set()

    def missing(self) -> frozenset[str]:
        return frozenset(table.name for table in TABLES if self._look(table) is None)

    def make(self) -> None:
        self._make_dataset()
        for table in TABLES:
            there = self._look(table)
            if there is None:
                self._make_table(table)
            else:
                self._widen(table, there)

    def send(self, table: Table, batch: Batch) -> int:
        if table.kind == "metadata":
            return self._load(table, batch)
        rows = list(batch.rows)
        parts = (rows[at : at + _ROWS] for at in range(0, len(rows), _ROWS))
        return sum(self._insert(table, part, batch) for part in parts)

    def close(self) -> None:
        self._client.close()

    # tables

    def _look(self, table: Table) -> Any:
        def look(_attempt: int) -> Any:
            with told(self._google, self._target, table.name):
                return self._client.get_table(self._name(table), **self._once)

        try:
            return self._patience.again(look)
        except NotFound:
            return None

    def _make_dataset(self) -> None:
        bigquery = self._google.bigquery

        def make(_attempt: int) -> Any:
            with told(self._google, self._target):
                try:
                    return self._client.get_dataset(self._dataset, **self._once)
                except self._google.api.NotFound:
                    wanted = bigquery.Dataset(self._dataset)
                    wanted.location = self._location
                    return self._client.create_dataset(wanted, exists_ok=True, **self._once)

        found = self._patience.again(make)
        # Jobs run where the dataset is, whatever was said.
        self._location = found.location or self._location

    def _make_table(self, table: Table) -> None:
        bigquery = self._google.bigquery
        wanted = bigquery.Table(self._name(table), schema=self._schema(table.columns))
        wanted.description = table.about
        wanted.time_partitioning = bigquery.TimePartitioning(type_="DAY", field="exported")
        wanted.labels = {"audobon-schema": str(SCHEMA)}

        def make(_attempt: int) -> None:
            with told(self._google, self._target, table.name):
                self._client.create_table(wanted, exists_ok=True, **self._once)

        self._patience.again(make)
        self._made.add(table.name)

    def _widen(self, table: Table, there: Any) -> None:
        """Give a table that an older version has made the columns of this one."""
        known = {field.name: field.field_type for field in there.schema}
        lacking = [column for column in table.columns if column.name not in known]
        if not lacking:
            return
        there.schema = [*there.schema, *self._schema(lacking)]

        def widen(_attempt: int) -> None:
            with told(self._google, self._target, table.name):
                self._client.update_table(there, ["schema"], **self._once)

        self._patience.again(widen)

    def _schema(self, columns: Sequence[Column]) -> list[Any]:
        field = self._google.bigquery.SchemaField
        return [field(each.name, each.type, each.mode, description=each.about) for each in columns]

    def _name(self, table: Table) -> str:
        return f"{self._dataset}.{table.name}"

    # metadata

    def _load(self, table: Table, batch: Batch) -> int:
        data = b"".join(map(line, batch.rows))
        for number in range(_JOBS):
            ident = f"audobon-{batch.name}-{number}"
            made, job = self._start(table, ident, data, known=batch.again or number > 0)
            failed = self._ended(table, job)
            if failed is None:
                return len(batch.rows)
            if made:
                said = " ".join(str(failed.get("message", "")).split())[:300]
                raise Invalid(
                    f"{self._target.url}.{table.name} does not take the rows: {said}",
                    subject=ident,
                )
        raise Unavailable(f"{_JOBS} jobs that load {table.name} have failed", subject=batch.name)

    def _start(self, table: Table, ident: str, data: bytes, *, known: bool) -> tuple[bool, Any]:
        """Whether the job was made just now, and the job."""
        bigquery = self._google.bigquery
        config = bigquery.LoadJobConfig(
            source_format=bigquery.SourceFormat.NEWLINE_DELIMITED_JSON,
            schema=self._schema(table.columns),
            write_disposition=bigquery.WriteDisposition.WRITE_APPEND,
            create_disposition=bigquery.CreateDisposition.CREATE_NEVER,
            labels={"audobon": "analytics"},
        )

        def start(attempt: int) -> tuple[bool, Any]:
            with told(self._google, self._target, table.name):
                if attempt or known:
                    found = self._find(ident)
                    if found is not None:
                        return attempt > 0, found
                try:
                    return True, self._client.load_table_from_file(
                        io.BytesIO(data),
                        self._name(table),
                        size=len(data),
                        num_retries=0,
                        job_id=ident,
                        location=self._location,
                        job_config=config,
                        timeout=self._patience.timeout_s,
                    )
                except self._google.api.Conflict:
                    found = self._find(ident)
                    if found is None:  # it is made, and not to be seen yet
                        raise Unavailable(f"the job {ident} is not ready", subject=ident) from None
                    return attempt > 0, found

        return self._patience.again(start)

    def _find(self, ident: str) -> Any:
        try:
            return self._client.get_job(ident, location=self._location, **self._once)
        except self._google.api.NotFound:
            return None

    def _ended(self, table: Table, job: Any) -> Mapping[str, Any] | None:
        """Wait for the end of a job; its error, or None when it has loaded its rows."""
        begun, pause = time.monotonic(), _POLL_S[0]
        while job.state != "DONE":
            if time.monotonic() - begun > self._patience.job_s:
                raise Unavailable(f"the job {job.job_id} takes long", subject=job.job_id)
            time.sleep(pause)
            pause = min(pause * 2, _POLL_S[1])

            def look(_attempt: int) -> None:
                with told(self._google, self._target, table.name):
                    job.reload(**self._once)

            self._patience.again(look)
        error: Mapping[str, Any] | None = job.error_result
        return error

    # events

    def _insert(self, table: Table, rows: Sequence[Mapping[str, Any]], batch: Batch) -> int:
        there = self._there(table, rows, batch) if batch.again else frozenset[str]()
        fresh = [row for row in rows if row["row_id"] not in there]

        def insert(attempt: int) -> None:
            known = self._there(table, fresh, batch) if attempt else frozenset[str]()
            left = [dict(row) for row in fresh if row["row_id"] not in known]
            if not left:
                return
            with told(self._google, self._target, table.name):
                try:
                    refused = self._client.insert_rows_json(
                        self._name(table),
                        left,
                        row_ids=[row["row_id"] for row in left],
                        **self._once,
                    )
                except self._google.api.NotFound:
                    if table.name not in self._made:
                        raise
                    # A table that was made just now takes rows some seconds later.
                    raise Unavailable(f"{table.name} is not ready", subject=table.name) from None
            if refused:
                raise Invalid(
                    f"{self._target.url}.{table.name} does not take the rows: {_first(refused)}",
                    subject=table.name,
                )

        if fresh:
            self._patience.again(insert)
        return len(fresh)

    def _there(
        self, table: Table, rows: Sequence[Mapping[str, Any]], batch: Batch
    ) -> frozenset[str]:
        """Which of these rows are there: a look at the part of the table of one day."""
        bigquery = self._google.bigquery
        config = bigquery.QueryJobConfig(
            query_parameters=[
                bigquery.ScalarQueryParameter("exported", "TIMESTAMP", batch.exported),
                bigquery.ArrayQueryParameter("ids", "STRING", [row["row_id"] for row in rows]),
            ],
            use_query_cache=False,  # it may be from before they came
        )
        text = (
            f"SELECT row_id FROM `{self._name(table)}` "
            "WHERE exported = @exported AND row_id IN UNNEST(@ids)"
        )

        def ask(_attempt: int) -> frozenset[str]:
            with told(self._google, self._target, table.name):
                job = self._client.query(
                    text, job_config=config, location=self._location, job_retry=None, **self._once
                )
                found = job.result(retry=None, timeout=self._patience.job_s, job_retry=None)
                return frozenset(str(row["row_id"]) for row in found)

        return self._patience.again(ask)


def _first(refused: Sequence[Mapping[str, Any]]) -> str:
    for each in refused:
        for error in each.get("errors", ()):
            place, said = error.get("location", ""), error.get("message", "")
            return " ".join(f"{place} {said}".split())[:300]
    return "it does not say why"
