"""A library that a session has open is watched beside it, and its uses are counted."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

import audobon
from audobon.session import Session, State
from audobon.system import notify
from audobon.system.locks import is_held
from audobon.testing.pictures import write_png

Until = Callable[..., State]


@pytest.fixture(autouse=True)
def _allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AUDOBON_WATCH", raising=False)


@pytest.mark.skipif(not notify.is_there(), reason="this Python lacks watchfiles")
def test_what_others_save_appears_and_two_sessions_share_one_watcher(
    opened: Session, folder: Path, until: Until
) -> None:
    def watched(state: State) -> bool:
        return state.watch is not None and state.watch.state == "watching"

    now = until(watched).watch
    assert now is not None
    assert now.folders == (str(folder),)
    assert now.pid not in (0, os.getpid())
    write_png(folder / "copper.png", 24, 8)
    until(lambda state: state.found.total == 5)
    (folder / "copper.png").rename(folder / "bronze.png")
    until(lambda state: "bronze.png" in {asset.name for asset in state.found.assets})
    lock = folder / ".audobon" / "lock" / "watch.lock"
    second = Session(follow_s=0.05)
    try:
        second.open(folder)
        until(lambda _state: watched(second.state))
        assert second.state.watch == now  # one for both
        opened.leave()
        assert opened.close(60.0)
        # The process has gone with the session that began it, and the other's takes over.
        until(lambda _state: watched(second.state) and second.state.watch != now)
        (folder / "later.txt").write_text("later")
        until(lambda _state: second.state.found.total == 6)
        second.switch_watch(on=False)
        until(lambda _state: second.state.watch is not None and second.state.watch.state == "off")
        until(lambda _state: not is_held(lock))
        until(lambda _state: "Watching is off" in str(second.state.notice))
        second.switch_watch(on=True)
        until(lambda _state: watched(second.state))
    finally:
        assert second.close(60.0)
    assert not is_held(lock)


def test_uses_are_noted_and_counted(opened: Session, folder: Path, until: Until) -> None:
    with audobon.Library.open(folder) as library:
        library.switch_watch(on=False)
        metal = library.get("rusty metal.png").id
        note = library.get("readme.txt").id
        library.remove("readme.txt")
    opened.note_uses([(metal, "placed"), (note, "placed"), (metal, "placed")], host="blender")
    opened.look_at_usage()
    usage = until(lambda state: state.usage is not None).usage
    assert usage is not None
    assert usage.on
    assert [(row.name, row.count) for row in usage.assets] == [("rusty metal.png", 2)]
    assert [(row.name, row.count) for row in usage.tags] == [("metal", 2)]
    assert [(row.name, row.count) for row in usage.hosts] == [("blender", 2)]
    assert [row.count for row in usage.months] == [2]
    opened.switch_usage(on=False)
    until(lambda state: state.usage is not None and not state.usage.on)
    opened.note_uses([(metal, "placed")], host="blender")
    opened.forget_usage()
    usage = until(lambda state: state.usage is not None and not state.usage.assets).usage
    assert usage is not None
    assert usage.months == ()
    until(lambda state: "2 uses forgotten" in str(state.notice))
