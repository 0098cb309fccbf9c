"""Vertex AI on this machine, over REST and over gRPC, with the messages of Google's client.

Jobs really run: what a custom job names is installed with pip and started as a process, with the
place of objects beside it as the folder ``/gcs``. Faults: an answer instead of the work, the work
without its answer, and silence.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent import futures
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import grpc
from attrs import define, field
from fakebatches import BATCH_ROUTES, BATCH_TYPES, Batched
from fakeendpoints import ROUTES, TYPES, Answers
from fakemodels import Models, Refusal
from google.cloud import aiplatform_v1 as v1
from google.cloud import aiplatform_v1beta1 as v1beta1
from google.longrunning import operations_pb2
from google.protobuf import empty_pb2, json_format

from audobon.storage.objects import MemoryStore

__all__ = ["Bucket", "FakeVertex", "Refusal", "fake_vertex"]

State = v1.JobState


class Bucket(MemoryStore):
    """A place of objects that calls itself a bucket, as the service knows no other."""

    @property
    def url(self) -> str:
        return "gs://studio/audobon"


@define
class FakeVertex(Models, Answers, Batched):
    """The state of the service. ``faults`` has for a method what its next calls meet: a status
    instead of the work, or ``lost`` for the work without its answer."""

    folder: Path
    site: Path
    """Where packages are installed, for all tests."""
    store: MemoryStore = field(factory=lambda: Bucket("bucket"))
    faults: dict[str, list[int | str]] = field(factory=dict)
    seen: list[str] = field(factory=list)
    jobs: dict[str, v1.CustomJob] = field(factory=dict)
    models: dict[str, list[v1.Model]] = field(factory=dict)
    operations: int = 0
    endpoints: dict[str, v1.Endpoint] = field(factory=dict)
    batches: dict[str, v1.BatchPredictionJob] = field(factory=dict)
    batch_turns: list[Any] = field(factory=list)
    spoiled: list[Any] = field(factory=list)
    asked: list[int] = field(factory=list)
    """The bytes of each question to an endpoint."""
    garden: list[v1beta1.PublisherModel] = field(factory=list)
    terms: dict[str, bool] = field(factory=dict)
    log: dict[str, list[str]] = field(factory=dict)
    turns: list[Callable[[v1.CustomJob], None]] = field(factory=list)
    """What happens when a job is looked at, each once and in turn; else it runs to its end."""
    clock: datetime = datetime(2026, 11, 1, 12, tzinfo=UTC)
    lock: Any = field(factory=threading.RLock)
    rest: str = ""
    grpc: str = ""

    def answer(self, method: str, request: Any) -> Any:
        """What a method gives; raises Refusal. ``lost`` is told by ConnectionAbortedError."""
        with self.lock:
            self.seen.append(method)
            meets = self.faults.get(method)
            fault = meets.pop(0) if meets else 0
            if isinstance(fault, int) and fault:
                raise Refusal(fault, "a fault")
            done = getattr(self, f"do_{method}")(request)
            if fault == "lost":
                raise ConnectionAbortedError
            return done

    def count(self, method: str) -> int:
        return self.seen.count(method)

    # --- custom jobs --------------------------------------------------------

    def do_CreateCustomJob(self, request: Any) -> v1.CustomJob:
        job = v1.CustomJob(request.custom_job)
        assert job.job_spec.scheduling.timeout.total_seconds() > 0
        assert job.job_spec.scheduling.disable_retries
        number = 1000 + len(self.jobs)
        job.name = f"{request.parent}/customJobs/{number}"
        self.clock += timedelta(minutes=1)
        job.create_time = self.clock
        job.state = State.JOB_STATE_PENDING
        self.jobs[job.name] = job
        return job

    def do_ListCustomJobs(self, request: Any) -> v1.ListCustomJobsResponse:
        wanted = re.fullmatch(r'labels\.([a-z-]+)="([^"]*)"', request.filter)
        jobs = [
            job
            for name, job in self.jobs.items()
            if name.startswith(request.parent)
            and (wanted is None or job.labels.get(wanted[1]) == wanted[2])
        ]
        return v1.ListCustomJobsResponse(custom_jobs=jobs)

    def do_GetCustomJob(self, request: Any) -> v1.CustomJob:
        job = self._job(request.name)
        if job.state in (State.JOB_STATE_PENDING, State.JOB_STATE_RUNNING):
            (self.turns.pop(0) if self.turns else self.run)(job)
        return job

    def do_CancelCustomJob(self, request: Any) -> empty_pb2.Empty:
        job = self._job(request.name)
        if job.state not in (State.JOB_STATE_PENDING, State.JOB_STATE_RUNNING):
            raise Refusal(400, "it has ended")
        self.end(job, State.JOB_STATE_CANCELLED)
        return empty_pb2.Empty()

    def _job(self, name: str) -> v1.CustomJob:
        if name not in self.jobs:
            raise Refusal(404, f"no {name}")
        return self.jobs[name]

    def begin(self, job: v1.CustomJob) -> None:
        job.state = State.JOB_STATE_RUNNING
        job.start_time = self.clock

    def end(self, job: v1.CustomJob, state: Any, message: str = "") -> None:
        job.start_time = job.start_time or self.clock
        self.clock += timedelta(seconds=100)
        job.end_time = self.clock
        job.state = state
        if message:
            job.error = {"code": 13, "message": message}

    def run(self, job: v1.CustomJob) -> None:
        """Install the package that a job names and run its module, as the service does."""
        self.begin(job)
        spec = job.job_spec.worker_pool_specs[0].python_package_spec
        gcs = self.folder / "gcs"
        prefix = self.store.url.removeprefix("gs://")
        for uri in spec.package_uris:
            key = uri.removeprefix(f"{self.store.url}/")
            wheel = self.folder / key.rpartition("/")[2]
            wheel.write_bytes(self.store.get(key))
            site = self.site / key.split("/")[1]
            if not site.exists():
                pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-index"]
                subprocess.run([*pip, "--target", str(site), str(wheel)], check=True)
        for found in list(self.store.list("runs/")):
            path = gcs / prefix / found.key
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(self.store.get(found.key))
        arguments = [each.replace("/gcs", str(gcs), 1) for each in spec.args]
        done = subprocess.run(
            [sys.executable, "-m", spec.python_module, *arguments],
            env={**os.environ, "PYTHONPATH": str(site)},
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        self.log[job.name.rpartition("/")[2]] = done.stderr.splitlines()
        for path in sorted((gcs / prefix).rglob("*.json")):
            self.store.put(path.relative_to(gcs / prefix).as_posix(), path.read_bytes())
        if done.returncode:
            self.end(job, State.JOB_STATE_FAILED, f"it ended with {done.returncode}")
        else:
            self.end(job, State.JOB_STATE_SUCCEEDED)

    def logged(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Cloud Logging, two lines a page."""
        found = re.search(r'resource\.labels\.job_id="([0-9]+)"', asked["filter"])
        lines = self.log.get(found[1] if found else "", [])
        at = int(asked.get("pageToken", 0))
        entries = [
            {"timestamp": f"2026-11-01T12:00:{n:02d}Z", "severity": "INFO", "textPayload": line}
            for n, line in enumerate(lines)
        ]
        more = {"nextPageToken": str(at + 2)} if at + 2 < len(lines) else {}
        return {"entries": entries[at : at + 2], **more}


_TYPES: dict[str, tuple[Any, Any]] = {
    **TYPES,
    **BATCH_TYPES,
    "CreateCustomJob": (v1.CreateCustomJobRequest, v1.CustomJob),
    "ListCustomJobs": (v1.ListCustomJobsRequest, v1.ListCustomJobsResponse),
    "GetCustomJob": (v1.GetCustomJobRequest, v1.CustomJob),
    "CancelCustomJob": (v1.CancelCustomJobRequest, empty_pb2.Empty),
    "UploadModel": (v1.UploadModelRequest, operations_pb2.Operation),
    "GetOperation": (operations_pb2.GetOperationRequest, operations_pb2.Operation),
    "GetModel": (v1.GetModelRequest, v1.Model),
    "ListModels": (v1.ListModelsRequest, v1.ListModelsResponse),
    "ListModelVersions": (v1.ListModelVersionsRequest, v1.ListModelVersionsResponse),
    "MergeVersionAliases": (v1.MergeVersionAliasesRequest, v1.Model),
    "ListPublisherModels": (
        v1beta1.ListPublisherModelsRequest,
        v1beta1.ListPublisherModelsResponse,
    ),
    "GetPublisherModel": (v1beta1.GetPublisherModelRequest, v1beta1.PublisherModel),
    "CheckPublisherModelEulaAcceptance": (
        v1beta1.CheckPublisherModelEulaAcceptanceRequest,
        v1beta1.PublisherModelEulaAcceptance,
    ),
}
_P = r"(?P<{}>projects/[^/]+/locations/[^/]+{})"
_ROUTES: tuple[tuple[str, str, str, str], ...] = (
    *ROUTES,
    *BATCH_ROUTES,
    ("POST", _P.format("parent", "") + "/customJobs", "CreateCustomJob", "custom_job"),
    ("GET", _P.format("parent", "") + "/customJobs", "ListCustomJobs", ""),
    ("GET", _P.format("name", "/customJobs/[0-9]+"), "GetCustomJob", ""),
    ("POST", _P.format("name", "/customJobs/[0-9]+") + ":cancel", "CancelCustomJob", "*"),
    ("POST", _P.format("parent", "") + "/models:upload", "UploadModel", "*"),
    ("GET", _P.format("name", "/operations/[0-9]+"), "GetOperation", ""),
    ("GET", _P.format("parent", "") + "/models", "ListModels", ""),
    ("GET", _P.format("name", "/models/[^/:]+"), "GetModel", ""),
    ("GET", _P.format("name", "/models/[^/:]+") + ":listVersions", "ListModelVersions", ""),
    (
        *("POST", _P.format("name", "/models/[^/:]+") + ":mergeVersionAliases"),
        *("MergeVersionAliases", "*"),
    ),
    ("GET", r"(?P<parent>publishers/[^/]+)/models", "ListPublisherModels", ""),
    ("GET", r"(?P<name>publishers/[^/]+/models/[^/]+)", "GetPublisherModel", ""),
    (
        *("POST", r"(?P<parent>projects/[^/]+)/modelGardenEula:check"),
        *("CheckPublisherModelEulaAcceptance", "*"),
    ),
)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    vertex: FakeVertex

    def log_message(self, *_arguments: object) -> None:
        """Nothing is printed."""

    def do_GET(self) -> None:
        self._do()

    def do_POST(self) -> None:
        self._do()

    def do_DELETE(self) -> None:
        self._do()

    def _do(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
        try:
            self._say(200, self._answer(body))
        except Refusal as refusal:
            told = {"code": refusal.status, "message": refusal.message}
            self._say(refusal.status, json.dumps({"error": told}))
        except ConnectionAbortedError:
            self.close_connection = True
            self.connection.shutdown(2)

    def _answer(self, body: dict[str, Any]) -> str:
        parts = urlsplit(self.path)
        if parts.path == "/v2/entries:list":
            return json.dumps(self.vertex.logged(body))
        for verb, pattern, method, where in _ROUTES:
            found = re.fullmatch(f"/(?:v1|v1beta1|ui)/{pattern}", unquote(parts.path))
            if verb != self.command or found is None:
                continue
            asked = {name: each[0] for name, each in parse_qs(parts.query).items()}
            asked = {name: value for name, value in asked.items() if name[0] != "$"}
            asked.pop("alt", None)  # gcloud says so that it wants JSON
            asked |= found.groupdict()
            if where == "*":
                asked |= body
            elif where:
                asked[where] = body
            kind = _TYPES[method][0]
            raw = kind.pb()() if hasattr(kind, "pb") else kind()
            request = json_format.ParseDict(asked, raw)
            made = self.vertex.answer(method, kind.wrap(request) if hasattr(kind, "wrap") else raw)
            return json_format.MessageToJson(made._pb if hasattr(made, "_pb") else made)
        raise Refusal(404, f"no route {self.command} {parts.path}")

    def _say(self, status: int, text: str) -> None:
        data = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


_CODES = {
    400: grpc.StatusCode.INVALID_ARGUMENT,
    401: grpc.StatusCode.UNAUTHENTICATED,
    403: grpc.StatusCode.PERMISSION_DENIED,
    404: grpc.StatusCode.NOT_FOUND,
    409: grpc.StatusCode.ALREADY_EXISTS,
    429: grpc.StatusCode.RESOURCE_EXHAUSTED,
    503: grpc.StatusCode.UNAVAILABLE,
    504: grpc.StatusCode.DEADLINE_EXCEEDED,
}


class _Generic(grpc.GenericRpcHandler):  # type: ignore[misc]
    def __init__(self, vertex: FakeVertex) -> None:
        self._vertex = vertex

    def service(self, details: Any) -> Any:
        method = details.method.rpartition("/")[2]
        if method not in _TYPES:
            return None
        asked, told = _TYPES[method]

        def handle(request: Any, context: Any) -> Any:
            try:
                return self._vertex.answer(method, request)
            except Refusal as refusal:
                context.abort(_CODES[refusal.status], refusal.message)
            except ConnectionAbortedError:
                context.abort(grpc.StatusCode.UNAVAILABLE, "Socket closed")

        return grpc.unary_unary_rpc_method_handler(
            handle,
            request_deserializer=getattr(asked, "deserialize", None) or asked.FromString,
            response_serializer=getattr(told, "serialize", None) or told.SerializeToString,
        )


@contextmanager
def fake_vertex(folder: Path, site: Path) -> Iterator[FakeVertex]:
    """The service, listening for both."""
    vertex = FakeVertex(folder, site)
    handler = type("Handler", (_Handler,), {"vertex": vertex})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    other = grpc.server(futures.ThreadPoolExecutor(4), handlers=[_Generic(vertex)])
    port = other.add_insecure_port("127.0.0.1:0")
    other.start()
    vertex.rest = f"http://127.0.0.1:{server.server_address[1]}"
    vertex.grpc = f"http://127.0.0.1:{port}"
    try:
        yield vertex
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        other.stop(None).wait()
