"""Runs from the queue to their results, whichever process looks after them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from attrs import evolve

from audobon.cloud.calling import Patience, need_client
from audobon.cloud.clients import Clients
from audobon.cloud.ledger import OPEN, Ledger, Run
from audobon.cloud.logs import Line, log_lines
from audobon.cloud.settings import Settings, load_settings
from audobon.cloud.vertex import CloudJob, TrainingJobs
from audobon.errors import AudobonError, Busy, Cancelled, NotFound, Unavailable
from audobon.model.stopping import never
from audobon.storage.objects import ObjectStore, around, open_store

__all__ = ["Runs"]

_TURN_S = 5.0  # between two looks whether there is room for a run that waits
_SLICE_S = 0.25

Report = Callable[[float, Mapping[str, Any]], None]


def _quiet(_done: float, _told: Mapping[str, Any]) -> None:
    pass


class Runs:
    """Runs of this user, in ``folder``. Closed at the end; the service is asked when needed.

    ``store`` is the place of objects, ``credentials`` who asks; both are told by the settings.
    Raises Unavailable where nothing is set up, MissingExtra.
    """

    def __init__(
        self,
        folder: Path,
        *,
        store: ObjectStore | None = None,
        credentials: Any = None,
        patience: Patience | None = None,
    ) -> None:
        need_client()
        self.settings: Settings = load_settings(folder)
        self.ledger = Ledger(folder)
        self._store, self._credentials = store, credentials
        self._patience = patience or Patience()
        self._jobs: TrainingJobs | None = None

    def __enter__(self) -> Runs:
        return self

    def __exit__(self, *_: object) -> None:
        if self._jobs is not None:
            self._jobs.clients.close()
            self._jobs.store.close()

    def queue(self, what: str, lesson: Mapping[str, Any]) -> Run:
        """Queue a lesson, without the network. LimitExceeded where money does not reach."""
        return self.ledger.add(what, lesson, self.settings)

    def send(self) -> tuple[Run, ...]:
        """Send what is queued, in order, as far as jobs may run at a time; those that were sent.

        Looks first how those that were sent before are. NoAnswer where the service cannot be
        reached: what is queued stays queued, with that as its ``error``.
        """
        with self.ledger.locked():
            self._look()
            open_now = sum(run.state == "sent" for run in self.ledger.all())
            sent = []
            for run in self.ledger.all():
                if run.state != "queued" or open_now >= self.settings.most_jobs:
                    continue
                done = self._send(run)
                open_now += done.state == "sent"
                sent.append(done)
            return tuple(sent)

    def look(self) -> tuple[Run, ...]:
        """All runs, as they are now."""
        with self.ledger.locked():
            self._look()
        return self.ledger.all()

    def wait(
        self, run: Run, *, report: Report = _quiet, cancel: Callable[[], bool] = never
    ) -> dict[str, Any]:
        """What a run has learnt: sent when it is its turn, followed, fetched, verified and kept.

        Raises what it failed with, Cancelled (the job is cancelled there too), and NoAnswer
        while nothing can be reached: the run stays, and this may be called again.
        """
        while (run := self.ledger.get(run.id)).state == "queued":
            if cancel():
                self.cancel(run)
                raise Cancelled("the run is cancelled", subject=run.id)
            self.send()
            if self.ledger.get(run.id).state == "queued":
                self._pause(cancel)
        kept = self.ledger.result(run)
        if kept is not None:
            return kept
        if run.state != "sent" and not run.job:
            raise Unavailable(run.error or f"the run is {run.state}", subject=run.id)
        jobs = self._service()
        try:
            job = jobs.follow(jobs.look(run.job), hours=run.hours, report=report, cancel=cancel)
        except Cancelled:
            with self.ledger.locked():  # not at its end before the service says so: time costs
                self.ledger.keep(self._seen(run, jobs.look(run.job)))
            raise
        with self.ledger.locked():
            return self._collect(run, job)

    def fetch(self, run: Run) -> dict[str, Any]:
        """What a run has learnt, as :meth:`wait`, without waiting: Busy while it goes on."""
        if self.ledger.result(run) is None:
            self.send()
            run = self.ledger.get(run.id)
            if run.state in OPEN:
                with self.ledger.locked():
                    job = self._service().look(run.job) if run.job else None
                    if job is not None and job.state == "done":
                        return self._collect(run, job)
                raise Busy(
                    f"the run {run.id} goes on in Vertex AI",
                    subject=run.id,
                    hint=f"'audobon vertex wait {run.id}' follows it",
                )
        return self.wait(run)

    def cancel(self, run: Run) -> Run:
        """Take a run back, in the queue or in Vertex AI; one that has ended stays as it is."""
        with self.ledger.locked():
            run = self.ledger.get(run.id)
            if run.state == "queued" and not run.job:
                # It may have been sent by a call whose reply was lost.
                found = self._service().find(run.id) if run.error else None
                if found is None:
                    return self.ledger.keep(run.ended("cancelled", 0.0))
                run = evolve(run, job=found.name)
            if run.state in OPEN:
                jobs = self._service()
                jobs.cancel(run.job)
                run = self.ledger.keep(self._seen(evolve(run, state="sent"), jobs.look(run.job)))
            return run

    def logs(self, run: Run) -> list[Line]:
        """What a run has printed. NotFound while it has not been sent."""
        if not run.job:
            raise NotFound(f"the run {run.id} was not sent yet", subject=run.id)
        return log_lines(self._service().clients, run.job, self._patience)

    def _service(self) -> TrainingJobs:
        if self._jobs is None:
            clients = Clients(self.settings, credentials=self._credentials)
            store = self._store
            if store is None:
                impersonate = self.settings.impersonate
                store = around(open_store(self.settings.place, impersonate=impersonate))
            self._jobs = TrainingJobs(clients, store, self._patience)
        return self._jobs

    def _look(self) -> None:
        for run in self.ledger.all():
            if run.state == "sent":
                seen = self.ledger.keep(self._seen(run, job := self._service().look(run.job)))
                if seen.state == "sent" and job.state == "done":
                    with contextlib.suppress(AudobonError):  # the run says it
                        self._collect(run, job)

    def _seen(self, run: Run, job: CloudJob) -> Run:
        """A run whose job has failed is at its end; of one that is done the result is looked at."""
        if job.state in ("failed", "cancelled"):
            return run.ended(job.state, job.seconds, job.error)
        return run

    def _collect(self, run: Run, job: CloudJob) -> dict[str, Any]:
        """The result of a job that has ended, kept; the run is at its end, unless it cannot be
        fetched just now."""
        jobs = self._service()
        try:
            made = jobs.result(job, self.ledger.task(run))
        except Unavailable:
            raise
        except AudobonError as error:
            state = "cancelled" if isinstance(error, Cancelled) else "failed"
            self.ledger.keep(run.ended(state, job.seconds, error.message))
            raise
        self.ledger.keep_result(run, made)
        self.ledger.keep(run.ended("done", job.seconds))
        with contextlib.suppress(AudobonError):
            jobs.clear(run.id)
        return made

    def _send(self, run: Run) -> Run:
        try:
            job = self._service().begin(run.id, self.ledger.task(run), hours=run.hours)
        except Unavailable as error:
            self.ledger.keep(evolve(run, error=error.message))
            raise
        except AudobonError as error:  # what is refused would be refused again
            return self.ledger.keep(run.ended("failed", 0.0, error.message))
        return self.ledger.keep(evolve(run, state="sent", job=job.name, error=""))

    def _pause(self, cancel: Callable[[], bool]) -> None:
        left = _TURN_S
        while left > 0 and not cancel():
            self._patience.pause(_SLICE_S)
            left -= _SLICE_S
