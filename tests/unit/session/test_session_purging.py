"""Assets removed for good while a session has the library open."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import audobon
from audobon.session import Session, State

Until = Callable[..., State]

_OAK = "oak planks.png"


def test_a_job_that_went_with_a_purge_is_an_end_like_any_other(
    opened: Session, folder: Path, until: Until
) -> None:
    with audobon.Library.open(folder) as other:
        jobs, ident = other._stores.jobs, other.get(_OAK).id
        jobs.hold([ident])  # nobody is to begin it
        job = jobs.submit("run", {"items": [ident]})
        until(lambda state: any(one.id == job.id for one in state.jobs))
        follows = threading.Event()
        opened.compute(
            "Looking",
            lambda library, _report: library.job(job.id).follow(lambda _fraction: follows.set()),
        )
        assert follows.wait(60.0)
        other._stores.catalog.forget_jobs([ident])
        until(lambda state: state.computing is None and not state.jobs)
    notice = until(lambda state: state.notice is not None).notice
    assert notice is not None
    assert "is removed for good" in notice.text
    assert notice.problem is None
    assert opened.state.unread == ()
    assert opened.state.failures == ()
