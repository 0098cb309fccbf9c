"""Assets removed for good through a session: first the plan, then the deed, with the proof."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import audobon
from audobon.services.core.purges import write_journal
from audobon.services.purge.plan import make_plan
from audobon.session import Session, State

Until = Callable[..., State]

_OAK = "oak planks.png"


def _id(folder: Path, name: str) -> str:
    with audobon.Library.open(folder) as library:
        return library.get(name).id


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


def test_the_plan_and_then_the_deed(opened: Session, folder: Path, until: Until) -> None:
    ident = _id(folder, _OAK)
    with audobon.Library.open(folder) as other:
        held = other._stores.commit_lock()
        held.acquire()  # somebody makes a version just now
        opened.purging.plan([ident])
        until(lambda state: state.transfer is not None and "others" in state.transfer.text)
        opened.purging.cancel()
        until(lambda state: state.transfer is None)
        assert opened.state.purging.plan is None
        opened.purging.plan([ident])
        until(lambda state: state.transfer is not None and "others" in state.transfer.text)
        held.release()
        seen = until(lambda state: state.purging.plan is not None).purging
    assert seen.plan is not None
    assert seen.plan.assets == (f"MyAssets/{_OAK}",)
    assert seen.typed == _OAK
    assert (folder / _OAK).exists()

    opened.purging.plan([ident], snapshots=True)
    refused = until(lambda state: state.notice and state.notice.problem).notice
    assert "no place is set" in str(refused)
    opened.purging.plan([ident])
    seen = until(lambda state: state.purging.plan is not None and state.transfer is None).purging
    kept = threading.Event()
    opened.purging.purge("oak", otherwise=kept.set)
    until(lambda state: state.notice and "nothing is removed" in str(state.notice.problem))
    opened.pump()
    assert kept.is_set()
    assert opened.state.purging.plan == seen.plan, "it may be typed once more"

    gone = threading.Event()
    opened.purging.purge(_OAK, then=gone.set)
    state = until(lambda state: state.purging.done is not None and state.found.total == 3)
    done = state.purging.done
    assert done is not None
    assert done.ok, done
    assert done.proof is not None
    assert done.proof.files
    assert state.purging.plan is None
    until(lambda state: state.notice is not None and state.notice.text.startswith("Removed"))
    opened.pump()
    assert gone.is_set()
    assert not (folder / _OAK).exists()
    assert _OAK not in str(opened.state.notice)
    opened.purging.forget()
    assert until(lambda state: state.purging.done is None).purging.idents == ()


def test_what_a_remote_keeps_is_told_and_one_that_was_cut_off_is_finished(
    opened: Session, folder: Path, tmp_path: Path, until: Until
) -> None:
    with audobon.Library.open(folder) as other:
        oak, rusty = other.get(_OAK), other.get("rusty metal.png")
        other.remotes.add("nas", str(tmp_path / "nas"))
        (tmp_path / "nas").rename(tmp_path / "unplugged")
        # As a process leaves it that was killed right after it had noted what goes.
        made = make_plan(other._stores, [oak], keep_files=False, cancel=lambda: False)
        write_journal(other._stores.place, made.journal)
    opened.purging.plan([rusty.id], remotes=None)
    state = until(lambda state: state.purging.cut_off and state.notice)
    assert state.purging.plan is None
    opened.purging.finish()
    done = until(lambda state: state.purging.done is not None).purging.done
    assert done is not None
    assert done.assets == (f"MyAssets/{_OAK}",)
    assert not (folder / _OAK).exists()
    assert not opened.state.purging.cut_off
    opened.purging.plan([rusty.id, _id(folder, "readme.txt")], remotes=None)
    seen = until(lambda state: state.purging.plan is not None).purging
    assert seen.plan is not None
    assert seen.typed == "2 assets"
    assert seen.remotes == ("nas",)
    assert [place.name for place in seen.plan.places] == ["nas"]
    assert "not reached" in seen.plan.places[0].told
    assert seen.done is None
