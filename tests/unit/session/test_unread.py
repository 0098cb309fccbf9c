"""What went wrong is told until somebody has put it aside; what went well is not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from audobon.errors import Conflict, Invalid
from audobon.panel.filling import add_files
from audobon.panel.saving import new_version
from audobon.panel.snapshots import view
from audobon.panel.words import notice_text
from audobon.session import Session, State
from audobon.testing.pictures import write_png

Until = Callable[..., State]


def fail(session: Session, error: Exception) -> None:
    def work(_library: Any, _report: Any) -> None:
        raise error

    session.do("Trying", work)


def test_failures_stay_until_they_are_put_aside(
    opened: Session, folder: Path, tmp_path: Path, until: Until
) -> None:
    new = tmp_path / "elsewhere" / "new.txt"  # in the library's folder, its watch may be faster
    new.parent.mkdir()
    new.write_text("new\n")
    add_files(opened, [str(new), str(folder / "gone.png")])
    state = until(lambda state: state.unread)
    (partly,) = state.unread
    assert partly.partly
    assert partly.problem is None
    assert notice_text(partly).startswith("1 added, 1 could not be read: ")
    assert "gone.png" in partly.text

    fail(opened, Conflict("it is somewhere else", subject="it"))
    until(lambda state: len(state.unread) == 2)
    fail(opened, Invalid("it cannot be", subject="it"))
    fail(opened, Conflict("it is somewhere else", subject="it"))
    opened.do("well", lambda _library, _report: "that went well")
    state = until(lambda state: state.notice is not None and state.notice.text == "that went well")
    told = [notice_text(one) for one in state.unread]
    assert told[1:] == ["Trying: it cannot be.", "Trying: it is somewhere else."], "each is once"
    assert state.unread[0] == partly

    opened.put_aside(partly.number, state.unread[2].number, 10**9)
    assert [notice_text(one) for one in opened.state.unread] == ["Trying: it cannot be."]
    for number in range(9):
        fail(opened, Invalid(f"it cannot be {number}"))
    state = until(lambda state: state.unread and state.unread[-1].problem.message.endswith("8"))
    assert len(state.unread) == 5, "more than that nobody reads"
    opened.leave()
    assert opened.state.unread == ()
    opened.put_aside(1)


def test_nothing_is_unread_where_everything_went_well(
    opened: Session, folder: Path, until: Until
) -> None:
    add_files(opened, str(folder))
    state = until(lambda state: state.notice is not None and "added" in state.notice.text)
    assert state.unread == ()
    assert state.notice is not None
    assert not state.notice.stays
    assert state.notice.text == "0 added, 4 already there"


def test_what_is_kept_with_a_header_that_cannot_be_read_is_told(
    opened: Session, folder: Path, tmp_path: Path, until: Until
) -> None:
    def said(text: str) -> Callable[[State], bool]:
        return lambda state: any(text in one.text for one in state.unread)

    told = "kept as saved, but its header cannot be read: "
    within = folder / "rusty metal.png"
    outside = tmp_path / "elsewhere" / "outside.png"  # see above
    write_png(outside, 3, 3)
    add_files(opened, [str(outside)])
    until(lambda state: state.notice is not None and "1 added" in state.notice.text)
    outside.write_bytes(b"no picture")
    add_files(opened, [str(outside)])
    until(said(f"; {told}outside.png"))

    write_png(outside, 3, 4)
    within.write_bytes(b"no picture")
    new_version(opened, within, "broken")
    until(said(f"New version: broken; {told}rusty metal.png"))

    within.write_bytes(b"still no picture")
    opened.snapshots.take(str(tmp_path / "disk"))
    state = until(said(f"new there; {told}rusty metal.png"))
    state = until(lambda state: state.snapshots.listed)
    [row] = view(state).rows
    assert "1 with a header that cannot be read" in row.text
    assert f"Kept as saved, but its header cannot be read: {within}" in row.tip

    opened.history.saved(str(within))
    until(said(f"New version: Saved rusty metal.png; {told}rusty metal.png"))
