"""Custom jobs of Vertex AI: begun once, followed, cancelled, and what they made verified."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from attrs import evolve, field, frozen

from audobon.cloud.begun import ENDED, FIRST_S, LABEL, STATES, BegunJobs, moment
from audobon.cloud.calling import NoAnswer, Patience
from audobon.cloud.clients import Clients
from audobon.cloud.package import MODULE, Staged, stage, task_bytes
from audobon.errors import (
    AudobonError,
    Cancelled,
    Conflict,
    Corrupt,
    LimitExceeded,
    NotFound,
    WorkerDied,
    error_from_code,
)
from audobon.learning.checking import check_lesson
from audobon.learning.staged import PROGRESS, RECEIPT, RESULT
from audobon.storage.objects import ABSENT, ObjectStore

__all__ = ["CloudJob", "TrainingJobs"]

_GRACE_S = (
    3600.0  # beyond what a job may take, for its machine to come, before nobody waits any more
)
_MOST = 64 << 20  # bytes of a result that are read; a head and its card have some 100 kB


@frozen(slots=True)
class CloudJob:
    """A job as the service tells of it. ``state`` is queued, running, done, failed or cancelled.

    ``error`` is what the service says of a failed one.
    """

    name: str
    run: str
    state: str
    machine: str = ""
    made: datetime | None = None
    started: datetime | None = None
    ended: datetime | None = None
    error: str = ""
    expired: bool = False

    @property
    def seconds(self) -> float:
        """How long its machine was there, which is what costs."""
        if self.started is None or self.ended is None:
            return 0.0
        return max((self.ended - self.started).total_seconds(), 0.0)


@frozen(slots=True)
class TrainingJobs:
    """Jobs of one project, with ``store`` as the place through which tasks and results go."""

    clients: Clients
    store: ObjectStore
    patience: Patience = field(factory=Patience)

    def begin(self, run: str, lesson: Mapping[str, Any], *, hours: float) -> CloudJob:
        """The job that learns ``lesson``: the one there is for ``run``, else a new one.

        Safe to call again for the same run, whatever became of the last call. What is stopped
        after ``hours`` by the service itself. Conflict for a run with another lesson.
        """
        staged = stage()
        self._stage(staged.key, staged.data)
        self._stage(self._key(run, "task.json"), task_bytes(run, lesson))
        return self._jobs.begin(run, self._request(run, staged, hours))

    def find(self, run: str) -> CloudJob | None:
        """The job with the label of ``run``; of several the first, and the others are cancelled."""
        return self._jobs.find(run)

    def look(self, name: str) -> CloudJob:
        """A job by the name that the service gave it."""
        return self._jobs.look(name)

    def cancel(self, name: str) -> None:
        """Have a job stopped; one that has ended stays as it is."""
        self._jobs.cancel(name)

    @property
    def _jobs(self) -> BegunJobs[CloudJob]:
        return BegunJobs(self.clients, "custom_job", "job", _told, self.patience)

    def follow(
        self,
        job: CloudJob,
        *,
        hours: float,
        report: Callable[[float, Mapping[str, Any]], None] = lambda *_: None,
        cancel: Callable[[], bool] = lambda: False,
    ) -> CloudJob:
        """The job when it has ended. What cannot be reached meanwhile is looked at again.

        ``report`` is told how much is done, and figures. When ``cancel`` says so the job is
        cancelled there, and Cancelled raised once that is told to the service.
        """
        begun, pause = self.patience.clock(), FIRST_S
        while job.state not in ENDED:
            if cancel():
                self.cancel(job.name)
                raise Cancelled("the job in Vertex AI is cancelled")
            if self.patience.clock() - begun > hours * 3600 + _GRACE_S:
                raise NoAnswer(
                    f"the job {job.run} has not ended in the time it may take",
                    subject=job.run,
                    hint=f"'audobon vertex wait {job.run}' follows it again",
                )
            job, pause = self._jobs.after(job, pause, cancel)
            self._progress(job.run, report)
        self._progress(job.run, report)
        return job

    def result(self, job: CloudJob, lesson: Mapping[str, Any]) -> dict[str, Any]:
        """What a job that has ended made of ``lesson``, verified as one that was made here.

        The error that the lesson ended with; WorkerDied or LimitExceeded where the job failed
        otherwise, Cancelled; Corrupt where the result is not the one of this task.
        """
        receipt = self._receipt(job, hashlib.sha256(task_bytes(job.run, lesson)).hexdigest())
        try:
            data = self._read(job.run, RESULT)
        except NotFound as error:
            raise Corrupt(f"the result of {job.run} is not there", subject=job.run) from error
        if hashlib.sha256(data).hexdigest() != receipt.get("result"):
            raise Corrupt(f"the result of {job.run} did not come as it was made", subject=job.run)
        try:
            made = json.loads(data)
        except ValueError as error:
            raise Corrupt(f"the result of {job.run} cannot be read", subject=job.run) from error
        return check_lesson(lesson, made)

    def clear(self, run: str) -> None:
        """Remove what a run has left in the place of objects; the wheel stays for others."""
        for found in list(self.store.list(f"runs/{run}/")):
            self.store.delete(found.key)

    def _receipt(self, job: CloudJob, task: str) -> dict[str, Any]:
        if job.state == "cancelled":
            raise Cancelled("the job in Vertex AI was cancelled", subject=job.run)
        try:
            receipt = json.loads(self._read(job.run, RECEIPT))
            if receipt["task"] != task or receipt["run"] != job.run:
                raise Corrupt(f"the receipt of {job.run} is of another task", subject=job.run)
        except NotFound:
            raise _failure(job) from None
        except (ValueError, KeyError, TypeError) as error:
            raise Corrupt(f"the receipt of {job.run} cannot be read", subject=job.run) from error
        told = receipt.get("error")
        if told:
            raise error_from_code(
                int(told["code"]), str(told["message"]), subject=job.run, hint=str(told["hint"])
            )
        found: dict[str, Any] = receipt
        return found

    def _read(self, run: str, name: str) -> bytes:
        found = self.store.stat(self._key(run, name))
        if found is not None and found.size > _MOST:
            raise Corrupt(f"{name} of {run} has {found.size:,} bytes, more than any", subject=run)
        return self.store.get(self._key(run, name))

    def _progress(self, run: str, report: Callable[[float, Mapping[str, Any]], None]) -> None:
        with contextlib.suppress(AudobonError, ValueError, KeyError, TypeError, AttributeError):
            said = json.loads(self._read(run, PROGRESS))
            done = min(max(float(said.pop("done")), 0.0), 1.0)
            report(done, said)

    def _key(self, run: str, name: str) -> str:
        return f"runs/{run}/{name}"

    def _stage(self, key: str, data: bytes) -> None:
        try:
            self.store.put(key, data, ABSENT)
        except Conflict:
            if self.store.get(key) != data:
                raise Conflict(
                    f"{key} in {self.store.url} is there with other contents", subject=key
                ) from None

    def _request(self, run: str, staged: Staged, hours: float) -> Any:
        types, settings = self.clients.types, self.clients.settings
        # A bucket is a folder below /gcs in the containers of custom jobs.
        mounted = "/gcs/" + self.store.url.partition(":")[2].strip("/")
        where = f"{mounted}/runs/{run}"
        return types.CustomJob(
            display_name=f"audobon {run}",
            labels={LABEL: run},
            job_spec={
                "worker_pool_specs": [
                    {
                        "machine_spec": {"machine_type": settings.machine},
                        "replica_count": 1,
                        "python_package_spec": {
                            "executor_image_uri": settings.image,
                            "package_uris": [f"{self.store.url}/{staged.key}"],
                            "python_module": MODULE,
                            "args": ["--task", f"{where}/task.json", "--to", where],
                        },
                    }
                ],
                # Without this the service begins what failed up to three times more.
                "scheduling": {
                    "timeout": {"seconds": round(hours * 3600)},
                    "disable_retries": True,
                },
                "service_account": settings.account,
            },
        )


def _failure(job: CloudJob) -> AudobonError:
    if job.state == "done":
        return Corrupt(f"the job {job.run} has ended and left no receipt", subject=job.run)
    kind = LimitExceeded if job.expired else WorkerDied
    hint = f"'audobon vertex logs {job.run}' shows what it said"
    said = " ".join(job.error.split())[:300]
    return kind(f"the job in Vertex AI failed: {said or job.state}", subject=job.run, hint=hint)


def _told(job: Any) -> CloudJob:
    pools = job.job_spec.worker_pool_specs
    name = job.state.name.removeprefix("JOB_STATE_")
    made = CloudJob(
        name=job.name,
        run=job.labels.get(LABEL, ""),
        state=STATES.get(name, "queued"),
        machine=pools[0].machine_spec.machine_type if pools else "",
        made=moment(job.create_time),
        started=moment(job.start_time),
        ended=moment(job.end_time),
        error=job.error.message if job.error else "",
    )
    late = name == "EXPIRED" or (job.error is not None and job.error.code == 4)
    return evolve(made, expired=late)
