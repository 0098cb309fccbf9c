"""What the docker's page of other places shows, and what is fetched before it is used."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from attrs import evolve

import audobon
from audobon.model.asset import Asset
from audobon.model.snapshot import SnapshotSettings
from audobon.session import Session, State
from audobon.session.kept import SnapshotsSeen
from audobon.testing.pictures import write_png
from audobon_krita.logic import remotes, snapshots, using


def test_places_and_how_often_are_choices() -> None:
    seen = SnapshotsSeen(SnapshotSettings(to="/nas"), places=("/disk", "/nas"))
    assert snapshots.places(State(snapshots=seen)) == ("/nas", "/disk")
    assert snapshots.places(State()) == ()
    assert snapshots.EVERY[snapshots.every_at(timedelta(hours=12))][0] == "Every 12 hours"
    assert snapshots.EVERY[snapshots.every_at(timedelta(days=3))][0] == "Every day"
    assert snapshots.same_file("/a/b/../c.png", "/a/c.png")
    assert not snapshots.same_file("/a/c.png", "/a/d.png")


def test_what_is_wrong_with_a_new_remote_is_said() -> None:
    assert remotes.fault(" ", "", "", encrypt=False).startswith("Say where it is")
    assert remotes.fault("/nas", "", "", encrypt=False) == ""
    assert remotes.fault("/nas", "", "", encrypt=True)
    assert remotes.fault("/nas", "long enough", "long enough", encrypt=True) == ""
    row = remotes.Row("nas", "/nas", "main: 1 ahead", lock="Not encrypted", first="Pull first.")
    assert remotes.row_lines(row) == ("/nas", "Not encrypted", "Pull first.")


def test_what_is_only_at_a_remote_is_fetched_before_it_is_used(tmp_path: Path) -> None:
    write_png(tmp_path / "mine" / "oak.png", 16, 8)
    with audobon.Library.create(tmp_path / "mine") as library:
        library.add(library.path)
        library.commit("first")
        library.remotes.add("nas", str(tmp_path / "nas"))
        library.push("nas")
    audobon.Library.clone(str(tmp_path / "nas"), tmp_path / "clone").close()
    session = Session(follow_s=0.05)
    try:
        session.open(tmp_path / "clone")
        until(session, lambda state: state.phase == "open" and state.found.total == 1)
        [oak] = session.state.found.assets
        assert oak.state == "remote"
        assert "open" in using.uses(oak, document=False)
        told: list[Asset] = []
        assert using.fetch_first(session, [oak], told.extend)
        until(session, lambda _: told)
        assert [one.state for one in told] == ["present"]
        assert Path(told[0].file).read_bytes() == (tmp_path / "mine" / "oak.png").read_bytes()
        assert not using.fetch_first(session, told, told.extend), "it is here now"
        assert not using.fetch_first(None, [oak], told.extend)
        said: list[str] = []
        using.fetch_dragged(session, [oak], said.append)
        assert said == [f"{using.FETCHING}; drag it again when it is here"]
        assert using.uses(evolve(oak, state="missing"), document=False) == ()
    finally:
        assert session.close(60.0)


def until(session: Session, fits: Callable[[State], object]) -> None:
    deadline = time.monotonic() + 120.0
    while not fits(session.state):
        session.pump()
        assert time.monotonic() < deadline, session.state
        time.sleep(0.005)
