"""Health, caches, the log, Blender's catalogs, and a part of the SDK that cannot be loaded."""

from __future__ import annotations

import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import audobon
from audobon.errors import NotFound, Unavailable
from audobon.formats.asset_catalogs import NAME, CatalogFile, entry_for
from audobon.session import Session, State
from audobon.storage.history import door
from audobon.testing.pictures import write_png
from audobon.testing.scene_file import SceneObject, SceneSpec, scene_bytes

Until = Callable[..., State]


def test_catalogs_follow_blender_and_blender_follows(
    opened: Session, folder: Path, until: Until
) -> None:
    opened.keep_catalogs(on=True)
    opened.keep_catalogs(on=True)
    until(lambda state: state.native == 1)
    file = CatalogFile.read((folder / NAME).read_bytes())
    assert {entry.path for entry in file.entries.values()} == {"Materials", "Materials/Metal"}
    new = entry_for(str(uuid.UUID(int=5)), "Made in Blender")
    (folder / NAME).write_bytes(file.changed(put=[new]).bytes())
    until(lambda state: ("Made in Blender", 0) in state.catalogs)
    with audobon.Library.open(folder) as other:
        other.catalogs.add("Made elsewhere")
    until(lambda state: state.native >= 2)
    file = CatalogFile.read((folder / NAME).read_bytes())
    assert "Made elsewhere" in {entry.path for entry in file.entries.values()}


def test_a_file_of_catalogs_that_is_broken_is_told_and_read_again(
    opened: Session, folder: Path, until: Until
) -> None:
    (folder / NAME).write_text("hello")
    opened.keep_catalogs(on=True)
    state = until(lambda state: state.notice and state.notice.problem)
    assert NAME in state.notice.problem.message
    (folder / NAME).write_text("VERSION 1\n")
    until(lambda state: state.native == 1)


def test_catalogs_stay_as_they_are_unless_a_host_asks(
    opened: Session, folder: Path, until: Until
) -> None:
    opened.keep_catalogs(on=True)
    until(lambda state: state.native == 1)
    opened.keep_catalogs(on=False)
    opened.do("add", lambda library, _report: library.catalogs.add("New") and "added")
    until(lambda state: state.notice and state.notice.text == "added")
    opened.do("wait", lambda _library, _report: "waited")
    until(lambda state: state.notice.text == "waited")
    assert b"New" not in (folder / NAME).read_bytes()


def test_a_check_tells_of_every_part_and_mends(opened: Session, folder: Path, until: Until) -> None:
    opened.check()
    state = until(lambda state: state.health)
    assert {"catalog", "search index", "history", "models", "disk"} <= {
        check.name for check in state.health.checks
    }
    assert state.health.ok
    assert {cache.name for cache in state.caches} == {"previews", "details", "results"}
    opened.check(repair=True)
    until(lambda state: state.notice and "mended" in state.notice.text)


def test_caches_are_cleared_and_pictures_are_made_again(
    opened: Session, folder: Path, until: Until
) -> None:
    for number in range(16):  # no compressor makes them small: far more than an empty store takes
        write_png(folder / f"{number}.png", 256, 200, noise=number)

    def fill(library: audobon.Library, _report: object) -> str:
        library.add(folder)
        while library.stats().previews < 16:  # another process may be at some of them
            library.work()
            time.sleep(0.01)
        return "made"

    opened.do("work", fill)
    until(lambda state: state.notice)
    opened.clear_caches()
    # How much depends on who is reading at that moment: their pages go the next time.
    until(lambda state: state.notice and state.notice.text.endswith("freed"))
    with audobon.Library.open(folder) as library:
        assert library.stats().previews == 0
        assert library.preview("rusty metal.png") is None
        end = time.monotonic() + 240
        while library.preview("rusty metal.png") is None:  # another process may be at it
            assert time.monotonic() < end
            library.work()
            time.sleep(0.01)
        with pytest.raises(NotFound, match="thumbnails"):
            library.clear_caches(["thumbnails"])


def test_a_failed_job_is_told_and_tried_again(opened: Session, folder: Path, until: Until) -> None:
    picture, aside = folder / "rusty metal.png", folder.parent / "aside.png"
    picture.rename(aside)

    def fail(library: audobon.Library, _report: object) -> str:
        library.preview(library.search("rusty").hits[0].asset)
        library.work()
        return "worked"

    opened.do("work", fail)
    state = until(lambda state: [row for row in state.failed if row.kind == "preview"])
    [row] = [row for row in state.failed if row.kind == "preview"]
    aside.rename(picture)
    opened.retry_job(row.id)
    until(lambda state: row.id not in {each.id for each in state.failed})
    with audobon.Library.open(folder) as library:
        library.job(row.id).result(60.0)


def test_a_job_that_begins_between_two_questions_and_fails_at_once_is_told(
    opened: Session, folder: Path, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = audobon.Library.jobs
    with audobon.Library.open(folder) as other:
        queue = other._stores.jobs
        queue.hold(["never to be claimed"])  # by no worker, and it begins when the test says so
        job = queue.submit("nobody's", {"what": "never to be claimed"})
        until(lambda state: job.id in [row.id for row in state.jobs])
        steps = {
            # After those that run were asked for, and before they are the next time.
            "queued": lambda: begin(job.id),
            "running": lambda: end(job.id),
        }

        def begin(ident: int) -> None:
            with queue._db.write():
                queue._db.execute("UPDATE job SET state = 'running' WHERE id = ?", (ident,))

        def end(ident: int) -> None:
            begin(ident)  # a worker that started just now has queued it anew, as nobody has it
            queue.fail(ident, 50, "the worker was killed")

        def jobs(library: audobon.Library, state: str | None = None, *, limit: int = 200) -> Any:
            if library is not other and state == next(iter(steps), ""):
                steps.pop(state)()
            return ask(library, state, limit=limit)

        monkeypatch.setattr(audobon.Library, "jobs", jobs)
        state = until(lambda state: state.failures)
    assert state.failures[0].problem.message == "the worker was killed"


def test_one_that_is_done_between_two_questions_no_longer_counts_as_failed(
    opened: Session, folder: Path, until: Until
) -> None:
    with audobon.Library.open(folder) as other:
        queue = other._stores.jobs
        ident = queue.submit("nobody's", {}).id
        assert queue.claim("a worker", ["nobody's"]) is not None
        queue.fail(ident, 50, "the worker was killed")
        until(lambda state: not state.jobs and ident in {row.id for row in state.failed})
        time.sleep(1.0)  # until nothing else is told of any more
        with queue._db.write():  # queued, begun and done again, and nobody has looked meanwhile
            queue._db.execute("UPDATE job SET state = 'done' WHERE id = ?", (ident,))
        until(lambda state: ident not in {row.id for row in state.failed})


def test_what_is_in_no_version_is_counted(opened: Session, folder: Path, until: Until) -> None:
    opened.check()
    state = until(lambda state: state.stats)
    assert (state.stats.versions, state.stats.uncommitted) == (0, 4)
    opened.do("commit", lambda library, _report: library.commit("one") and "made")
    opened.edit(state.found.assets[0].id, rating=2)
    opened.check()
    until(lambda state: (state.stats.versions, state.stats.uncommitted) == (1, 1))


def test_a_python_is_registered_and_the_library_opened_anew(
    opened: Session,
    folder: Path,
    until: Until,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # What is registered is the user's, for all libraries: not that of whoever runs the tests.
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    opened.register_engine(str(tmp_path / "no python"))
    state = until(lambda state: state.notice)
    assert "cannot run workers" in state.notice.problem.message
    told: list[str] = []
    opened.register_engine(sys.executable, lambda: told.append("done"))
    until(lambda _state: (opened.pump(), told)[1])
    state = until(
        lambda state: (state.phase, state.engine.python) == ("open", sys.executable) and state
    )
    assert state.engine.state == "ready"
    assert state.path == str(folder)


def test_the_log_tells_what_happened(opened: Session, until: Until) -> None:
    def fail(_library: object, _report: object) -> None:
        raise Unavailable("the disk is away", hint="bring it back")

    opened.do("Saving", fail)
    until(lambda state: state.notice)
    told: list[str] = []
    opened.note("the host says so", "and why")
    opened.log(told.append)
    until(lambda _state: (opened.pump(), told)[1])
    [text] = told
    assert "opened " in text
    assert "Saving: the disk is away (bring it back) [code 50]" in text
    assert "raise Unavailable" in text
    assert "          and why" in text
    assert text.index("opened") < text.index("Saving") < text.index("the host says so")
    assert "worker.log" in text


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Have the import of a module fail, as where its library is broken."""

    def hide(name: str) -> None:
        for known in [each for each in sys.modules if each.partition(".")[0] == name]:
            monkeypatch.delitem(sys.modules, known)
        monkeypatch.setitem(sys.modules, name, None)
        door._prepare.cache_clear()

    return hide


def test_without_pygit2_everything_but_versions_works(
    folder: Path, session: Session, until: Until, without: Callable[[str], None]
) -> None:
    with audobon.Library.open(folder) as library:
        library.commit("one")
    without("pygit2")
    session.open(folder)
    state = until(lambda state: state.found.total == 4)
    session.choose(state.found.assets[0].id)
    state = until(lambda state: state.chosen and state.chosen.complete)
    assert state.chosen.problem.message.startswith("versions are off: pygit2 cannot be loaded")
    session.edit(state.chosen.asset.id, rating=2)
    until(lambda state: state.chosen and state.chosen.asset.rating == 2)
    session.do("commit", lambda library, _report: str(library.commit("two")))
    state = until(lambda state: state.notice)
    assert "pygit2" in state.notice.problem.message
    session.check()
    state = until(lambda state: state.health)
    assert [check.name for check in state.health.checks if check.state == "problem"] == ["history"]


def test_a_library_is_gone_although_somebody_makes_its_folder_again(
    opened: Session, folder: Path, until: Until
) -> None:
    opened.keep_catalogs(on=True)
    until(lambda state: state.native == 1)
    folder.rename(folder.with_name("away"))
    (folder / ".audobon" / "derived" / "previews").mkdir(parents=True)
    state = until(lambda state: state.phase == "closed")
    assert "is gone" in state.problem.message
    assert not (folder / NAME).exists()


def test_new_scenes_are_told_to_blenders_browser_and_other_changes_are_not(
    opened: Session, folder: Path, until: Until
) -> None:
    opened.keep_catalogs(on=True)
    first = until(lambda state: state.native == 1).found.assets[0]
    opened.edit(first.id, rating=3)
    write_png(folder / "new.png", 8, 8)
    opened.do("pictures", lambda library, _report: f"{len(library.add(folder).added)} added")
    until(lambda state: state.notice and state.notice.text == "1 added")
    (folder / "new.blend").write_bytes(scene_bytes(SceneSpec({"Cup": SceneObject("Cup")})))
    opened.do("scenes", lambda library, _report: f"{len(library.add(folder).added)} scene added")
    assert until(lambda state: state.native > 1).native == 2
