"""What a store of jobs promises. The catalog keeps them; ``audobon.testing`` has one in memory."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any, Protocol

from audobon.model.job import JobRow

__all__ = ["JobStore"]


class JobStore(Protocol):
    """Jobs in order, shared by threads and, where the store is, by processes.

    States: ``queued`` to ``running`` to one of ``done``, ``failed`` and
    ``cancelled``; a running job can go back to ``queued``. Each method is
    atomic. NotFound is raised for the number of a job that does not exist.
    """

    def submit(
        self, kind: str, payload: Mapping[str, Any], *, key: str = "", priority: int = 50
    ) -> JobRow:
        """Queue a job, or give the job that is queued or running with this ``key`` already.

        Such a job takes the more urgent of both priorities, and is no longer
        to be cancelled. Without a key it is always a new job.
        """
        ...

    def claim(
        self,
        worker: str,
        kinds: Collection[str] | None = None,
        *,
        least: int | None = None,
        most: int | None = None,
    ) -> JobRow | None:
        """Begin the most urgent queued job, of equals the oldest; None when there is none.

        None too when that job's priority is below ``least`` or above ``most``:
        then it is for somebody else to begin. No job is given to two callers,
        and none that is held (see :meth:`hold`) to any.
        """
        ...

    def waiting(self, kinds: Collection[str] | None = None) -> bool:
        """Whether any job is queued that may begin."""
        ...

    def hold(self, texts: Collection[str]) -> tuple[int, ...]:
        """Have no job begin in whose payload or key one of these texts stands, in any process.

        The texts take the place of those of an earlier call, and hold until
        one without any. The numbers of the jobs that are at work in spite of
        it, because they had begun before.
        """
        ...

    def progress(self, ident: int, fraction: float) -> bool:
        """Note how much of a running job is done; whether it is to be cancelled."""
        ...

    def cancelled(self, ident: int) -> bool:
        """Whether a job is to be cancelled, or is; a cheap question."""
        ...

    def finish(self, ident: int, result: object) -> None:
        """End a running job well. Jobs that are not running stay as they are."""
        ...

    def fail(self, ident: int, code: int, message: str, hint: str = "") -> None:
        """End a running job with an error and what helps (see ``audobon.errors``).

        With the code of Cancelled it ends as ``cancelled``, or is queued again
        when it has been submitted again since it was cancelled.
        """
        ...

    def release(self, ident: int) -> None:
        """Give a running job back to the queue, as if it had not been begun."""
        ...

    def retry(self, ident: int) -> None:
        """Give a running job back to the queue; the attempt counts."""
        ...

    def again(self, ident: int) -> JobRow:
        """Queue a job anew that failed or was cancelled, as if it had never been begun.

        One in any other state stays as it is. Where an equal job is queued or
        running already, that one is given, and this one ends as ``cancelled``.
        """
        ...

    def cancel(self, ident: int) -> JobRow:
        """Ask that a job stop. A queued one ends at once, an ended one stays as it is."""
        ...

    def get(self, ident: int) -> JobRow: ...

    def latest(self, key: str) -> JobRow | None:
        """The newest job with this key in whatever state, None if there is none."""
        ...

    def list(self, *, state: str | None = None, limit: int = 100) -> tuple[JobRow, ...]:
        """The newest jobs first."""
        ...

    def recover(self, alive: Callable[[str], bool]) -> tuple[int, int]:
        """Take running jobs from workers that are not ``alive``; ``(queued again, failed)``.

        A job that was begun MAX_ATTEMPTS times fails with the code of
        WorkerDied; one that was to be cancelled is cancelled and not counted.
        """
        ...

    def purge(self, before: datetime) -> int:
        """Remove jobs that ended before then; how many."""
        ...

    def counts(self) -> Mapping[str, int]:
        """The number of jobs in each of the five states."""
        ...
