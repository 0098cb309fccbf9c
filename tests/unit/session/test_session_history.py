"""History through a session: watched, planned, compared and moved without a call that waits."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import audobon
from audobon.errors import Conflict, NotFound
from audobon.session import Session, State, Wanted
from audobon.session.asides import aside_folder
from audobon.session.past import Past, StoredPicture
from audobon.testing.pictures import write_png
from audobon.testing.scene_file import SceneObject, SceneSpec, scene_bytes

Until = Callable[..., State]

NOTE, METAL, CUP = "readme.txt", "rusty metal.png", "cup.blend"


def scene(*places: float) -> bytes:
    """As the fixture ``versions`` writes it."""
    objects = {f"Cup{n}": SceneObject("Cup", location=(x, 0, 0)) for n, x in enumerate(places)}
    return scene_bytes(SceneSpec(objects, {"Cup": (8, ())}))


Wait = Callable[[Callable[[Past], Any]], Past]


def ident(folder: Path, name: str) -> str:
    with audobon.Library.open(folder, read_only=True) as library:
        return library.get(name).id


def ahead(past: Past) -> dict[str, tuple[int, int, bool]]:
    return {one.name: (one.ahead, one.behind, one.current) for one in past.branches}


def test_branches_points_and_locks_are_watched(past: Wait, folder: Path) -> None:
    found = past(lambda past: past.known)
    assert ahead(found) == {"main": (0, 0, True), "night": (1, 1, False)}
    assert found.problem is None
    with audobon.Library.open(folder, author="Ada <a@b>") as other:
        other.lock(METAL, program="Krita")
        [held] = past(lambda past: past.locks).locks
        assert (held.asset_id, held.mine) == (other.get(METAL).id, False)
        assert held.text.startswith("open on ")
        assert held.text.endswith("(Ada, Krita)")
        other.branch("noon")
        other.keep_point("a mess")
        past(lambda past: "noon" in ahead(past) and past.points)
    past(lambda past: not past.locks)  # whoever had it is gone


def test_a_switch_is_planned_and_done(
    session: Session, past: Wait, folder: Path, until: Until
) -> None:
    session.follow_file(str(folder / NOTE))
    session.history.plan("switch", "night")
    plan = past(lambda past: past.plan and past.plan.ready).plan
    assert plan is not None
    assert plan.problem is None
    root = folder.name
    assert set(plan.written) == {f"{root}/{NOTE}", f"{root}/moon.png", f"{root}/{CUP}"}
    assert (plan.document, plan.blocked) == ("written", ())
    told: list[bool] = []
    session.history.switch("night", then=told.append)
    found = past(lambda past: told)
    assert told == [True], "the open file is another one now"
    assert found.plan is None
    assert (folder / NOTE).read_text() == "written at night\n"
    past(lambda past: ahead(past)["night"][2] and past.points)
    session.follow_file(str(folder / METAL))
    session.history.switch("main", then=told.append)
    past(lambda past: len(told) == 2)
    assert told == [True, False]
    assert [point.reason for point in past(lambda past: len(past.points) == 2).points] == [
        "Switching to main",
        "Switching to night",
    ]
    session.history.plan("switch", "nowhere")
    refused = past(lambda past: past.plan and past.plan.ready).plan
    assert refused is not None
    assert refused.problem is not None
    assert refused.problem.code == NotFound.code
    session.history.forget_plan()
    past(lambda past: past.plan is None)


def test_work_in_the_way_is_told_refused_and_kept(
    session: Session, past: Wait, folder: Path, until: Until
) -> None:
    (folder / NOTE).write_text("not committed\n")
    session.history.plan("switch", "night")
    plan = past(lambda past: past.plan and past.plan.ready).plan
    assert plan is not None
    assert plan.blocked == (f"{folder.name}/{NOTE}",)
    session.history.switch("night", then=lambda _: pytest.fail("it was refused"))
    state = until(lambda state: state.notice)
    assert state.notice is not None
    assert state.notice.problem is not None
    assert state.notice.problem.code == Conflict.code
    assert (folder / NOTE).read_text() == "not committed\n"
    told: list[bool] = []
    session.history.switch("night", force=True, then=told.append)
    found = past(lambda past: told and len(past.points) == 2)
    assert (folder / NOTE).read_text() == "written at night\n"
    session.history.go_back(found.points[0].id, then=told.append)
    past(lambda past: len(told) == 2)
    assert (folder / NOTE).read_text() == "not committed\n"


def test_a_merge_is_planned_decided_and_ended(
    session: Session, past: Wait, folder: Path, until: Until
) -> None:
    with audobon.Library.open(folder) as library:
        (folder / NOTE).write_text("written by day\n")
        library.commit("day")
    session.history.plan("merge", "night")
    plan = past(lambda past: past.plan and past.plan.ready).plan
    assert plan is not None
    assert (plan.kind, plan.conflicts) == ("merge", 1)
    session.history.merge("night")
    found = past(lambda past: past.merge).merge
    assert found is not None
    [conflict] = found.conflicts
    assert (conflict.path, conflict.what) == (f"{folder.name}/{NOTE}", "content")
    session.history.abort_merge()
    past(lambda past: past.merge is None)
    session.history.merge("night")
    past(lambda past: past.merge)
    told: list[bool] = []
    session.history.resolve([conflict.id], "theirs", then=told.append)
    done = past(lambda past: told and past.merge is None)
    assert (folder / NOTE).read_text() == "written at night\n"
    assert done.points[0].reason == "Finishing a merge"
    state = until(lambda state: state.notice and "is merged" in state.notice.text)
    assert state.notice is not None
    assert state.notice.problem is None


def test_a_new_branch_takes_work_along(session: Session, past: Wait, folder: Path) -> None:
    (folder / NOTE).write_text("not committed\n")
    session.history.add_branch("noon", switch=True)
    past(lambda past: ahead(past).get("noon") == (0, 0, True))
    assert (folder / NOTE).read_text() == "not committed\n"


def test_what_changed_is_told_by_object(
    session: Session, past: Wait, folder: Path, versions: list[str]
) -> None:
    cup = ident(folder, CUP)
    session.history.compare(cup, *versions)
    assert session.state.past.changes is not None
    changes = past(lambda past: past.changes and past.changes.ready).changes
    assert changes is not None
    assert changes.problem is None
    assert changes.details is not None
    assert [(one.kind, one.name, one.status) for one in changes.details.parts] == [
        ("object", "Cup1", "added")
    ]
    session.history.compare(cup, versions[1], "WORKING")
    same = past(lambda past: past.changes and past.changes.ready).changes
    assert same is not None
    assert same.details is None, "nothing has changed"
    session.history.compare(cup, "nonsense", "HEAD")
    wrong = past(lambda past: past.changes and past.changes.ready).changes
    assert wrong is not None
    assert wrong.problem is not None
    session.history.forget_changes()
    past(lambda past: past.changes is None)
    pages: list[str] = []
    session.history.page(*versions, cup, then=pages.append)
    past(lambda past: pages)
    assert "Cup1" in Path(pages[0]).read_text("utf-8")
    assert folder not in Path(pages[0]).parents


def test_an_old_version_is_looked_into_out_of_the_library(
    session: Session, past: Wait, folder: Path, versions: list[str]
) -> None:
    session.history.look_at(ident(folder, CUP), versions[0])
    old = past(lambda past: past.old and past.old.ready).old
    assert old is not None
    assert old.problem is None
    assert Path(old.path).read_bytes() == scene(0.0)
    assert folder not in Path(old.path).parents
    assert old.offers is not None
    assert [one.name for one in old.offers if one.kind == "object"] == ["Cup0"]
    assert old.check is not None
    assert old.check.harmless
    session.history.forget_old()
    past(lambda past: not Path(old.path).exists())
    session.history.look_at(ident(folder, CUP), versions[0])
    past(lambda past: past.old and past.old.ready)
    with audobon.Library.open(folder, read_only=True) as library:
        aside = aside_folder(library.id)
    assert aside.exists()
    assert session.close(30.0)
    assert not aside.exists(), "nothing of it is left behind"


def test_a_version_becomes_a_file_beside_and_comes_back_in_place(
    session: Session, past: Wait, folder: Path, versions: list[str]
) -> None:
    cup, made = ident(folder, CUP), []
    (folder / f"cup {versions[0][:8]}.blend").write_text("something else")
    for _ in range(2):
        session.history.take_out(cup, versions[0], then=made.append)
    past(lambda past: len(made) == 2)
    assert set(made) == {str(folder / f"cup {versions[0][:8]} 2.blend")}
    assert Path(made[0]).read_bytes() == scene(0.0)
    session.follow_file(str(folder / CUP))
    (folder / CUP).write_bytes(scene(9.0))
    told: list[bool] = []
    session.history.restore(cup, versions[0], then=told.append)
    found = past(lambda past: told and past.points)
    assert told == [True]
    assert (folder / CUP).read_bytes() == scene(0.0)
    session.history.go_back(found.points[0].id, then=told.append)
    past(lambda past: len(told) == 2)
    assert (folder / CUP).read_bytes() == scene(9.0)


def test_saving_makes_versions(
    session: Session, past: Wait, folder: Path, until: Until, tmp_path: Path
) -> None:
    (folder / CUP).write_bytes(scene(9.0))
    session.history.saved(str(folder / CUP))
    state = until(lambda state: state.notice)
    assert state.notice is not None
    assert state.notice.text == f"New version: Saved {CUP}"
    (folder / "new.txt").write_text("new in the folder")
    session.history.saved(str(folder / "new.txt"))
    until(lambda state: state.notice.text == "New version: Saved new.txt")
    done = threading.Event()
    (tmp_path / "elsewhere.txt").write_text("not of the library")
    session.history.saved(str(tmp_path / "elsewhere.txt"))
    session.history.saved(str(folder / CUP))
    session.do("end", lambda _library, _report: done.set())
    assert done.wait(60.0)
    with audobon.Library.open(folder) as library:
        assert [one.message for one in library.log(limit=3)] == [
            "Saved new.txt",
            f"Saved {CUP}",
            "two cups",
        ]
        (folder / NOTE).write_text("by day\n")
        library.commit("day")
        assert library.merge("night").conflicts
    session.history.saved(str(folder / CUP))
    refused = until(lambda state: state.notice.problem).notice
    assert refused is not None
    assert "being merged" in refused.problem.message  # type: ignore[union-attr]


def test_newer_versions_of_linked_files(
    session: Session, past: Wait, folder: Path, versions: list[str], tmp_path: Path
) -> None:
    copy = folder / f"cup {versions[0][:8]}.blend"
    with audobon.Library.open(folder) as library:
        library.restore(CUP, versions[0], copy)
    linked = (str(folder / CUP), str(copy), str(tmp_path / "gone.blend"))
    session.history.follow_linked(linked, read_again=True)
    [older] = past(lambda past: past.linked).linked
    assert (older.path, older.why, older.target) == (str(copy), "older", str(folder / CUP))
    assert older.note == "two cups"
    (folder / CUP).write_bytes(scene(0.0, 3.0, 6.0))
    both = past(lambda past: len(past.linked) == 2).linked
    assert [(one.path, one.why) for one in both] == [
        (str(folder / CUP), "changed"),
        (str(copy), "older"),
    ]
    session.history.linked_read(str(folder / CUP))
    past(lambda past: len(past.linked) == 1)
    session.history.follow_linked(())
    past(lambda past: not past.linked)


def test_old_versions_have_pictures(
    session: Session, past: Wait, folder: Path, until: Until
) -> None:
    write_png(folder / METAL, 40, 20, color=(9, 200, 9))
    with audobon.Library.open(folder) as library:
        library.commit("greener")
        metal = library.get(METAL).id
    session.choose(metal)
    chosen = until(lambda state: state.chosen and state.chosen.complete).chosen
    assert chosen is not None
    assert len(chosen.contents) == len(chosen.versions) == 2
    wanted = [StoredPicture(content, METAL) for content in chosen.contents if content]
    session.want_pictures(wanted, 32)
    until(lambda _state: all(session.picture(one, 32) for one in wanted))
    now, then = (session.picture(one, 32) for one in wanted)
    assert isinstance(now, bytes)
    assert isinstance(then, bytes)
    assert now != then


def test_a_version_is_lent_out_and_gone_after(
    session: Session, past: Wait, folder: Path, versions: list[str]
) -> None:
    read: list[tuple[str, bytes]] = []

    def take(path: str) -> None:
        read.append((path, Path(path).read_bytes()))
        if len(read) == 2:
            raise OSError("the host cannot read it")

    session.history.lend(ident(folder, CUP), versions[0], then=take)
    past(lambda _: read)
    [(path, data)] = read
    assert data == scene(0.0)
    assert Path(path).name == CUP
    assert folder not in Path(path).parents
    assert not Path(path).parent.exists()
    prepare = lambda path: Path(path).write_bytes(b"changed")  # noqa: E731
    session.history.lend(ident(folder, CUP), versions[1], then=take, prepare=prepare)
    with pytest.raises(OSError, match="the host"):
        past(lambda _: len(read) == 3)
    assert read[1][1] == b"changed"
    assert not Path(read[1][0]).parent.exists()


def test_a_branch_is_removed_once_it_is_merged(session: Session, past: Wait, until: Until) -> None:
    session.history.remove_branch("night")
    state = until(lambda state: state.notice)
    assert state.notice is not None
    assert state.notice.problem is not None
    assert state.notice.problem.code == Conflict.code
    session.history.merge("night")
    past(lambda past: ahead(past).get("night", (1,))[0] == 0)
    session.history.remove_branch("night")
    assert list(ahead(past(lambda past: len(past.branches) == 1))) == ["main"]


def test_nothing_is_asked_of_a_library_that_is_not_open(session: Session) -> None:
    history = session.history
    history.watch()
    history.hold(["x"], "Blender")
    history.follow_linked(["x"])
    history.plan("switch", "x")
    history.compare("x", "a", "b")
    history.lend("x", "a", then=lambda _: pytest.fail("there is nothing to lend"))
    history.remove_branch("x")
    history.look_at("x", "y")
    history.saved("x")
    history.switch("x")
    history.forget_plan()
    history.forget_changes()
    history.forget_old()
    assert session.state.past == Past()
    assert not [one for one in threading.enumerate() if one.name.startswith("audobon-hi")]


def test_a_branch_is_removed_and_one_with_versions_of_its_own_only_when_told(
    session: Session, past: Wait, until: Until
) -> None:
    past(lambda past: past.known)
    session.history.add_branch("noon")
    past(lambda past: "noon" in ahead(past))
    session.history.plan("switch", "noon")
    past(lambda past: past.plan and past.plan.ready)
    session.history.remove_branch("noon")
    found = past(lambda past: "noon" not in ahead(past))
    assert found.plan is None, "what was planned for it is forgotten"
    session.history.remove_branch("night")
    refused = until(lambda state: state.notice is not None and state.notice.problem is not None)
    assert refused.notice is not None
    assert refused.notice.problem is not None
    assert refused.notice.problem.code == Conflict.code
    assert "night" in ahead(past(lambda past: past.known))
    session.history.remove_branch("night", force=True)
    past(lambda past: "night" not in ahead(past))
    told = until(lambda state: state.notice is not None and state.notice.problem is None)
    assert told.notice is not None
    assert "it stood at the version" in told.notice.text


def test_a_filter_shows_what_is_other_on_a_branch(
    session: Session, past: Wait, until: Until
) -> None:
    past(lambda past: past.known)
    session.search(Wanted(branch="night"))
    found = until(lambda state: state.found.wanted.branch == "night" and not state.searching)
    assert {asset.name for asset in found.found.assets} == {NOTE, CUP}
    assert found.found.notes == ("1 more asset is only on the branch night",)
    session.search(Wanted("cup", branch="night"))
    until(lambda state: [asset.name for asset in state.found.assets] == [CUP])
