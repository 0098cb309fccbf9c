"""Batch predictions, as the stand-in for Vertex AI has them: the network really runs."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from typing import Any

from fakemodels import Refusal
from google.cloud import aiplatform_v1 as v1
from google.protobuf import empty_pb2

from audobon.storage.objects import MemoryStore

__all__ = ["BATCH_ROUTES", "BATCH_TYPES", "Batched"]

State = v1.JobState
_OPEN = (State.JOB_STATE_PENDING, State.JOB_STATE_RUNNING)


class Batched:
    """Part of the state of the service. ``spoiled`` is what happens to answers before they lie
    in the bucket: a call that takes and gives lines."""

    __slots__ = ()
    batches: dict[str, v1.BatchPredictionJob]
    batch_turns: list[Any]
    spoiled: list[Any]
    models: dict[str, list[v1.Model]]
    store: MemoryStore
    clock: datetime

    def do_CreateBatchPredictionJob(self, request: Any) -> v1.BatchPredictionJob:
        job = v1.BatchPredictionJob(request.batch_prediction_job)
        job.name = f"{request.parent}/batchPredictionJobs/{2000 + len(self.batches)}"
        job.state, job.create_time = State.JOB_STATE_PENDING, self.clock
        self.batches[job.name] = job
        return job

    def do_ListBatchPredictionJobs(self, request: Any) -> v1.ListBatchPredictionJobsResponse:
        wanted = re.fullmatch(r'labels\.([a-z-]+)="([^"]*)"', request.filter)
        found = [
            job
            for job in self.batches.values()
            if wanted is None or job.labels.get(wanted[1]) == wanted[2]
        ]
        return v1.ListBatchPredictionJobsResponse(batch_prediction_jobs=found)

    def do_GetBatchPredictionJob(self, request: Any) -> v1.BatchPredictionJob:
        job = self.batches[request.name]
        if job.state in _OPEN:
            (self.batch_turns.pop(0) if self.batch_turns else self.run_batch)(job)
        return job

    def do_CancelBatchPredictionJob(self, request: Any) -> empty_pb2.Empty:
        job = self.batches[request.name]
        if job.state not in _OPEN:
            raise Refusal(400, "it has ended")
        self.end_batch(job, State.JOB_STATE_CANCELLED)
        return empty_pb2.Empty()

    def end_batch(self, job: v1.BatchPredictionJob, state: Any) -> None:
        job.start_time = self.clock
        self.clock += timedelta(seconds=100)
        job.end_time, job.state = self.clock, state

    def run_batch(self, job: v1.BatchPredictionJob) -> None:
        """Answer every question, in two files and not in order, as the service may."""
        name, _, version = job.model.partition("@")
        model = self.models[name][int(version) - 1]
        assert job.instance_config.key_field == "key"
        at = f"{self.store.url}/"
        (uri,) = job.input_config.gcs_source.uris
        lines = [json.loads(each) for each in self.store.get(uri.removeprefix(at)).splitlines()]
        keys = [line.pop("key") for line in lines]
        told = [
            json.dumps({"key": key, "prediction": each})
            for key, each in zip(keys, self.computed(model, lines), strict=True)  # type: ignore[attr-defined]
        ][::-1]
        if self.spoiled:
            told = self.spoiled.pop(0)(told)
        to = job.output_config.gcs_destination.output_uri_prefix.removeprefix(at)
        half = len(told) // 2
        for number, part in enumerate((told[:half], told[half:])):
            file = f"{to}/prediction-tiny-2026/prediction.results-{number:05d}-of-00002"
            self.store.put(file, "".join(f"{line}\n" for line in part).encode())
        self.store.put(f"{to}/prediction-tiny-2026/prediction.errors_stats-00000-of-00001", b"")
        self.end_batch(job, State.JOB_STATE_SUCCEEDED)


BATCH_TYPES: dict[str, tuple[Any, Any]] = {
    "CreateBatchPredictionJob": (v1.CreateBatchPredictionJobRequest, v1.BatchPredictionJob),
    "ListBatchPredictionJobs": (
        v1.ListBatchPredictionJobsRequest,
        v1.ListBatchPredictionJobsResponse,
    ),
    "GetBatchPredictionJob": (v1.GetBatchPredictionJobRequest, v1.BatchPredictionJob),
    "CancelBatchPredictionJob": (v1.CancelBatchPredictionJobRequest, empty_pb2.Empty),
}
_P = r"(?P<{}>projects/[^/]+/locations/[^/]+{})"
_J = "/batchPredictionJobs"
BATCH_ROUTES: tuple[tuple[str, str, str, str], ...] = (
    ("POST", _P.format("parent", "") + _J, "CreateBatchPredictionJob", "batch_prediction_job"),
    ("GET", _P.format("parent", "") + _J, "ListBatchPredictionJobs", ""),
    ("GET", _P.format("name", f"{_J}/[0-9]+"), "GetBatchPredictionJob", ""),
    ("POST", _P.format("name", f"{_J}/[0-9]+") + ":cancel", "CancelBatchPredictionJob", "*"),
)
