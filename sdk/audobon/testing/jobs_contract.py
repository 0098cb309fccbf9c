"""What every store of jobs must do; a test class for each store inherits it.

The class names its own ``store`` fixture that gives an empty JobStore.
"""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest

from audobon.errors import BadFile, Cancelled, NotFound, WorkerDied
from audobon.model.job import MAX_ATTEMPTS, PRIORITIES
from audobon.work.queue import JobStore

__all__ = ["JobStoreContract"]


def _nobody(worker: str) -> bool:
    del worker
    return False


class JobStoreContract:
    """Tests of the promises in ``audobon.work.queue.JobStore``."""

    def test_job_goes_from_queued_to_done(self, store: JobStore) -> None:
        job = store.submit("probe", {"path": "a.png"}, key="probe:a")
        assert (job.state, job.attempts, dict(job.payload)) == ("queued", 0, {"path": "a.png"})
        claimed = store.claim("w1")
        assert claimed is not None
        assert (claimed.id, claimed.state, claimed.worker) == (job.id, "running", "w1")
        assert claimed.attempts == 1
        assert store.progress(job.id, 0.25) is False
        assert store.get(job.id).progress == 0.25
        store.finish(job.id, {"size": [1, 2, None]})
        done = store.get(job.id)
        assert (done.state, done.result, done.progress) == ("done", {"size": [1, 2, None]}, 1.0)
        assert done.started is not None
        assert done.ended is not None
        assert done.created <= done.started <= done.ended

    def test_same_key_is_one_job_while_it_is_open(self, store: JobStore) -> None:
        first = store.submit("probe", {"n": 1}, key="k", priority=PRIORITIES["background"])
        again = store.submit("probe", {"n": 2}, key="k", priority=PRIORITIES["click"])
        assert again.id == first.id
        assert (again.priority, dict(again.payload)) == (PRIORITIES["click"], {"n": 1})
        lower = store.submit("probe", {}, key="k", priority=PRIORITIES["normal"])
        assert lower.priority == PRIORITIES["click"]
        store.claim("w")
        assert store.submit("probe", {}, key="k").id == first.id
        store.finish(first.id, None)
        assert store.submit("probe", {}, key="k").id != first.id

    def test_a_job_that_failed_is_begun_anew(self, store: JobStore) -> None:
        job = store.submit("probe", {"n": 1}, key="k")
        assert store.again(job.id).state == "queued", "what has not failed stays as it is"
        store.claim("w")
        store.fail(job.id, BadFile.code, "it is torn", "take another")
        again = store.again(job.id)
        assert (again.id, again.state, again.attempts) == (job.id, "queued", 0)
        assert (again.error, again.hint, again.ended) == (None, "", None)
        claimed = store.claim("w")
        assert claimed is not None
        assert (claimed.id, claimed.attempts) == (job.id, 1)
        store.finish(job.id, "well")
        assert store.again(job.id).state == "done"
        with pytest.raises(NotFound):
            store.again(99)

    def test_a_job_that_was_cancelled_is_begun_anew(self, store: JobStore) -> None:
        job = store.submit("probe", {}, key="k")
        store.cancel(job.id)
        assert (store.again(job.id).state, store.get(job.id).cancel) == ("queued", False)

    def test_what_was_asked_for_meanwhile_is_not_begun_twice(self, store: JobStore) -> None:
        first = store.submit("probe", {}, key="k")
        store.claim("w")
        store.fail(first.id, BadFile.code, "it is torn")
        second = store.submit("probe", {}, key="k")
        assert store.again(first.id).id == second.id
        assert store.get(first.id).state == "cancelled"
        assert [row.id for row in store.list(state="queued")] == [second.id]

    def test_without_a_key_each_job_is_new(self, store: JobStore) -> None:
        assert store.submit("probe", {}).id != store.submit("probe", {}).id

    def test_urgent_first_then_oldest(self, store: JobStore) -> None:
        names = ("background", "normal", "click", "normal", "visible")
        jobs = [store.submit("probe", {}, priority=PRIORITIES[name]) for name in names]
        claimed = [row.id for _ in jobs if (row := store.claim("w")) is not None]
        assert claimed == [jobs[index].id for index in (2, 4, 1, 3, 0)]
        assert store.claim("w") is None

    def test_only_the_kinds_asked_for(self, store: JobStore) -> None:
        store.submit("train", {})
        probe = store.submit("probe", {})
        assert store.claim("w", kinds=("embed",)) is None
        assert not store.waiting(kinds=("embed",))
        assert store.waiting(kinds=("probe",))
        assert store.waiting()
        claimed = store.claim("w", kinds=("probe", "embed"))
        assert claimed is not None
        assert claimed.id == probe.id

    def test_bounds_of_priority_hold_for_the_first_job(self, store: JobStore) -> None:
        scan = store.submit("scan", {}, priority=90)
        assert store.claim("w", most=10) is None
        click = store.submit("run", {}, priority=0)
        assert store.claim("w", least=11) is None  # the click goes first, elsewhere
        claimed = [store.claim("w", most=10), store.claim("w", least=11)]
        assert [row.id for row in claimed if row is not None] == [click.id, scan.id]

    def test_no_job_is_claimed_twice(self, store: JobStore) -> None:
        wanted = {store.submit("probe", {"n": n}).id for n in range(60)}
        claimed: list[int] = []

        def take(name: str) -> None:
            while (row := store.claim(name)) is not None:
                claimed.append(row.id)

        threads = [threading.Thread(target=take, args=(f"w{n}",)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(claimed) == sorted(wanted)

    def test_failure_keeps_its_reason(self, store: JobStore) -> None:
        job = store.submit("probe", {}, key="k")
        store.claim("w")
        store.fail(job.id, BadFile.code, "the file is damaged", "save it again")
        failed = store.get(job.id)
        assert (failed.state, failed.error) == ("failed", (BadFile.code, "the file is damaged"))
        assert failed.hint == "save it again"
        store.finish(job.id, "late")
        assert store.get(job.id).state == "failed"
        assert store.submit("probe", {}, key="k").id != job.id

    def test_cancel_of_a_queued_job_ends_it(self, store: JobStore) -> None:
        job = store.submit("probe", {})
        assert store.cancel(job.id).state == "cancelled"
        assert store.cancelled(job.id)
        assert store.claim("w") is None
        assert store.cancel(job.id).state == "cancelled"

    def test_cancel_of_a_running_job_is_told_to_its_worker(self, store: JobStore) -> None:
        job = store.submit("probe", {})
        store.claim("w")
        assert not store.cancelled(job.id)
        row = store.cancel(job.id)
        assert (row.state, row.cancel) == ("running", True)
        assert store.cancelled(job.id)
        assert store.progress(job.id, 0.5) is True
        store.fail(job.id, Cancelled.code, "cancelled")
        assert store.get(job.id).state == "cancelled"

    def test_submitting_again_takes_a_cancel_back(self, store: JobStore) -> None:
        job = store.submit("probe", {}, key="k")
        store.claim("w")
        store.cancel(job.id)
        assert store.submit("probe", {}, key="k").id == job.id
        store.fail(job.id, Cancelled.code, "cancelled")
        row = store.get(job.id)
        assert (row.state, row.attempts) == ("queued", 0)

    def test_released_job_is_as_new(self, store: JobStore) -> None:
        job = store.submit("probe", {})
        store.claim("w")
        store.progress(job.id, 0.5)
        store.release(job.id)
        row = store.get(job.id)
        assert (row.state, row.attempts, row.progress, row.worker) == ("queued", 0, 0.0, "")

    def test_retried_job_remembers_the_attempt(self, store: JobStore) -> None:
        job = store.submit("probe", {})
        store.claim("w")
        store.retry(job.id)
        row = store.get(job.id)
        assert (row.state, row.attempts) == ("queued", 1)

    def test_jobs_of_dead_workers_are_queued_again_then_fail(self, store: JobStore) -> None:
        job = store.submit("probe", {})
        for attempt in range(MAX_ATTEMPTS):
            assert store.claim("gone") is not None
            assert store.recover(lambda worker: worker == "gone") == (0, 0)
            last = attempt == MAX_ATTEMPTS - 1
            assert store.recover(_nobody) == ((0, 1) if last else (1, 0))
        row = store.get(job.id)
        assert row.state == "failed"
        assert row.error is not None
        assert row.error[0] == WorkerDied.code
        assert "gone" in row.error[1]

    def test_cancelled_job_of_a_dead_worker_is_cancelled(self, store: JobStore) -> None:
        job = store.submit("probe", {})
        store.claim("gone")
        store.cancel(job.id)
        assert store.recover(_nobody) == (0, 0)
        assert store.get(job.id).state == "cancelled"

    def test_what_is_held_does_not_begin(self, store: JobStore) -> None:
        held = [
            store.submit("probe", {"items": [{"path": "/a/tür.png"}]}, priority=0),
            store.submit("probe", {}, key="probe:0123abc"),
        ]
        free = store.submit("probe", {"items": ["/a/wall.png"]}, priority=90)
        assert store.hold(["tür.png", "0123abc"]) == ()
        later = store.submit("probe", {"path": "0123abc"}, priority=0)
        claimed = store.claim("w")
        assert claimed is not None
        assert claimed.id == free.id
        assert store.claim("w", most=50) is None
        assert not store.waiting()
        assert store.counts()["queued"] == 3
        assert store.hold(["wall"]) == (free.id,), "it had begun before"
        assert store.waiting(["probe"])
        assert store.hold(()) == ()
        begun = [row.id for _ in range(4) if (row := store.claim("w")) is not None]
        assert begun == [held[0].id, later.id, held[1].id]

    def test_list_counts_and_purge(self, store: JobStore) -> None:
        jobs = [store.submit("probe", {"n": n}) for n in range(4)]
        store.claim("w")
        store.finish(jobs[0].id, 1)
        store.cancel(jobs[1].id)
        assert [row.id for row in store.list()] == [job.id for job in reversed(jobs)]
        assert [row.id for row in store.list(limit=2)] == [jobs[3].id, jobs[2].id]
        assert [row.id for row in store.list(state="done")] == [jobs[0].id]
        assert store.counts() == {
            **{"queued": 2, "running": 0, "done": 1},
            **{"failed": 0, "cancelled": 1},
        }
        assert store.purge(datetime.now(UTC) - timedelta(days=1)) == 0
        assert store.purge(datetime.now(UTC) + timedelta(days=1)) == 2
        assert {row.id for row in store.list()} == {jobs[2].id, jobs[3].id}

    def test_latest_job_of_a_key(self, store: JobStore) -> None:
        assert store.latest("k") is None
        first = store.submit("probe", {}, key="k")
        store.submit("probe", {}, key="other")
        store.cancel(first.id)
        found = store.latest("k")
        assert found is not None
        assert (found.id, found.state) == (first.id, "cancelled")
        second = store.submit("probe", {}, key="k")
        assert store.latest("k") == second

    def test_unknown_job_is_not_found(self, store: JobStore) -> None:
        for ask in (store.get, store.cancel, store.cancelled, store.release, store.retry):
            with pytest.raises(NotFound):
                ask(4711)
        with pytest.raises(NotFound):
            store.finish(4711, None)
        with pytest.raises(NotFound):
            store.fail(4711, 40, "no")
        with pytest.raises(NotFound):
            store.progress(4711, 0.1)
