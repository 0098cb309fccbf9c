"""Batch predictions: many questions as a file in the bucket, answered without an endpoint.

Answers come in any order and in several files, so each question has a key, by which it is told
whether all of them are there.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from attrs import evolve, field, frozen

from audobon.cloud.begun import ENDED, FIRST_S, LABEL, STATES, BegunJobs, moment
from audobon.cloud.calling import NoAnswer, Patience
from audobon.cloud.clients import Clients
from audobon.cloud.ledger import Ledger, Run
from audobon.cloud.uploads import UploadedModel
from audobon.errors import (
    AudobonError,
    Cancelled,
    Conflict,
    Corrupt,
    Invalid,
    LimitExceeded,
    Unavailable,
    WorkerDied,
)
from audobon.storage.objects import ABSENT, ObjectStore
from audobon.system.files import atomic_writer, translate_os_error

__all__ = ["ASKING", "Batches"]

ASKING = "asking"
"""The state of a run while its batch goes on."""
_AT_ONCE = 4  # questions that the container gets in one request
_MOST = 1 << 30  # bytes of a file of answers


@frozen(slots=True)
class _Job:
    name: str
    run: str
    state: str
    made: datetime | None
    seconds: float
    error: str


@frozen(slots=True)
class Batches:
    """The batch predictions of one project; ``store`` is the place that questions go through."""

    clients: Clients
    store: ObjectStore
    ledger: Ledger
    patience: Patience = field(factory=Patience)

    def answer(
        self,
        model: UploadedModel,
        lines: Path,
        to: Path,
        *,
        machine: str,
        hours: float,
        report: Callable[[float], None] = lambda _: None,
        cancel: Callable[[], bool] = lambda: False,
    ) -> int:
        """Have a version answer ``lines``, JSON objects with ``key``, each different.

        Their answers, verified, go to the file ``to`` as JSON objects of ``key`` and
        ``prediction``. How many have none.

        The same lines go on with the batch that they have, whatever became of the last call.
        What it may cost in ``hours`` is set aside first: LimitExceeded where that does not fit,
        and where it takes longer, and then it is cancelled there. Cancelled, WorkerDied with what
        the service says of a failed one, Corrupt where answers are not to these questions.
        NoAnswer while nothing can be reached: then this may be called again.
        """
        keys, digest = _read(lines)
        what = f"batch {hashlib.sha256(f'{model.files} {digest}'.encode()).hexdigest()[:24]}"
        settings, note = self.clients.settings, {"questions": len(keys), "model": model.name}
        run = self.ledger.serve(what, machine, hours, settings, note, state=ASKING)
        try:
            self._stage(run, lines)
            job = self._begun(run, model, len(keys))
            if run.job != job.name:
                run = self._kept(evolve(run, job=job.name))
            job = self._followed(run, job, report, cancel)
            missing = self._collected(run, job, keys, to)
        except AudobonError as error:
            # What cannot be told may be there, and what was begun goes on.
            if isinstance(error, NoAnswer) or (isinstance(error, Unavailable) and run.job):
                self._kept(evolve(run, error=error.message))
                raise
            state = "cancelled" if isinstance(error, Cancelled) else "failed"
            seconds = 0.0
            with contextlib.suppress(AudobonError):
                found = self._jobs.find(run.id)
                seconds = found.seconds if found is not None else 0.0
            self._kept(run.ended(state, seconds, error.message))
            raise
        self._kept(run.ended("done", job.seconds))
        with contextlib.suppress(AudobonError):
            for each in list(self.store.list(f"batches/{run.id}/")):
                self.store.delete(each.key)
        return missing

    def _kept(self, run: Run) -> Run:
        with self.ledger.locked():
            return self.ledger.keep(run)

    def _stage(self, run: Run, lines: Path) -> None:
        key = f"batches/{run.id}/questions.jsonl"
        try:
            self.store.put(key, lines, ABSENT)
        except Conflict:  # of an earlier call; half of it is never there
            found = self.store.stat(key)
            if found is None or found.size != lines.stat().st_size:
                raise

    def _begun(self, run: Run, model: UploadedModel, count: int) -> _Job:
        settings, place = self.clients.settings, f"{self.store.url}/batches/{run.id}"
        request = {
            "display_name": f"audobon {model.name}, {count} questions",
            "labels": {LABEL: run.id},
            "model": f"{model.resource}@{model.number}",
            "input_config": {
                "instances_format": "jsonl",
                "gcs_source": {"uris": [f"{place}/questions.jsonl"]},
            },
            "instance_config": {"instance_type": "object", "key_field": "key"},
            "output_config": {
                "predictions_format": "jsonl",
                "gcs_destination": {"output_uri_prefix": f"{place}/answers"},
            },
            "dedicated_resources": {
                "machine_spec": {"machine_type": run.machine},
                "starting_replica_count": 1,
                "max_replica_count": 1,
            },
            "manual_batch_tuning_parameters": {"batch_size": _AT_ONCE},
            "service_account": settings.account,
        }
        return self._jobs.begin(run.id, request)

    @property
    def _jobs(self) -> BegunJobs[_Job]:
        return BegunJobs(self.clients, "batch_prediction_job", "batch", _told, self.patience)

    def _followed(
        self,
        run: Run,
        job: _Job,
        report: Callable[[float], None],
        cancel: Callable[[], bool],
    ) -> _Job:
        begun, pause = self.patience.clock(), FIRST_S
        longest = run.hours * 3600
        while job.state not in ENDED:
            if cancel():
                self._jobs.cancel(job.name)
                raise Cancelled("the batch in Vertex AI is cancelled")
            passed = self.patience.clock() - begun
            if passed > longest:
                self._jobs.cancel(job.name)
                raise LimitExceeded(f"the batch takes longer than {run.hours:g} hours")
            report(min(passed / longest, 1.0))
            job, pause = self._jobs.after(job, pause, cancel)
        return job

    def _collected(self, run: Run, job: _Job, keys: set[str], to: Path) -> int:
        if job.state == "cancelled":
            raise Cancelled("the batch in Vertex AI was cancelled")
        if job.state != "done":
            raise WorkerDied(f"the batch in Vertex AI failed: {job.error or job.state}")
        left = set(keys)
        try:
            with atomic_writer(to) as file:
                for key, prediction in self._answers(run):
                    if key not in keys:
                        raise Corrupt(f"an answer of {run.what} is to another question")
                    if key in left:
                        left.discard(key)
                        line = json.dumps({"key": key, "prediction": prediction})
                        file.write(line.encode() + b"\n")
        except OSError as error:
            raise translate_os_error(error, to) from error
        if len(left) == len(keys):
            raise Corrupt(f"{run.what} has ended and answered nothing")
        return len(left)

    def _answers(self, run: Run) -> Iterator[tuple[str, Any]]:
        for each in sorted(self.store.list(f"batches/{run.id}/answers"), key=lambda one: one.key):
            if not each.key.rpartition("/")[2].startswith("prediction.results"):
                continue
            if each.size > _MOST:
                raise Corrupt(f"{each.key} has {each.size:,} bytes, more than any")
            for line in self.store.get(each.key).splitlines():
                try:
                    told = json.loads(line)
                    yield str(told["key"]), told["prediction"]
                except (ValueError, KeyError, TypeError) as error:
                    raise Corrupt(f"{each.key} cannot be read", subject=each.key) from error


def _read(lines: Path) -> tuple[set[str], str]:
    """The keys of lines, and what stands for all of them."""
    whole, keys = hashlib.sha256(), set()
    try:
        with lines.open("rb") as file:
            for line in file:
                whole.update(line)
                keys.add(str(json.loads(line)["key"]))
    except OSError as error:
        raise translate_os_error(error, lines) from error
    except (ValueError, KeyError, TypeError) as error:
        raise Invalid(f"{lines} has lines that are no questions", subject=str(lines)) from error
    if not keys:
        raise Invalid(f"{lines} has no questions", subject=str(lines))
    return keys, whole.hexdigest()


def _told(job: Any) -> _Job:
    started, ended = moment(job.start_time), moment(job.end_time)
    seconds = (ended - started).total_seconds() if started and ended else 0.0
    state = STATES.get(job.state.name.removeprefix("JOB_STATE_"), "queued")
    # Some questions may have failed: which ones, the answers tell.
    if job.state.name == "JOB_STATE_PARTIALLY_SUCCEEDED":
        state = "done"
    said = " ".join(job.error.message.split())[:300] if job.error else ""
    run, made = job.labels.get(LABEL, ""), moment(job.create_time)
    return _Job(job.name, run, state, made, max(seconds, 0.0), said)
