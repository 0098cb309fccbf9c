"""An encrypted library in a session: made, locked, opened; no passphrase is told anywhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from audobon.panel.keys import HOME, view
from audobon.panel.saving import room
from audobon.services.places import sealing
from audobon.session import Session, State
from audobon.storage.vault import Costs, door

Until = Callable[..., State]
PHRASE, OTHER = "planted-Secret of Ada", "planted-Secret of Bea"
_CHEAP = Costs(memory_kib=8, passes=1, lanes=1)


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Argon2id itself, with the least it takes; a home of its own, and no keyring in it."""
    for name in ("DATA", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("AUDOBON_KEYRING", "off")
    real = door.argon2id
    monkeypatch.setattr(door, "argon2id", lambda secret, salt, _: real(secret, salt, _CHEAP))


def test_it_is_made_locked_and_opened(session: Session, until: Until, tmp_path: Path) -> None:
    folder, told = tmp_path / "art", list[str]()
    folder.mkdir()
    (folder / "note.txt").write_text("a note")
    session.create(folder, passphrase=PHRASE, then=told.append)
    until(lambda state: (session.pump(), state.phase == "open" and told)[1])

    def looked(state: State) -> bool:
        session.keys.watch()
        return state.keys.known

    (row,) = view(until(looked)).rows
    assert (row.title.lower(), row.open, row.home) == (HOME, True, True)
    assert session.state.encrypted
    place = room(session.state)
    assert place is not None
    assert "/private-" in Path(place).as_posix()
    assert room(None) is None
    assert room(State()) is None
    assert row.lock == "The library itself, encrypted on this machine."
    session.do("add", lambda library, _report: f"{len(library.add(folder).added)} added")
    until(lambda state: state.notice is not None and state.notice.text == "1 added")
    session.leave()
    sealing._open_keys.clear()

    session.open(folder)
    state = until(lambda state: state.phase == "closed" and state.problem)
    assert state.locked == str(folder)
    session.open(folder, OTHER)
    until(lambda state: state.locked and "does not open" in state.problem.message)
    session.open(folder, PHRASE)
    state = until(lambda state: state.phase == "open" and state.found.total == 1)
    assert state.locked == ""
    session.leave()
    sealing._open_keys.clear()
    session.open(folder, told[0], recovery=True)
    until(lambda state: state.phase == "open" and state.found.total == 1)
    until(looked)
    session.keys.renew(row.url, OTHER, told.append)
    until(lambda _: (session.pump(), len(told) == 2)[1])
    (row,) = view(session.state).rows
    assert row.rotation.startswith("Its keys were renewed")
    session.keys.rotate(row.url)
    follow = "follow when the library is opened the next time"
    until(lambda state: state.notice is not None and follow in state.notice.text)
    session.leave()
    session.open(folder)
    until(lambda state: state.phase == "open" and state.found.total == 1)
    (row,) = view(until(looked)).rows
    assert row.rotation == ""

    logs: list[str] = []
    session.log(logs.append)
    until(lambda _: (session.pump(), logs)[1])
    for secret in (PHRASE, OTHER, *told):
        assert secret not in logs[0]
        assert secret not in repr(session.state)
        assert secret not in repr(vars(session))
    session.open(tmp_path / "nothing")
    assert until(lambda state: state.phase == "closed" and state.problem).locked == ""
