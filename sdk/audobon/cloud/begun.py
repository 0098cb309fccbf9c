"""What the service does for long, of either kind: begun once, found again, cancelled, waited for.

A reply that is lost when a job is made leaves a job that runs and costs. So each has the label
``audobon-run``, and before one is made, also again, those with the label are listed.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

from attrs import frozen

from audobon.cloud.calling import NoAnswer, Patience, call
from audobon.cloud.clients import Clients
from audobon.errors import Conflict, Invalid, NotFound

__all__ = ["ENDED", "FIRST_S", "LABEL", "STATES", "Begun", "BegunJobs", "moment"]

LABEL = "audobon-run"
ENDED = ("done", "failed", "cancelled")
FIRST_S = 2.0
_LONGEST_S, _SLICE_S = 30.0, 0.25
# Between two looks at a job, growing as a machine takes minutes to come; and between two looks
# whether somebody wants it to end.

STATES = {
    "QUEUED": "queued",
    "PENDING": "queued",
    "PAUSED": "queued",
    "RUNNING": "running",
    "UPDATING": "running",
    "CANCELLING": "running",
    "SUCCEEDED": "done",
    "PARTIALLY_SUCCEEDED": "failed",
    "FAILED": "failed",
    "EXPIRED": "failed",
    "CANCELLED": "cancelled",
}


class Begun(Protocol):
    """What is told of a job, whatever its kind: ``state`` is one of the values of STATES."""

    @property
    def name(self) -> str:
        """As the service calls it."""

    @property
    def run(self) -> str:
        """What its label says."""

    @property
    def state(self) -> str:
        """queued, running, done, failed or cancelled."""

    @property
    def made(self) -> datetime | None:
        """When it was made there."""


_JobT = TypeVar("_JobT", bound=Begun)


@frozen(slots=True)
class BegunJobs(Generic[_JobT]):
    """Jobs of one kind: ``kind`` is what the client's methods call it, ``word`` what people do.

    ``told`` makes of the service's message what is told of it.
    """

    clients: Clients
    kind: str
    word: str
    told: Callable[[Any], _JobT]
    patience: Patience

    def begin(self, run: str, request: Any) -> _JobT:
        """The job that has the label ``run``, else the one that ``request`` asks for.

        Safe to call again, whatever became of the last call: before each try it is looked for.
        """
        begun, attempt = self.patience.clock(), 0
        while True:
            found = self.find(run)
            if found is not None:
                return found
            try:
                made = self._call(
                    f"create_{self.kind}",
                    f"beginning a {self.word}",
                    again=False,
                    parent=self.clients.settings.parent,
                    **{self.kind: request},
                )
                return self.told(made)
            except NoAnswer:
                attempt += 1
                if self.patience.clock() - begun >= self.patience.patience_s:
                    raise
                self.patience.wait(attempt)

    def find(self, run: str) -> _JobT | None:
        """The job with the label of ``run``; of several the first, and the others are cancelled."""
        request = {"parent": self.clients.settings.parent, "filter": f'labels.{LABEL}="{run}"'}
        listed = self._call(
            f"list_{self.kind}s", f"listing what is a {self.word}", whole=list, request=request
        )
        found = [job for job in map(self.told, listed) if job.run == run]
        found.sort(key=lambda job: (job.made.timestamp() if job.made else 0.0, job.name))
        for other in found[1:]:
            if other.state not in ENDED:
                self.cancel(other.name)
        return found[0] if found else None

    def look(self, name: str) -> _JobT:
        """A job by the name that the service gave it."""
        return self.told(self._call(f"get_{self.kind}", f"looking at a {self.word}", name=name))

    def cancel(self, name: str) -> None:
        """Have a job stopped; one that has ended stays as it is."""
        # Invalid is how it says that there is nothing to stop any more.
        with contextlib.suppress(Conflict, NotFound, Invalid):
            self._call(f"cancel_{self.kind}", f"cancelling a {self.word}", name=name)

    def after(self, job: _JobT, pause: float, cancel: Callable[[], bool]) -> tuple[_JobT, float]:
        """The job some time later, as it is then, and how long the next pause is.

        As it was where nothing can be reached, or ``cancel`` says so meanwhile.
        """
        left = pause
        while left > 0 and not cancel():
            self.patience.pause(min(left, _SLICE_S))
            left -= _SLICE_S
        if not cancel():
            with contextlib.suppress(NoAnswer):
                job = self.look(job.name)
        return job, min(pause * 1.5, _LONGEST_S)

    def _call(
        self,
        method: str,
        what: str,
        *,
        again: bool = True,
        whole: Callable[[Any], Any] = lambda answer: answer,
        **words: Any,
    ) -> Any:
        asked = getattr(self.clients.jobs, method)
        return call(
            # A list is read to its end within: each of its pages is a question too.
            lambda limit: whole(asked(timeout=limit, retry=None, **words)),
            what,
            self.patience,
            again=again,
        )


def moment(value: Any) -> datetime | None:
    """A time of the service's, None for none."""
    return None if value is None else datetime.fromtimestamp(value.timestamp(), value.tzinfo)
