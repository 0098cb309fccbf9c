"""Remotes from a session: two libraries and a folder, pushed, pulled, fetched, encrypted."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import audobon
from audobon.panel.remotes import view
from audobon.services.places import sealing
from audobon.session import Session, State
from audobon.storage.vault import Mark

Until = Callable[..., State]
PASSPHRASE = "correct horse battery staple"


@pytest.fixture
def nas(tmp_path: Path, folder: Path) -> Path:
    """A folder to which the library of ``folder`` was pushed."""
    place = tmp_path / "nas"
    with audobon.Library.open(folder, author="Ada <ada@x>") as library:
        library.commit("first")
        library.remotes.add("nas", str(place))
        library.push("nas")
    return place


@pytest.fixture
def bob(tmp_path: Path, nas: Path) -> Iterator[audobon.Library]:
    """Somebody else's clone, with a version that is not at the remote."""
    with audobon.Library.clone(str(nas), tmp_path / "bob", author="Bob <bob@x>") as library:
        library.fetch(["readme.txt"])
        (library.path / "readme.txt").write_text("Bob's words\n")
        library.commit("Bob's")
        yield library


@pytest.fixture
def shown(session: Session, until: Until) -> Callable[[Callable[[State], Any]], State]:
    """Wait until the state is as asked for, as a host's panel would."""

    def wait(fits: Callable[[State], Any]) -> State:
        def ready(state: State) -> Any:
            session.remotes.watch()
            session.history.watch()
            session.pump()
            return state.remotes.known and fits(state)

        return until(ready, seconds=300.0)  # a vault takes 256 MB and a second of a busy machine

    return wait


Shown = Callable[[Callable[[State], Any]], State]


def _told(text: str) -> Callable[[State], bool]:
    return lambda state: state.notice is not None and text in state.notice.text


def test_pushed_estimated_and_told_to_pull_first(
    session: Session, folder: Path, bob: audobon.Library, until: Until, shown: Shown
) -> None:
    session.open(folder)
    until(lambda state: state.phase == "open" and state.found.total)
    state = shown(lambda state: state.remotes.remotes)
    (row,) = view(state).rows
    assert (row.name, row.text, row.lock) == ("nas", "main: the same as last seen", "Not encrypted")
    assert (row.ahead, row.behind, row.locked) == (False, False, False)
    with audobon.Library.open(folder) as library:
        (folder / "mossy stone.png").unlink()
        (folder / "new.txt").write_text("new " * 1000)
        library.add([folder])
        library.commit("a new one")
    state = shown(lambda state: view(state).rows[0].ahead)
    assert view(state).rows[0].text == "main: 1 ahead"

    session.remotes.estimate("nas")
    state = shown(lambda state: state.remotes.estimate)
    assert state.remotes.estimate is not None
    assert state.remotes.estimate.bytes > 0
    assert view(state).rows[0].estimate.startswith("Would send 1 version, 1 file, about ")

    bob.push("origin")
    session.remotes.push("nas")
    state = shown(lambda state: state.remotes.pull_first)
    (row,) = view(state).rows
    assert row.behind
    assert row.first == "nas has versions that are not here: pull, then push again."
    assert not row.estimate
    state = shown(_told("Pushing to nas"))
    assert state.notice is not None
    assert state.notice.problem is not None
    assert state.notice.problem.code == 30

    changed: list[bool] = []
    session.follow_file(str(folder / "readme.txt"))
    session.remotes.pull("nas", then=changed.append)
    state = shown(_told("From nas: 1 version new"))
    assert state.notice is not None
    assert state.notice.text.endswith("nas/main is merged")
    shown(lambda _: changed)
    assert changed == [True], "the file that the host has open is another one now"
    assert (folder / "readme.txt").read_text() == "Bob's words\n"
    state = shown(lambda state: state.past.points and not state.remotes.pull_first)
    assert state.past.points[0].reason == "Pulling from nas"

    session.remotes.push("nas")
    shown(_told("Sent to nas: 2 versions, 1 file"))
    assert bob.pull("origin").versions == 2
    state = shown(lambda state: not view(state).rows[0].ahead)
    session.remotes.push("nas")
    shown(_told("nas has everything"))


def test_what_is_in_the_way_and_what_must_be_decided_is_told_as_of_any_merge(
    session: Session, folder: Path, bob: audobon.Library, until: Until, shown: Shown
) -> None:
    bob.push("origin")
    (folder / "readme.txt").write_text("work that is no version yet\n")
    session.open(folder)
    until(lambda state: state.phase == "open" and state.found.total)
    session.remotes.pull("nas")
    state = shown(lambda state: state.past.plan is not None and state.past.plan.ready)
    plan = state.past.plan
    assert plan is not None
    assert (plan.what, plan.name) == ("merge", "nas/main")
    assert [path.rpartition("/")[2] for path in plan.blocked] == ["readme.txt"]
    assert (folder / "readme.txt").read_text() == "work that is no version yet\n"
    with audobon.Library.open(folder) as library:
        library.commit("mine")
    session.remotes.pull("nas")
    state = shown(lambda state: state.past.merge is not None and state.past.merge.conflicts)
    merge = state.past.merge
    assert merge is not None
    shown(_told("1 thing must be decided before nas/main is merged"))
    session.history.resolve([merge.conflicts[0].id], "theirs")
    shown(lambda state: state.past.known and state.past.merge is None)
    until(lambda _: (folder / "readme.txt").read_text() == "Bob's words\n")


def test_files_come_when_they_are_asked_for(
    session: Session, tmp_path: Path, nas: Path, until: Until, shown: Shown
) -> None:
    audobon.Library.clone(str(nas), tmp_path / "eve").close()
    session.open(tmp_path / "eve")
    state = until(lambda state: state.phase == "open" and state.found.total == 4)
    assert {asset.state for asset in state.found.assets} == {"remote"}
    state = shown(lambda state: state.remotes.away == 4)
    assert view(state).away == "4 files are only at a remote"
    moss = next(asset for asset in state.found.assets if asset.name == "mossy stone.png")
    thens: list[str] = []
    session.remotes.fetch([moss.id], then=lambda: thens.append("here"))
    shown(_told("1 file fetched, "))
    shown(lambda _: thens)
    assert Path(moss.file).read_bytes() == (tmp_path / "MyAssets/mossy stone.png").read_bytes()
    state = shown(lambda state: state.remotes.away == 3)
    until(
        lambda state: [one.state for one in state.found.assets if one.id == moss.id] == ["present"]
    )
    session.remotes.fetch([moss.id])
    shown(_told("Everything is here already"))

    nas.rename(tmp_path / "unplugged")
    session.remotes.fetch_found("kind:text")
    state = shown(lambda state: state.notice is not None and state.notice.problem is not None)
    assert state.notice is not None
    assert state.notice.problem is not None
    assert state.notice.problem.code == 50
    assert "cannot be asked for 1 file" in state.notice.problem.message
    (tmp_path / "unplugged").rename(nas)
    session.remotes.fetch_found()
    shown(lambda state: state.remotes.away == 0)
    assert (tmp_path / "eve" / "readme.txt").read_text() == "about these assets\n"


def test_what_is_to_be_used_is_fetched_first_or_it_is_told_why_not(
    tmp_path: Path, folder: Path, nas: Path, session: Session, until: Until, shown: Shown
) -> None:
    # A scene that names a picture: with both it is whole.
    (folder / "rock.gltf").write_text(
        '{"asset": {"version": "2.0"}, "images": [{"uri": "mossy%20stone.png"}]}'
    )
    with audobon.Library.open(folder) as library:
        library.add([folder])
        library.commit("a rock")
        library.push("nas")
    eve = tmp_path / "eve"
    audobon.Library.clone(str(nas), eve).close()
    session.open(eve)
    state = until(lambda state: state.phase == "open" and state.found.total == 5)
    ids = {asset.name: asset.id for asset in state.found.assets}
    told: list[str] = []
    first = session.remotes.fetch_first
    first([ids["rock.gltf"]], lambda: told.append("rock"), lambda: told.append("no rock"))
    shown(lambda _: told)
    assert told == ["rock"]
    assert (eve / "rock.gltf").exists()
    assert (eve / "mossy stone.png").read_bytes() == (folder / "mossy stone.png").read_bytes()
    state = shown(_told("2 files fetched, "))
    assert state.notice is not None
    number = state.notice.number
    shown(lambda state: state.remotes.away == 3)

    first([ids["rock.gltf"]], lambda: told.append("rock again"))
    state = shown(lambda _: len(told) == 2)
    assert told[1] == "rock again"
    assert state.notice is None or state.notice.number == number, "of what is here nothing is told"

    nas.rename(tmp_path / "unplugged")
    first([ids["readme.txt"]], lambda: told.append("words"), lambda: told.append("no words"))
    state = shown(lambda _: len(told) == 3)
    assert told[2] == "no words"
    state = shown(lambda state: state.notice is not None and state.notice.problem is not None)
    assert state.notice is not None
    assert state.notice.problem is not None
    assert "'origin' cannot be asked for 1 file" in state.notice.problem.message
    assert not (eve / "readme.txt").exists()

    (tmp_path / "unplugged").rename(nas)
    until(lambda state: state.transfer is None)

    def waits(_library: audobon.Library, report: Any) -> None:
        while not report.cancelled():
            time.sleep(0.01)

    session.transfer("Waiting", waits)
    first([ids["readme.txt"]], lambda: told.append("words"))
    until(lambda state: state.transfer is not None and state.transfer.waiting == 1)
    session.cancel_transfer()
    shown(lambda _: len(told) == 4)
    assert (eve / "readme.txt").exists()


def test_what_is_on_its_way_can_be_stopped_and_holds_nothing_else_up(
    session: Session, tmp_path: Path, folder: Path, until: Until, shown: Shown
) -> None:
    with audobon.Library.open(folder) as library:
        library.commit("first")
    session.open(folder)
    until(lambda state: state.phase == "open" and state.found.total)
    session.remotes.add("disk", str(tmp_path / "disk"))
    shown(_told("disk is "))
    sealed: list[str] = []

    def slow(_library: object, report: Any) -> str:
        report.progress(1, 4, "a place far away")
        while not report.cancelled():
            time.sleep(0.005)
        raise audobon.errors.Cancelled("stopped")

    session.transfer("Pushing to the moon", slow, otherwise=lambda: sealed.append("otherwise"))
    session.remotes.push("disk")
    state = shown(lambda state: state.transfer is not None and state.transfer.fraction)
    assert state.transfer is not None
    assert (state.transfer.fraction, state.transfer.waiting) == (0.25, 1)
    session.edit(state.found.assets[0].id, note="while it lasts")
    shown(lambda state: any(one.note == "while it lasts" for one in state.found.assets))
    assert session.state.transfer is not None
    session.cancel_transfer()
    shown(_told("Pushing to the moon: cancelled"))
    shown(_told("Sent to disk: 1 version, 4 files"))
    assert sealed == ["otherwise"]
    session.remotes.remove("disk")
    state = shown(lambda state: not state.remotes.remotes)
    assert view(state).nothing.startswith("No remote yet.")
    assert (tmp_path / "disk").is_dir()


def test_an_encrypted_remote_asks_and_tells_its_key_once(
    session: Session, tmp_path: Path, folder: Path, until: Until, shown: Shown
) -> None:
    pytest.importorskip("cryptography")
    with audobon.Library.open(folder) as library:
        library.commit("first")
    session.open(folder)
    until(lambda state: state.phase == "open" and state.found.total)
    keys: list[str] = []
    session.remotes.add("safe", str(tmp_path / "safe"), PASSPHRASE, then=keys.append)
    shown(lambda _: keys)
    assert len(keys[0].replace("-", "").replace(" ", "")) >= 40
    session.remotes.push("safe")
    shown(_told("Sent to safe: 1 version"))
    for path in (tmp_path / "safe").rglob("*"):
        assert not path.is_file() or b"about these assets" not in path.read_bytes()
    state = shown(lambda state: state.remotes.remotes)
    assert view(state).rows[0].lock.startswith("Encrypted, open")
    assert PASSPHRASE not in repr(state)
    assert keys[0] not in repr(state)
    shutil.copytree(tmp_path / "safe", tmp_path / "other")  # so that it is opened anew
    with audobon.Library.open(folder) as library:
        library.remotes.add("other", str(tmp_path / "other"), PASSPHRASE)
        mark = library.remotes.get("other")
        assert mark.encrypted
    _forget(folder)
    state = shown(lambda state: [row.locked for row in view(state).rows] == [True, True])
    assert view(state).rows[1].lock == "Encrypted, its passphrase is needed"
    failed: list[str] = []
    session.remotes.unlock("other", "not this one", otherwise=lambda: failed.append("no"))
    shown(lambda _: failed)
    shown(lambda state: state.notice is not None and state.notice.problem is not None)
    session.remotes.unlock("other", PASSPHRASE)
    shown(_told("other is open"))
    state = shown(lambda state: not any(row.locked for row in view(state).rows))
    session.remotes.push("other")
    shown(_told("other has everything"))
    session.log(keys.append)
    shown(lambda _: len(keys) == 2)
    assert PASSPHRASE not in keys[1]
    assert keys[0] not in keys[1]


def _forget(folder: Path) -> None:
    """As a process would know it that has just begun, with a look that sees that."""
    import json

    from audobon.codec.plain import from_plain

    path = folder / ".audobon" / "remotes.json"
    record = json.loads(path.read_text())
    for one in record["remotes"]:
        sealing.forget_passphrase(from_plain(one["mark"], Mark))
    path.write_text(json.dumps(record, indent=2))
