"""BigQuery on this machine, as far as an export uses it, with faults.

Datasets, tables, load jobs by multipart upload, rows with insert ids, one form of query. A fault
is an answer instead of the work, or work without its answer.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from attrs import define, field

__all__ = ["FakeBigQuery", "Fault", "fake_bigquery"]

_REQUIRED = ("row_id", "library", "exported")


@define
class Fault:
    """What happens to the next requests that match: ``status``, or the work and then a hang-up."""

    method: str
    path: str
    status: int = 0
    times: int = 1
    reason: str = ""


@define
class FakeBigQuery:
    """The state of the service. Rows by table, with those that came twice."""

    datasets: dict[str, str] = field(factory=dict)
    tables: dict[str, dict[str, Any]] = field(factory=dict)
    rows: dict[str, list[dict[str, Any]]] = field(factory=dict)
    jobs: dict[str, dict[str, Any]] = field(factory=dict)
    running: int = 0
    """How often a new job is told to be running still."""
    failing: int = 0
    """How many of the next load jobs end with an error."""
    forgets: bool = False
    """Equal insert ids are not dropped, as a minute later."""
    ids: set[str] = field(factory=set)
    faults: list[Fault] = field(factory=list)
    seen: list[tuple[str, str]] = field(factory=list)
    lock: Any = field(factory=threading.RLock)
    url: str = ""

    def count(self, method: str, path: str) -> int:
        return sum(each[0] == method and path in each[1] for each in self.seen)


class _Refused(Exception):
    def __init__(self, status: int, reason: str = "") -> None:
        self.status, self.reason = status, reason


class _Handler(BaseHTTPRequestHandler):
    service: FakeBigQuery

    def log_message(self, *_arguments: object) -> None:
        """Nothing is printed."""

    def do_GET(self) -> None:
        self._do()

    def do_POST(self) -> None:
        self._do()

    def do_PATCH(self) -> None:
        self._do()

    def _do(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = urlsplit(self.path).path
        with self.service.lock:
            self.service.seen.append((self.command, path))
            fault = self._fault(path)
            if fault and fault.status:
                self._say(fault.status, _error(fault.status, fault.reason))
                return
            try:
                status, answer = 200, self._answer(path, body)
            except _Refused as refused:
                status, answer = refused.status, _error(refused.status, refused.reason)
        if fault:
            self.connection.shutdown(2)
            return
        self._say(status, answer)

    def _fault(self, path: str) -> Fault | None:
        for fault in self.service.faults:
            if fault.times and fault.method == self.command and fault.path in path:
                fault.times -= 1
                return fault
        return None

    def _say(self, status: int, answer: Any) -> None:
        data = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _answer(self, path: str, body: bytes) -> Any:
        service = self.service
        parts = path.partition("/projects/")[2].split("/")
        match parts[1:]:
            case ["jobs"] if path.startswith("/upload/"):
                return self._load(body)
            case ["jobs"]:
                return self._query(json.loads(body))
            case ["jobs", ident]:
                return self._job(ident)
            case ["queries", ident]:
                return self._result(ident)
            case ["datasets"]:
                said = json.loads(body)
                name = said["datasetReference"]["datasetId"]
                service.datasets[name] = said.get("location", "US")
                return self._dataset(name)
            case ["datasets", name]:
                return self._dataset(name)
            case ["datasets", _, "tables", *rest]:
                return self._table(rest, json.loads(body or b"{}"))
        raise _Refused(400, "invalid")

    def _table(self, rest: list[str], said: dict[str, Any]) -> Any:
        tables = self.service.tables
        name = rest[0] if rest else said["tableReference"]["tableId"]
        if not rest and name in tables:
            raise _Refused(409, "duplicate")
        if not rest:
            tables[name] = said
            self.service.rows.setdefault(name, [])
        if name not in tables:
            raise _Refused(404, "notFound")
        if rest[1:] == ["insertAll"]:
            return self._insert(name, said)
        if self.command == "PATCH":
            tables[name] |= said
        return tables[name]

    def _dataset(self, name: str) -> Any:
        if name not in self.service.datasets:
            raise _Refused(404, "notFound")
        reference = {"projectId": "studio", "datasetId": name}
        return {"datasetReference": reference, "location": self.service.datasets[name]}

    def _load(self, body: bytes) -> Any:
        service = self.service
        boundary = re.search(rb"boundary=\"?([^\"]+)", self.headers["Content-Type"].encode())
        assert boundary is not None
        _, first, second, *_ = body.split(b"--" + boundary[1])
        job = json.loads(first.partition(b"\r\n\r\n")[2])
        ident = job["jobReference"]["jobId"]
        if ident in service.jobs:
            raise _Refused(409, "duplicate")
        service.jobs[ident] = job
        job["status"] = {"state": "RUNNING" if service.running else "DONE"}
        if service.failing:
            service.failing -= 1
            error = {"reason": "invalid", "message": "no such field"}
            job["status"] = {"state": "DONE", "errorResult": error, "errors": [error]}
            return job
        name = job["configuration"]["load"]["destinationTable"]["tableId"]
        data = second.partition(b"\r\n\r\n")[2].rstrip(b"\r\n-")
        rows = [json.loads(line) for line in data.splitlines()]
        self._check(name, rows)
        service.rows[name] += rows
        return job

    def _check(self, name: str, rows: list[dict[str, Any]]) -> None:
        known = {each["name"] for each in self.service.tables[name]["schema"]["fields"]}
        for row in rows:
            assert row.keys() <= known, row.keys() - known
            assert all(row[each] for each in _REQUIRED)

    def _job(self, ident: str) -> Any:
        service = self.service
        if ident not in service.jobs:
            raise _Refused(404, "notFound")
        job = service.jobs[ident]
        if job["status"]["state"] == "RUNNING":
            service.running -= 1
            if service.running <= 0:
                job["status"] = {"state": "DONE"}
        return job

    def _insert(self, name: str, said: dict[str, Any]) -> Any:
        service = self.service
        for row in said["rows"]:
            self._check(name, [row["json"]])
            if row["insertId"] in service.ids and not service.forgets:
                continue
            service.ids.add(row["insertId"])
            service.rows[name].append(row["json"])
        return {}

    def _query(self, job: dict[str, Any]) -> Any:
        job["status"] = {"state": "DONE"}
        self.service.jobs[job["jobReference"]["jobId"]] = job
        return job

    def _result(self, ident: str) -> Any:
        job = self.service.jobs[ident]
        query = job["configuration"]["query"]
        table = re.search(r"FROM `[^`]+\.(\w+)`", query["query"])
        assert table is not None
        asked = {each["name"]: each["parameterValue"] for each in query["queryParameters"]}
        ids = {each["value"] for each in asked["ids"]["arrayValues"]}
        found = [
            {"f": [{"v": row["row_id"]}]}
            for row in self.service.rows[table[1]]
            if row["row_id"] in ids and row["exported"] == asked["exported"]["value"]
        ]
        return {
            "jobReference": job["jobReference"],
            "jobComplete": True,
            "schema": {"fields": [{"name": "row_id", "type": "STRING", "mode": "REQUIRED"}]},
            "totalRows": str(len(found)),
            "rows": found,
        }


def _error(status: int, reason: str) -> dict[str, Any]:
    error = {"reason": reason, "message": "it says no", "domain": "global"}
    return {"error": {"code": status, "message": "it says no", "errors": [error] * bool(reason)}}


@contextmanager
def fake_bigquery() -> Iterator[FakeBigQuery]:
    """The service, listening."""
    service = FakeBigQuery()
    handler = type("Handler", (_Handler,), {"service": service})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    service.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
