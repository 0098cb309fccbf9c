"""Many assets at once: selected over pages, edited as one change, within a limit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import audobon
from audobon.session import Session, State, Wanted
from audobon.session.selecting import Selector
from audobon.session.state import Found
from audobon.session.views import FAVOURITE, VIEWS

Until = Callable[..., State]


@pytest.fixture
def many(session: Session, tmp_path: Path, until: Until) -> Session:
    """The session with twelve notes, four on a page, by name."""
    root = tmp_path / "Notes"
    root.mkdir()
    for number in range(12):
        (root / f"note {number:02d}.txt").write_text(f"number {number}")
    with audobon.Library.create(root, "Notes") as library:
        library.add([root])
    session.open(root)
    until(lambda state: state.found.total == 12)
    session.search(Wanted(sort="name", limit=4))
    until(lambda state: not state.searching and len(state.found.assets) == 4)
    return session


def numbers(session: Session, ids: tuple[str, ...]) -> list[int]:
    """Which notes these are."""
    with audobon.Library.open(session.state.path, read_only=True) as library:
        return [int(library.get(ident).name[5:7]) for ident in ids]


def page(session: Session) -> list[str]:
    return [asset.id for asset in session.state.found.assets]


def test_a_list_of_the_hosts_own_selects_beside_what_is_elsewhere(many: Session) -> None:
    first, second, third, fourth = page(many)
    many.selection.change([first, second], active=second, only=True)
    turn = many.state.selection.turn
    many.selection.change([third], [first], active=third)
    assert many.selection.ids == (second, third)
    shown = many.state.selection
    assert (shown.count, shown.active, shown.turn > turn) == (2, third, True)
    assert many.selection.among([first, third, "nobody"]) == {third}
    many.selection.change([fourth], active=fourth, only=True)
    assert many.selection.ids == (fourth,)


def test_clicks_with_and_without_keys(many: Session) -> None:
    first, second, third, fourth = page(many)
    many.selection.select(second)
    assert many.selection.ids == (second,)
    many.selection.select(fourth, "toggle")
    many.selection.select(first, "toggle")
    assert many.selection.ids == (second, fourth, first), "in the order of the clicks"
    many.selection.select(fourth, "toggle")
    shown = many.state.selection
    assert (shown.count, shown.here, shown.active) == (2, {second, first}, fourth)
    many.selection.select(second)
    many.selection.select(fourth, "range")
    assert many.selection.ids == (second, third, fourth)
    many.selection.select(first, "range")
    assert many.selection.ids == (second, first), "back from where it began"
    many.selection.clear()
    assert many.state.selection.count == 0


def test_a_range_goes_over_pages(many: Session, until: Until) -> None:
    many.selection.select(page(many)[2])
    many.turn(1)
    until(lambda state: state.found.page == 1)
    assert many.state.selection.here == frozenset()
    many.turn(1)
    until(lambda state: state.found.page == 2)
    many.selection.select(page(many)[0], "range")
    until(lambda state: state.selection.count > 1)
    assert numbers(many, many.selection.ids) == [2, 3, 4, 5, 6, 7, 8]
    assert many.state.selection.here == {page(many)[0]}


def test_all_of_the_page_all_that_is_found_and_the_others(many: Session, until: Until) -> None:
    many.selection.page()
    assert many.selection.ids == tuple(page(many))
    many.selection.invert()
    until(lambda state: state.selection.count == 8)
    assert numbers(many, many.selection.ids) == list(range(4, 12))
    many.search(Wanted('note -name:"note 03"', sort="-name", limit=4))
    until(lambda state: not state.searching and state.found.total == 11)
    many.selection.everything()
    until(lambda state: state.selection.count == 11)
    expected = [number for number in reversed(range(12)) if number != 3]
    assert numbers(many, many.selection.ids) == expected


def test_one_edit_of_many_is_one_step_of_undo(many: Session, until: Until) -> None:
    assert not many.selection.edit("tag", add_tags=["wood"]), "nothing is selected"
    many.selection.page()
    assert many.selection.edit(
        "shelve", add_tags=["wood"], rating=4, catalog="Old/Notes", note="from before"
    )
    state = until(lambda state: state.notice)
    assert state.notice is not None
    assert state.notice.text == "shelve: 4 assets"
    state = until(lambda state: all(asset.rating == 4 for asset in state.found.assets))
    for asset in state.found.assets:
        assert (asset.tags, asset.catalog, asset.note) == (("wood",), "Old/Notes", "from before")
    assert state.selection.count == 4, "an edit keeps the selection"
    many.undo()
    state = until(lambda state: all(asset.rating == 0 for asset in state.found.assets))
    assert {(asset.tags, asset.catalog, asset.note) for asset in state.found.assets} == {
        ((), None, "")
    }


def test_favourites_follow_the_active_asset(many: Session, until: Until) -> None:
    first, second, *_ = page(many)
    many.selection.select(first)
    many.selection.select(second, "toggle")
    many.selection.favour()
    until(lambda state: [asset.tags for asset in state.found.assets[:2]] == [(FAVOURITE,)] * 2)
    view = next(view for view in VIEWS if view.name == "favourites")
    many.search(Wanted(view.query, sort="name"))
    assert until(lambda state: not state.searching).found.total == 2
    many.selection.favour()
    until(lambda state: state.found.total == 0)


def test_what_others_remove_is_let_go_and_the_rest_is_edited(many: Session, until: Until) -> None:
    many.selection.page()
    gone = page(many)[1]
    with audobon.Library.open(many.state.path) as other:
        other.remove(gone)
    many.selection.edit("rate 5", rating=5)
    state = until(lambda state: state.notice)
    assert state.notice is not None
    assert state.notice.text == "rate 5: 3 assets; 1 not in the library any more"
    assert gone not in many.selection.ids
    assert many.state.selection.count == 3
    with audobon.Library.open(many.state.path) as other:
        other.remove(many.selection.ids)
    many.selection.edit("rate 1", rating=1)
    state = until(lambda state: state.notice.text.startswith("rate 1"))
    assert "nothing that is selected" in state.notice.text
    assert many.state.selection.count == 0


def test_removing_leaves_the_files_and_can_be_taken_back(many: Session, until: Until) -> None:
    many.selection.page()
    files = [Path(asset.file) for asset in many.state.found.assets]
    many.selection.remove()
    until(lambda state: state.found.total == 8)
    assert many.state.selection.count == 0
    assert all(file.exists() for file in files)
    many.undo()
    until(lambda state: state.found.total == 12)


def test_a_mistake_is_a_sentence_and_changes_nothing(many: Session, until: Until) -> None:
    many.selection.page()
    many.selection.edit("rate 9", rating=9)
    state = until(lambda state: state.notice)
    assert state.notice.problem is not None
    assert "9" in state.notice.problem.message
    assert {asset.rating for asset in many.state.found.assets} == {0}
    assert many.state.selection.count == 4


def test_another_library_begins_with_nothing_selected(
    many: Session, folder: Path, until: Until
) -> None:
    many.selection.page()
    many.open(folder)
    until(lambda state: state.phase == "open" and state.found.total == 4)
    assert many.selection.ids == ()
    assert many.state.selection.count == 0


def test_the_selection_is_bounded() -> None:
    selector = Selector(most=3)
    selector.add(["a", "b"])
    assert not selector.full
    selector.add(["b", "c", "d", "e"])
    assert (selector.ids, selector.full) == (("a", "b", "c"), True)
    assert selector.shown(Found()).full
    selector.toggle("a")
    selector.toggle("d")
    assert (selector.ids, selector.full) == (("b", "c", "d"), False)


def test_sets_are_kept_and_seen(many: Session, until: Until) -> None:
    many.save_set("Old ones", "name:note rating:0")
    assert until(lambda state: state.sets).sets == (("Old ones", "name:note rating:0"),)
    many.save_set("Broken", "rating:>>4")
    state = until(lambda state: state.notice is not None and state.notice.problem)
    assert state.sets == (("Old ones", "name:note rating:0"),)
    many.remove_set("Old ones")
    until(lambda state: not state.sets)


def test_every_view_is_a_query_that_the_library_answers(many: Session, until: Until) -> None:
    with audobon.Library.open(many.state.path) as library:
        for name in ("note 05.txt", "note 02.txt"):
            library.record_use(name)
    totals = {}
    for view in VIEWS:
        wanted = Wanted(view.query, sort=view.sort)
        many.search(wanted)
        state = until(lambda state, wanted=wanted: state.found.wanted == wanted)
        assert state.found.problem is None
        totals[view.name] = state.found.total
        if view.name == "used":
            names = [asset.name for asset in state.found.assets]
    assert names == ["note 02.txt", "note 05.txt"], "the last one used comes first"
    assert totals == {
        "all": 12, "favourites": 0, "used": 2, "added": 12, "unrated": 12, "missing": 0,
    }  # fmt: skip


def test_marks_tell_what_the_catalog_does_not_know_yet(many: Session, until: Until) -> None:
    first, second, *_ = many.state.found.assets
    assert many.state.marks == {}
    Path(first.file).unlink()
    Path(second.file).write_text("longer than it was before")
    until(lambda state: state.marks == {first.id: "missing", second.id: "changed"})
    many.do("add", lambda library, _report: library.add(many.state.path) and None)
    until(lambda state: state.marks == {} and state.found.total == 11)
