"""A session over real libraries: opened, asked, followed and left without a call that waits."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from attrs import evolve

import audobon
from audobon.errors import Cancelled, Corrupt, NoLibrary, QueryError
from audobon.session import Problem, Session, State, Wanted
from audobon.session.doing import Report
from audobon.testing.pictures import write_png

Until = Callable[..., State]


def names(state: State) -> list[str]:
    return [asset.name for asset in state.found.assets]


def test_open_shows_the_library_and_its_words(opened: Session, until: Until) -> None:
    state = until(lambda state: state.tags)
    assert (state.name, state.problem, state.read_only) == ("Test", None, False)
    assert state.tags == (("metal", 1),)
    assert ("Materials", 1) in state.catalogs
    assert {count.value: count.count for count in state.found.kinds} == {"image": 3, "text": 1}


def test_create_makes_one(session: Session, tmp_path: Path, until: Until) -> None:
    session.create(tmp_path / "New", "Fresh")
    state = until(lambda state: state.phase == "open")
    assert state.name == "Fresh"
    session.do("add", lambda library, _report: library.add([tmp_path / "New"]) and None)
    assert session.close(30.0)
    with audobon.Library.open(tmp_path / "New") as library:
        assert library.name == "Fresh"


def test_what_is_no_library_is_a_sentence(session: Session, tmp_path: Path, until: Until) -> None:
    session.open(tmp_path)
    state = until(lambda state: state.problem)
    assert state.phase == "closed"
    assert state.problem is not None
    assert state.problem.code == NoLibrary.code
    assert "NoLibrary" in state.problem.details
    session.search(Wanted("x"))  # nothing to ask: no error, no state that stays busy
    assert not session.state.searching


def test_the_last_of_many_questions_is_answered(opened: Session, until: Until) -> None:
    for end in range(1, 6):
        opened.search(Wanted("rusty"[:end]))
    assert opened.state.searching
    state = until(lambda state: not state.searching)
    assert state.found.wanted.text == "rusty"
    assert names(state) == ["rusty metal.png"]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Wanted(kind="image"), 3),
        (Wanted(tag="metal"), 1),
        (Wanted(catalog="Materials"), 1),
        (Wanted(rating=4), 1),
        (Wanted(rating=5), 0),
        (Wanted("oak OR readme", kind="image"), 1),
        (Wanted("mos", kind="image"), 1),
    ],
)
def test_filters_and_words_together(
    wanted: Wanted, expected: int, opened: Session, until: Until
) -> None:
    opened.search(wanted)
    state = until(lambda state: not state.searching and state.found.wanted == wanted)
    assert (state.found.total, state.found.problem) == (expected, None)


def test_a_mistake_keeps_the_grid_and_says_what_is_wrong(opened: Session, until: Until) -> None:
    opened.search(Wanted("rating:>>4", kind="image"))
    state = until(lambda state: state.found.problem)
    assert state.found.problem is not None
    assert state.found.problem.code == QueryError.code
    assert state.found.total == 4
    opened.search(Wanted("oak"))
    state = until(lambda state: not state.searching)
    assert state.found.problem is None
    assert names(state) == ["oak planks.png"]


def test_pages_go_on_and_back_and_no_further(opened: Session, until: Until) -> None:
    opened.search(Wanted(limit=2, sort="name"))
    first = until(lambda state: not state.searching and len(state.found.assets) == 2)
    assert (first.found.page, first.found.more, first.found.total) == (0, True, 4)
    opened.turn(1)
    second = until(lambda state: state.found.page == 1)
    assert not second.found.more
    assert set(names(first)).isdisjoint(names(second))
    opened.turn(1)
    assert until(lambda state: not state.searching).found.page == 1
    opened.turn(-5)
    assert names(until(lambda state: state.found.page == 0)) == names(first)


def test_what_another_process_does_is_followed(opened: Session, folder: Path, until: Until) -> None:
    opened.search(Wanted("tag:wood"))
    until(lambda state: not state.searching and state.found.total == 0)
    with audobon.Library.open(folder) as other:
        other.edit("oak planks.png", add_tags=["wood"])
    state = until(lambda state: state.found.total == 1)
    assert ("wood", 1) in state.tags


def test_the_chosen_asset_has_relations_and_versions(
    opened: Session, folder: Path, until: Until
) -> None:
    with audobon.Library.open(folder) as other:
        oak = other.get("oak planks.png")
        other.relate("mossy stone.png", "derived_from", oak)
        other.commit("first")
    opened.choose(oak.id)
    state = until(lambda state: state.chosen is not None and state.chosen.complete)
    assert state.chosen is not None
    assert [version.message for version in state.chosen.versions] == ["first"]
    related = [(how, asset.name) for how, asset in state.chosen.related]
    assert related == [("made into", "mossy stone.png")]
    opened.edit(oak.id, rating=3)
    until(lambda state: state.chosen is not None and state.chosen.asset.rating == 3)
    opened.choose(None)
    until(lambda state: state.chosen is None)


def test_an_answer_that_comes_late_chooses_nothing_again(
    opened: Session, folder: Path, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    oak, stone = (opened_id(folder, name) for name in ("oak planks.png", "mossy stone.png"))
    reading, go_on, real = threading.Event(), threading.Event(), audobon.Library.log

    def slow(self: audobon.Library, *of: object, **named: object) -> object:
        reading.set()
        assert go_on.wait(240)
        return real(self, *of, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(audobon.Library, "log", slow)
    for other in (None, stone):
        reading.clear()
        go_on.clear()
        opened.choose(oak)
        assert reading.wait(240)  # its versions are being read
        opened.choose(other)
        go_on.set()
        if other is None:
            opened.search(Wanted("oak"))  # asked after it, so answered after it
            state = until(lambda state: not state.searching and state.found.total == 1)
            assert state.chosen is None
        else:
            opened.search(Wanted())
            state = until(lambda state: state.chosen.asset.id == stone and state.chosen.complete)


def opened_id(folder: Path, name: str) -> str:
    with audobon.Library.open(folder) as library:
        return library.get(name).id


def test_the_open_file_and_its_versions_are_followed(
    opened: Session, folder: Path, until: Until
) -> None:
    note = folder / "readme.txt"
    opened.follow_file(str(note))
    state = until(lambda state: state.document)
    assert state.document.versions == ()
    with audobon.Library.open(folder) as other:
        other.commit("by another process")
    state = until(lambda state: state.document.versions)
    assert state.document.versions[0].message == "by another process"
    opened.follow_file(str(folder / "not there.blend"))
    until(lambda state: state.document is None)


def test_work_is_done_in_turn_with_progress_and_an_end(
    opened: Session, folder: Path, until: Until
) -> None:
    write_png(folder / "new.png", 9, 9)
    seen: list[str] = []
    here: list[int] = []

    def add(library: audobon.Library, report: Report) -> str:
        done = library.add([folder], progress=report.progress, cancel=report.cancelled)
        seen.append("add")
        return f"{len(done.added)} added"

    def commit(library: audobon.Library, report: Report) -> str:
        seen.append("commit")
        return library.commit("with new").message

    opened.do("add files", add, then=lambda: here.append(threading.get_ident()))
    opened.do("make a version", commit)
    state = until(lambda state: state.notice is not None and state.notice.text == "with new")
    assert seen == ["add", "commit"]
    assert state.doing is None
    assert here == []
    opened.pump()
    assert here == [threading.get_ident()]
    until(lambda state: state.found.total == 5)


def test_failed_work_is_a_notice_and_nothing_follows(opened: Session, until: Until) -> None:
    then: list[int] = []

    def restore(library: audobon.Library, _report: Report) -> str:
        return str(library.restore("oak planks.png", "HEAD"))

    opened.do("restore", restore, then=lambda: then.append(1))
    state = until(lambda state: state.notice)
    assert state.notice is not None
    assert state.notice.problem is not None
    assert state.notice.problem.details
    opened.pump()
    assert then == []


def test_work_can_be_cancelled(opened: Session, until: Until) -> None:
    begun = threading.Event()

    def long(_library: audobon.Library, report: Report) -> str:
        begun.set()
        report.progress(1, 4, "part")
        while not report.cancelled():
            threading.Event().wait(0.005)
        raise Cancelled("stopped")

    opened.do("long", long)
    assert begun.wait(30)
    state = until(lambda state: state.doing is not None and state.doing.fraction)
    assert (state.doing.name, state.doing.fraction) == ("long", 0.25)
    opened.cancel()
    state = until(lambda state: state.notice)
    assert state.notice is not None
    assert state.notice.text == "long: cancelled"
    assert state.notice.problem is None


def test_a_mistake_in_work_is_told_once_and_the_next_work_is_done(
    opened: Session, until: Until
) -> None:
    def broken(_library: audobon.Library, _report: Report) -> str:
        raise ValueError("not foreseen")

    opened.do("broken", broken)
    state = until(lambda state: state.notice)
    assert state.notice is not None
    assert state.notice.problem is not None
    assert "ValueError: not foreseen" in state.notice.problem.message
    opened.do("broken again", broken)
    opened.do("fine", lambda _library, _report: "fine")
    until(lambda state: state.notice is not None and state.notice.text == "fine")
    assert opened.state.doing is None


def test_undo_takes_back_the_newest_change(opened: Session, folder: Path, until: Until) -> None:
    opened.undo()
    until(lambda state: state.notice is not None)
    with audobon.Library.open(folder) as other:
        assert other.get("rusty metal.png").rating == 0


@pytest.mark.parametrize("left", [False, True])
def test_a_library_that_goes_away_is_told_and_left(
    opened: Session, folder: Path, until: Until, left: bool
) -> None:
    folder.rename(folder.with_name("away"))  # as an unplugged disk
    if left:  # what a worker does that was about to make a preview
        (folder / ".audobon" / "derived" / "previews").mkdir(parents=True)
    state = until(lambda state: state.phase == "closed")
    assert state.problem is not None
    assert "is gone" in state.problem.message
    opened.search(Wanted("x"))
    opened.do("nothing", lambda _library, _report: "done")
    assert opened.state.doing is None


def test_leaving_and_opening_another_shows_only_the_other(
    opened: Session, tmp_path: Path, until: Until
) -> None:
    with audobon.Library.create(tmp_path / "Other", "Other"):
        pass
    opened.open(tmp_path / "Other")
    assert opened.state.found.total == 0
    state = until(lambda state: state.phase == "open")
    assert state.name == "Other"
    opened.leave()
    assert opened.state.phase == "closed"


def test_nothing_is_left_after_close(session: Session, folder: Path, until: Until) -> None:
    before = set(threading.enumerate())
    session.open(folder)
    until(lambda state: state.found.total == 4)
    session.choose(session.state.found.assets[0].id)
    session.want_pictures(session.state.found.assets)
    assert session.close(30.0)
    left = {thread.name for thread in set(threading.enumerate()) - before}
    assert not {name for name in left if name.startswith("audobon") and name != "audobon-starter"}


def test_a_library_that_cannot_be_written_is_opened_for_reading(
    session: Session, folder: Path, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    from audobon.services.versioning import opening

    # The tests may run as root, whom no mode stops.
    monkeypatch.setattr(opening.os, "access", lambda *_: False)
    session.open(folder)
    state = until(lambda state: state.phase == "open")
    assert state.read_only
    session.edit(state.found.assets[0].id if state.found.assets else "x", rating=1)
    notice = until(lambda state: state.notice).notice
    assert notice is not None
    assert isinstance(notice.problem, Problem)


def test_wanted_writes_its_query() -> None:
    wanted = Wanted("rusty", kind="image", tag="old wood", catalog="A/B", rating=3)
    assert wanted.query == 'kind:image tag:"old wood" in:A/B rating:>=3 rusty'
    assert evolve(wanted, text="a OR b").query.endswith("(a OR b)")
    assert Wanted("a OR b").query == "a OR b"


def test_what_was_left_in_the_queue_is_done_by_whoever_opens_the_library(
    session: Session, folder: Path, until: Until
) -> None:
    with audobon.Library.open(folder) as library:
        job = library.run("palette", library.get("rusty metal.png"))
        assert job.state == "queued"
        session.open(folder)
        until(lambda state: state.phase == "open" and job.state == "done")


def test_a_catalog_that_was_damaged_is_told_of(
    session: Session, folder: Path, until: Until
) -> None:
    (folder / ".audobon" / "catalog.db").write_bytes(b"this was a catalog once " * 400)
    session.open(folder)
    notice = until(lambda state: state.phase == "open" and state.notice).notice
    assert notice is not None
    assert notice.problem is not None
    assert notice.problem.code == Corrupt.code
    assert "catalog-damaged-" in notice.problem.hint
    assert list((folder / ".audobon").glob("catalog-damaged-*.db"))


def test_a_disk_that_does_not_answer_is_told_of_until_it_does(
    opened: Session, monkeypatch: pytest.MonkeyPatch, until: Until
) -> None:
    silent, asked = threading.Event(), threading.Event()

    def look(_path: object) -> bool:
        asked.set()
        silent.wait(60)
        return True

    monkeypatch.setattr("audobon.session.session._SILENT_S", 0.2)
    monkeypatch.setattr("audobon.session.finding.os.path.isfile", look)
    assert asked.wait(60)

    def pumped(fits: Callable[[State], object]) -> Callable[[State], object]:
        return lambda state: (opened.pump(), fits(state))[1]

    problem = until(pumped(lambda state: state.waits)).waits
    assert problem is not None
    assert problem.message.endswith("does not answer")
    silent.set()
    assert until(pumped(lambda state: state.waits is None)).phase == "open"


def test_an_asset_of_a_library_that_is_only_read_and_has_no_version_is_complete(
    folder: Path,
) -> None:
    with audobon.Library.open(folder, read_only=True) as library:
        assert library.log() == ()
        assert library.log(library.get("readme.txt")) == ()
